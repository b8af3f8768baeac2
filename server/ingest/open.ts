import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { defaultArchiveLimits } from "./archive-budget.ts";
import { peek } from "./byte-stream.ts";
import { ingestIssue, ingestIssueOf, reasonOf } from "./issue.ts";
import { appleDouble, isAppleDouble } from "./member-name.ts";
import type { ArchiveLimits } from "./record.ts";
import { looksLikeZip } from "./sniff.ts";
import { HEAD_BYTES, type Layer, type Opened, openStream, openZipLayer } from "./unpack.ts";

/** From paths to named byte streams: files, folders and standard input, with what stands in archives. */

export interface OpenOptions {
  readonly limits?: ArchiveLimits;
  /** What `-` stands for. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

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
    yield ingestIssue(
      path,
      "input.unreadable",
      `cannot be opened: ${reasonOf(error)}`,
      "Check the path and its rights.",
    );
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
      yield { kind: "ignored", file: inner, reason: appleDouble };
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

async function* openFile(path: string, explicit: boolean, limits: ArchiveLimits, size: number): AsyncGenerator<Opened> {
  const layer: Layer = { name: path, explicit, depth: 0, limits, size, troubles: [] };
  async function* read(): AsyncGenerator<Buffer> {
    const stream = createReadStream(path, { highWaterMark: READ_CHUNK });
    try {
      yield* stream;
    } catch (error) {
      layer.troubles.push(ingestIssueOf(path, "input.unreadable", `cannot be read: ${reasonOf(error)}`));
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
