import type { ZipFile } from "yauzl";
import { ArchiveBudget } from "./archive-budget.ts";
import { peek, readAll } from "./byte-stream.ts";
import { inflate } from "./inflate.ts";
import { type FileWithIssue, type IngestIssue, ingestIssue, ingestIssueOf, reasonOf, truncated } from "./issue.ts";
import { appleDouble, isAppleDouble, memberName } from "./member-name.ts";
import type { ArchiveLimits, Input } from "./record.ts";
import { looksLikeGzip, looksLikeZip } from "./sniff.ts";
import { looksLikeTar, readTar } from "./tar.ts";
import { openZip, zipMembers } from "./zip.ts";

/** From a byte stream to those in it: the stream itself, or the members of an archive, and of archives inside it. */

export type Opened =
  | {
      readonly kind: "input";
      readonly input: Input;
      /** The user named this very file, so it is wrong if it cannot be read. */
      readonly explicit: boolean;
      /** What went wrong while the chunks were read; complete when they have ended. Chunks themselves never throw. */
      readonly troubles: () => readonly IngestIssue[];
    }
  | FileWithIssue
  | { readonly kind: "ignored"; readonly file: string; readonly reason: string };

/** Largest archive that is held in memory because it stands inside another one and needs random access. */
const BUFFERED_ARCHIVE_BYTES = 512 * 1024 ** 2;
/** Bytes of a stream that tell whether it is an archive. */
export const HEAD_BYTES = 512;

/** A stream to be looked into. */
export interface Layer {
  readonly name: string;
  readonly explicit: boolean;
  /** Archives around it. */
  readonly depth: number;
  readonly limits: ArchiveLimits;
  /** Of the outermost archive. */
  readonly budget?: ArchiveBudget;
  readonly size?: number;
  /** Collects what goes wrong in this stream. */
  readonly troubles: IngestIssue[];
}

/** What stands in a stream that is not known to be a zip on disk. */
export async function* openStream(source: AsyncIterable<Uint8Array>, layer: Layer): AsyncGenerator<Opened> {
  const { head, chunks } = await peek(source, HEAD_BYTES);
  const isArchive = looksLikeGzip(head) || looksLikeZip(head) || looksLikeTar(head);
  if (isArchive && layer.depth >= layer.limits.depth) {
    await chunks.return(undefined);
    yield {
      kind: "trouble",
      file: layer.name,
      trouble: ingestIssueOf(
        layer.name,
        "archive.limit",
        `archives are nested more than ${layer.limits.depth} deep (limit "depth"); this one was not opened`,
      ),
    };
    return;
  }
  if (looksLikeGzip(head)) {
    yield* openGzipLayer(chunks, layer);
  } else if (looksLikeZip(head)) {
    yield* openBufferedZip(chunks, layer);
  } else if (looksLikeTar(head)) {
    yield* openTarLayer(chunks, { ...layer, budget: layer.budget ?? new ArchiveBudget(layer.limits) });
  } else {
    try {
      yield {
        kind: "input",
        input: { name: layer.name, size: layer.size, chunks },
        explicit: layer.explicit,
        troubles: () => layer.troubles,
      };
    } finally {
      await chunks.return(undefined);
    }
  }
}

async function* openGzipLayer(packed: AsyncIterable<Buffer>, layer: Layer): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of packed) {
      read += chunk.length;
      yield chunk;
    }
  }
  const report = (reason: string): void => {
    layer.troubles.push(
      truncated(
        layer.name,
        `the gzip stream ends early or is damaged (${reason}); what could be unpacked is kept`,
        read,
      ),
    );
  };
  const { head, chunks } = await peek(inflate("gzip", counted(), report), HEAD_BYTES);
  const inner: Layer = { ...layer, depth: layer.depth + 1, budget, size: undefined };
  const isTar = looksLikeTar(head);
  const metered = budget.meter(
    layer.name,
    chunks,
    () => read,
    (one) => layer.troubles.push(one),
    isTar,
  );
  if (isTar) {
    yield* openTarLayer(metered, inner);
  } else {
    yield* openStream(metered, inner);
  }
}

