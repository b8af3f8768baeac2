import { readFile, stat } from "node:fs/promises";
import type { ZipFile } from "yauzl";
import { fail, ok, type Result } from "../../lib/result.ts";
import { readAll } from "../byte-stream.ts";
import { fileIssue, reasonOf, rejectedFile } from "../issue.ts";
import { type Archive, issuesOf, type Layer, type Opened, type Unpack } from "./archive.ts";
import { ArchiveBudget } from "./budget.ts";
import { openMember } from "./member.ts";
import { openZip, zipMembers } from "./zip-members.ts";
import { scannedMembers } from "./zip-scan.ts";

/** Largest zip held in memory because it is not a file on disk: reading a zip requires random access. */
const BUFFERED_ZIP_BYTES = 512 * 1024 ** 2;

/** A zip inside a stream. One on disk is opened by `openZipFile`, without a copy in memory. */
export const zip: Archive = {
  name: "zip",
  looksLike: isZip,
  open: openBufferedZip,
};

/** Begins with a member, or with the end record of an empty archive. */
function isZip(head: Buffer): boolean {
  if (head.length < 4 || head[0] !== 0x50 || head[1] !== 0x4b) {
    return false;
  }
  return (head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6);
}

async function* openBufferedZip(chunks: AsyncIterable<Buffer>, layer: Layer, unpack: Unpack): AsyncGenerator<Opened> {
  const limit = Math.min(BUFFERED_ZIP_BYTES, layer.limits.memberBytes);
  let total = 0;
  async function* bounded(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      total += chunk.length;
      if (total > limit) {
        return;
      }
      yield chunk;
    }
  }
  const bytes = await readAll(bounded());
  if (total > limit) {
    const message = `a zip inside another archive or a stream is limited to ${limit} bytes; this one is larger`;
    yield fileIssue(
      layer.name,
      rejectedFile(layer.name, "archive.limit", message, { remedy: "Unpack the outer archive yourself." }),
    );
    return;
  }
  yield* openZipFile(bytes, layer, unpack);
}

/**
 * The members of a zip, given its path or its bytes. If its central directory cannot be read, or not to its end, the
 * other members are found by their own headers.
 */
export async function* openZipFile(from: string | Buffer, layer: Layer, unpack: Unpack): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  const known = new Set<number>();
  let file: ZipFile | undefined;
  let damage: string | undefined;
  try {
    file = await openZip(from);
    for await (const member of zipMembers(file)) {
      known.add(member.offset);
      yield* openMember(member, layer, budget, unpack);
      if (budget.exhausted) {
        break;
      }
    }
  } catch (error) {
    damage = reasonOf(error);
  } finally {
    file?.close();
  }
  if (damage !== undefined) {
    yield* openScanned(from, known, damage, layer, budget, unpack);
  }
  yield* issuesOf(layer);
}

async function* openScanned(
  from: string | Buffer,
  known: ReadonlySet<number>,
  damage: string,
  layer: Layer,
  budget: ArchiveBudget,
  unpack: Unpack,
): AsyncGenerator<Opened> {
  const content: Result<Buffer, string> = typeof from === "string" ? await contentOf(from) : ok(from);
  let found = 0;
  for (const member of content.ok ? scannedMembers(content.value, known) : []) {
    found += 1;
    yield* openMember(member, layer, budget, unpack);
    if (budget.exhausted) {
      break;
    }
  }
  const members = found === 1 ? "1 member was" : `${found} members were`;
  const unscanned = content.ok ? "" : `; members cannot be found without its directory: ${content.error}`;
  const message =
    found === 0
      ? `the zip is damaged and cannot be read any further: ${damage}${unscanned}`
      : `the directory of the zip is damaged (${damage}); ${members} found without it, others may be missing`;
  layer.issues.push(rejectedFile(layer.name, "archive.damaged", message));
}

/** The reason when the file is too large for memory, or cannot be read. */
async function contentOf(path: string): Promise<Result<Buffer, string>> {
  try {
    const { size } = await stat(path);
    return size > BUFFERED_ZIP_BYTES
      ? fail(`that is limited to ${BUFFERED_ZIP_BYTES} bytes, and the zip has ${size}`)
      : ok(await readFile(path));
  } catch (error) {
    return fail(reasonOf(error));
  }
}
