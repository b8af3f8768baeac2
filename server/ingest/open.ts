import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ZipFile } from "yauzl";
import { ArchiveBudget, defaultArchiveLimits, type Trouble } from "./archive-budget.ts";
import { peek, readAll } from "./byte-stream.ts";
import { inflate } from "./inflate.ts";
import { isAppleDouble, memberName } from "./member-name.ts";
import type { ArchiveLimits, Input } from "./record.ts";
import { looksLikeGzip, looksLikeZip } from "./sniff.ts";
import { looksLikeTar, readTar } from "./tar.ts";
import { openZip, zipMembers } from "./zip.ts";

/** From paths to named byte streams: files, folders, standard input, and archives inside archives. */

export type Opened =
  | {
      readonly kind: "input";
      readonly input: Input;
      /** The user named this very file, so it is wrong if it cannot be read. */
      readonly explicit: boolean;
      /** What went wrong while the chunks were read; complete when they have ended. Chunks themselves never throw. */
      readonly troubles: () => readonly Trouble[];
    }
  | { readonly kind: "trouble"; readonly file: string; readonly trouble: Trouble }
  | { readonly kind: "ignored"; readonly file: string; readonly reason: string };

export interface OpenOptions {
  readonly limits?: ArchiveLimits;
  /** What `-` stands for. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** Largest archive that is held in memory because it stands inside another one and needs random access. */
const BUFFERED_ARCHIVE_BYTES = 512 * 1024 ** 2;
const HEAD_BYTES = 512;
const READ_CHUNK = 512 * 1024;

/**
 * Opens what the paths name, one input at a time: the chunks of an input must be read, or left, before the next one is
 * asked for. Folders are read in the order of their names. Stopping early closes whatever is open.
 */
export async function* openInputs(paths: readonly string[], options: OpenOptions = {}): AsyncGenerator<Opened> {
  const limits = options.limits ?? defaultArchiveLimits;
  for (const path of paths) {
    if (path === "-") {
      if (options.stdin !== undefined) {
        yield* openStream(options.stdin, { name: "-", explicit: true, depth: 0, limits, troubles: [] });
      }
      continue;
    }
    yield* openPath(path, true, limits);
  }
}

async function* openPath(path: string, explicit: boolean, limits: ArchiveLimits): AsyncGenerator<Opened> {
  let isFolder: boolean;
  try {
    const status = await stat(path);
    isFolder = status.isDirectory();
    if (!isFolder && !status.isFile()) {
      yield { kind: "ignored", file: path, reason: "neither a file nor a folder" };
      return;
    }
    if (!isFolder) {
      yield* openFile(path, explicit, limits, status.size);
      return;
    }
  } catch (error) {
    yield trouble(path, "input.unreadable", `cannot be opened: ${reasonOf(error)}`, "Check the path and its rights.");
    return;
  }
  yield* openFolder(path, limits);
}

async function* openFolder(path: string, limits: ArchiveLimits): AsyncGenerator<Opened> {
  const entries = await readdir(path, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isSymbolicLink() && (await isLinkedFolder(inner))) {
      yield { kind: "ignored", file: inner, reason: "a link to a folder" };
    } else if (isAppleDouble(entry.name)) {
      yield { kind: "ignored", file: inner, reason: APPLE_DOUBLE };
    } else {
      yield* openPath(inner, false, limits);
    }
  }
}

async function isLinkedFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // A dangling link: opening it will say so.
    return false;
  }
}

const APPLE_DOUBLE = "AppleDouble metadata of macOS";

/** A stream to be looked into. */
interface Layer {
  readonly name: string;
  readonly explicit: boolean;
  /** Archives around it. */
  readonly depth: number;
  readonly limits: ArchiveLimits;
  /** Of the outermost archive. */
  readonly budget?: ArchiveBudget;
  readonly size?: number;
  /** Collects what goes wrong in this stream. */
  readonly troubles: Trouble[];
}

async function* openFile(path: string, explicit: boolean, limits: ArchiveLimits, size: number): AsyncGenerator<Opened> {
  const layer: Layer = { name: path, explicit, depth: 0, limits, size, troubles: [] };
  async function* read(): AsyncGenerator<Buffer> {
    const stream = createReadStream(path, { highWaterMark: READ_CHUNK });
    try {
      yield* stream;
    } catch (error) {
      layer.troubles.push(troubleOf(path, "input.unreadable", `cannot be read: ${reasonOf(error)}`));
    } finally {
      stream.destroy();
    }
  }
  const { head, chunks } = await peek(read(), HEAD_BYTES);
  if (looksLikeZip(head)) {
    await chunks.return(undefined);
    yield* openZipLayer(layer, path);
    return;
  }
  yield* openStream(chunks, layer);
}

async function* openStream(source: AsyncIterable<Uint8Array>, layer: Layer): AsyncGenerator<Opened> {
  const { head, chunks } = await peek(source, HEAD_BYTES);
  const isArchive = looksLikeGzip(head) || looksLikeZip(head) || looksLikeTar(head);
  if (isArchive && layer.depth >= layer.limits.depth) {
    await chunks.return(undefined);
    yield {
      kind: "trouble",
      file: layer.name,
      trouble: troubleOf(
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
    yield trouble(layer.name, "archive.limit", `a zip inside a stream may have ${most} bytes; this one has more`);
    return;
  }
  yield* openZipLayer(layer, bytes);
}

async function* openZipLayer(layer: Layer, from: string | Buffer): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(from);
    for await (const member of zipMembers(zip)) {
      if (member.directory) {
        continue;
      }
      yield* openMember(member, member.unreadable, { ...layer, budget }, budget, (file, troubles) =>
        member.open((reason) => troubles.push(troubleOf(file, "archive.damaged", `damaged zip member: ${reason}`))),
      );
      if (budget.full) {
        break;
      }
    }
  } catch (error) {
    layer.troubles.push(
      troubleOf(layer.name, "archive.damaged", `the zip cannot be read any further: ${reasonOf(error)}`),
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
  troubles: Trouble[],
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
    yield { kind: "ignored", file, reason: APPLE_DOUBLE };
    return;
  }
  const troubles: Trouble[] = [];
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

function trouble(file: string, code: string, message: string, remedy?: string): Opened {
  return { kind: "trouble", file, trouble: troubleOf(file, code, message, remedy) };
}

function troubleOf(file: string, code: string, message: string, remedy?: string): Trouble {
  return { severity: "rejected", problem: { code, message: `${file}: ${message}`, at: { file }, remedy } };
}

function truncated(file: string, message: string, offset: number): Trouble {
  return {
    severity: "warning",
    problem: { code: "archive.truncated", message: `${file}: ${message}`, at: { file, offset } },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