async function* openTarLayer(source: AsyncIterable<Buffer>, layer: Layer): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  const report = (reason: string, offset: number): void => {
    // A cut gzip stream around it has said so already.
    if (layer.troubles.length === 0) {
      layer.troubles.push(truncated(layer.name, `${reason}; everything before it is kept`, offset));
    }
  };
  for await (const entry of readTar(source, report)) {
    if (entry.kind === "directory") {
      continue;
    }
    const member: ArchiveMember = { name: entry.name, size: entry.size, offset: entry.offset };
    const notFile = entry.kind === "file" ? undefined : "it is no regular file";
    yield* openMember(member, notFile, layer, budget, () => ({ chunks: entry.chunks }));
    if (budget.full) {
      break;
    }
  }
  yield* flush(layer);
}

async function* openBufferedZip(chunks: AsyncIterable<Buffer>, layer: Layer): AsyncGenerator<Opened> {
  const most = Math.min(BUFFERED_ARCHIVE_BYTES, layer.limits.memberBytes);
  let total = 0;
  async function* bounded(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      total += chunk.length;
      if (total > most) {
        return;
      }
      yield chunk;
    }
  }
  const bytes = await readAll(bounded());
  if (total > most) {
    yield ingestIssue(layer.name, "archive.limit", `a zip inside a stream may have ${most} bytes; this one has more`);
    return;
  }
  yield* openZipLayer(layer, bytes);
}

/** The members of a zip: a path, or its bytes where it stands inside another archive. */
export async function* openZipLayer(layer: Layer, from: string | Buffer): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(from);
    for await (const member of zipMembers(zip)) {
      if (member.directory) {
        continue;
      }
      yield* openMember(member, member.unreadable, { ...layer, budget }, budget, (file, troubles) =>
        member.open((reason) => troubles.push(ingestIssueOf(file, "archive.damaged", `damaged zip member: ${reason}`))),
      );
      if (budget.full) {
        break;
      }
    }
  } catch (error) {
    layer.troubles.push(
      ingestIssueOf(layer.name, "archive.damaged", `the zip cannot be read any further: ${reasonOf(error)}`),
    );
  } finally {
    zip?.close();
  }
  yield* flush(layer);
}

interface ArchiveMember {
  readonly name: string;
  readonly size: number;
  readonly offset: number;
}

type OpenMember = (
  file: string,
  troubles: IngestIssue[],
) => { readonly chunks: AsyncIterable<Buffer>; readonly packed?: () => number };

async function* openMember(
  member: ArchiveMember,
  unreadable: string | undefined,
  layer: Layer,
  budget: ArchiveBudget,
  open: OpenMember,
): AsyncGenerator<Opened> {
  const name = memberName(member.name);
  const file = `${layer.name}!${name.ok ? name.value : member.name}`;
  const over = budget.enter(file);
  if (over !== undefined) {
    yield { kind: "trouble", file, trouble: over };
    return;
  }
  const refused = name.ok ? unreadable : name.error;
  if (refused !== undefined) {
    yield {
      kind: "trouble",
      file,
      trouble: {
        severity: "rejected",
        problem: {
          code: name.ok ? "archive.member-unreadable" : "archive.member-name",
          message: `${file}: refused, ${refused}; the rest of the archive was read`,
          at: { file, offset: member.offset },
        },
      },
    };
    return;
  }
  if (isAppleDouble(name.ok ? name.value : "")) {
    yield { kind: "ignored", file, reason: appleDouble };
    return;
  }
  const troubles: IngestIssue[] = [];
  const { chunks, packed } = open(file, troubles);
  const inner: Layer = {
    name: file,
    explicit: false,
    depth: layer.depth + 1,
    limits: layer.limits,
    budget,
    size: member.size,
    troubles,
  };
  yield* openStream(
    budget.meter(file, chunks, packed ?? (() => Number.POSITIVE_INFINITY), (one) => troubles.push(one), false),
    inner,
  );
}

/** Troubles of an archive itself stand behind its members. */
function* flush(layer: Layer): Generator<Opened> {
  for (const one of layer.troubles) {
    yield { kind: "trouble", file: layer.name, trouble: one };
  }
}
