import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { HEAD_BYTES, type Layer, type Opened } from "./archives/archive.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archives/limits.ts";
import { appleDouble, isAppleDouble } from "./archives/member-name.ts";
import { archiveOf } from "./archives/registry.ts";
import { openStream } from "./archives/unpack.ts";
import { openZipFile, zip } from "./archives/zip.ts";
import { peek } from "./byte-stream.ts";
import { fileIssue, reasonOf, rejectedFile } from "./issue.ts";

/** From paths to named byte streams: files, folders and standard input, and the members of archives. */

export interface OpenOptions {
  readonly limits?: ArchiveLimits;
  /** Read for the path `-`. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

const READ_CHUNK = 512 * 1024;

/**
 * Opens the paths, one input at a time: the chunks of an input must be read, or abandoned, before the next input is
 * requested. Folders are read in the order of their names. Stopping early closes everything that is open.
 */
export async function* openInputs(paths: readonly string[], options: OpenOptions = {}): AsyncGenerator<Opened> {
  const limits = options.limits ?? defaultArchiveLimits;
  for (const path of paths) {
    if (path !== "-") {
      yield* openPath(path, true, limits);
    } else if (options.stdin !== undefined) {
      const layer: Layer = { name: "-", explicit: true, depth: 0, limits, issues: [] };
      yield* openStream(untilFailure(options.stdin, layer), layer);
    }
  }
}

async function* openPath(path: string, explicit: boolean, limits: ArchiveLimits): AsyncGenerator<Opened> {
  try {
    const status = await stat(path);
    if (status.isFile()) {
      yield* openFile(path, explicit, limits, status.size);
      return;
    }
    if (status.isDirectory()) {
      yield* openFolder(path, limits);
    } else {
      yield specialFile(path, explicit);
    }
  } catch (error) {
    const message = `cannot be opened: ${reasonOf(error)}`;
    yield fileIssue(
      path,
      rejectedFile(path, "input.unreadable", message, { remedy: "Check the path and its permissions." }),
    );
  }
}

/** A socket, pipe or device: reading one might never end. */
function specialFile(path: string, explicit: boolean): Opened {
  const reason = "neither a file nor a folder";
  const remedy = "Write its content to a file, or to standard input (-).";
  return explicit
    ? fileIssue(path, rejectedFile(path, "input.unreadable", reason, { remedy }))
    : { kind: "ignored", file: path, reason };
}

async function* openFolder(path: string, limits: ArchiveLimits): AsyncGenerator<Opened> {
  const entries = await readdir(path, { withFileTypes: true });
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isSymbolicLink() && (await isFolder(inner))) {
      yield { kind: "ignored", file: inner, reason: "a link to a folder" };
    } else if (isAppleDouble(entry.name)) {
      yield { kind: "ignored", file: inner, reason: appleDouble };
    } else {
      yield* openPath(inner, false, limits);
    }
  }
}

async function isFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch {
    // A dangling link is reported when it is opened.
    return false;
  }
}

async function* openFile(path: string, explicit: boolean, limits: ArchiveLimits, size: number): AsyncGenerator<Opened> {
  const layer: Layer = { name: path, explicit, depth: 0, limits, size, issues: [] };
  const stream = createReadStream(path, { highWaterMark: READ_CHUNK });
  const { head, chunks } = await peek(untilFailure(stream, layer), HEAD_BYTES);
  if (archiveOf(head) === zip) {
    await chunks.return(undefined);
    yield* openZipFile(path, layer, openStream);
  } else {
    yield* openStream(chunks, layer);
  }
}

/** A stream that ends where it can be read no further, with an issue instead of an error. */
async function* untilFailure(chunks: AsyncIterable<Uint8Array>, layer: Layer): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    layer.issues.push(rejectedFile(layer.name, "input.unreadable", `cannot be read: ${reasonOf(error)}`));
  }
}
