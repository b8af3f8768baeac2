import { hash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HEAD_BYTES, type Layer, type Opened } from "./archives/archive.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archives/limits.ts";
import { appleDouble, isAppleDouble } from "./archives/member-name.ts";
import { archiveOf } from "./archives/registry.ts";
import { openStream } from "./archives/unpack.ts";
import { openZipFile, zip } from "./archives/zip.ts";
import { peek } from "./byte-stream.ts";
import { fileIssue, reasonOf, rejectedFile } from "./issue.ts";
import {
  type FileIdentity,
  type FinishedFile,
  isSameOrLonger,
  isUnchanged,
  type ReadPosition,
  type ResumePoint,
} from "./position.ts";

/** From paths to named byte streams: files, folders and standard input, and the members of archives. */

export interface OpenOptions {
  readonly limits?: ArchiveLimits;
  /** Read for the path `-`. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Leaves out what was read before. */
  readonly resume?: ResumePoint;
}

/** What was opened in a file on disk, and where it was: the position that leads there. Or all there is of a path. */
export type OpenedAt = Opened & { readonly position?: ReadPosition; readonly finished?: FinishedFile };
/** Everything in a file was opened and read, or a path cannot be read. */
export type Finished = { readonly kind: "finished" } & FinishedFile;

const nothingRead: ResumePoint = { finished: new Map() };

const READ_CHUNK = 512 * 1024;

/**
 * Opens the paths, one input at a time: the chunks of an input must be read, or abandoned, before the next input is
 * requested. Folders are read in the order of their names. Stopping early closes everything that is open.
 */
export async function* openInputs(
  paths: readonly string[],
  options: OpenOptions = {},
): AsyncGenerator<OpenedAt | Finished> {
  const { limits = defaultArchiveLimits, resume = nothingRead } = options;
  for (const path of paths) {
    if (path !== "-") {
      yield* openPath(path, { explicit: true, limits, resume });
    } else if (options.stdin !== undefined) {
      const layer: Layer = { name: "-", explicit: true, depth: 0, limits, issues: [] };
      yield* openStream(untilFailure(options.stdin, layer), layer);
    }
  }
}

interface Opening {
  readonly explicit: boolean;
  readonly limits: ArchiveLimits;
  readonly resume: ResumePoint;
}

async function* openPath(path: string, opening: Opening): AsyncGenerator<OpenedAt | Finished> {
  try {
    const status = await stat(path);
    if (status.isFile()) {
      yield* openFile(path, opening, status);
      return;
    }
    if (status.isDirectory()) {
      yield* openFolder(path, opening);
    } else {
      yield* toldOnce(path, opening.resume, specialFile(path, opening.explicit));
    }
  } catch (error) {
    const message = `cannot be opened: ${reasonOf(error)}`;
    // What is not UTF-8 in a name becomes this sign, and the name is then of no file.
    const remedy = path.includes("\ufffd")
      ? "Its name seems to have bytes that are not UTF-8: rename it, or its folder, and ingest it again."
      : "Check the path and its permissions.";
    yield* toldOnce(path, opening.resume, fileIssue(path, rejectedFile(path, "input.unreadable", message, { remedy })));
  }
}

/** What there is to say about a path that is not read; not said again by a reading that goes on. */
function* toldOnce(path: string, { finished }: ResumePoint, what: Opened): Generator<OpenedAt | Finished> {
  const place = resolve(path);
  const before = finished.get(place);
  if (before === undefined || before.identity !== undefined) {
    yield { ...what, finished: { path: place } };
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

async function* openFolder(path: string, opening: Opening): AsyncGenerator<OpenedAt | Finished> {
  const { resume } = opening;
  const entries = await readdir(path, { withFileTypes: true });
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isSymbolicLink() && (await isFolder(inner))) {
      yield* toldOnce(inner, resume, { kind: "ignored", file: inner, reason: "a link to a folder" });
    } else if (isAppleDouble(entry.name)) {
      yield* toldOnce(inner, resume, { kind: "ignored", file: inner, reason: appleDouble });
    } else {
      yield* openPath(inner, { ...opening, explicit: false });
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

async function* openFile(
  path: string,
  { explicit, limits, resume }: Opening,
  { size, mtimeMs }: Stats,
): AsyncGenerator<OpenedAt | Finished> {
  const layer: Layer = { name: path, explicit, depth: 0, limits, size, issues: [] };
  const stream = createReadStream(path, { highWaterMark: READ_CHUNK });
  const { head, chunks } = await peek(untilFailure(stream, layer), HEAD_BYTES);
  const identity: FileIdentity = { size, modified: mtimeMs, head: digestOf(head) };
  const place = resolve(path);
  const before = resume.finished.get(place)?.identity;
  if (before !== undefined && isUnchanged(before, identity)) {
    await chunks.return(undefined);
    return;
  }
  let inputs = 0;
  const opened = archiveOf(head) === zip ? openZipFile(path, layer, openStream) : openStream(chunks, layer);
  if (archiveOf(head) === zip) {
    await chunks.return(undefined);
  }
  const start = positionIn(place, identity, archiveOf(head) !== undefined, resume);
  for await (const one of opened) {
    if (inputs >= start.inputs) {
      const next = inputs === start.inputs ? start.next : undefined;
      yield { ...one, position: { path: place, identity, inputs, ...(next === undefined ? {} : { next }) } };
    }
    inputs += 1;
  }
  yield { kind: "finished", path: place, identity };
}

/** Where to go on in a file; from its start if it is another one than before. Of an archive any change counts. */
function positionIn(
  place: string,
  identity: FileIdentity,
  isArchive: boolean,
  { position }: ResumePoint,
): Pick<ReadPosition, "inputs" | "next"> {
  const isSame = isArchive ? isUnchanged : isSameOrLonger;
  return position?.path === place && isSame(position.identity, identity) ? position : { inputs: 0 };
}

function digestOf(head: Buffer): string {
  return hash("sha256", head.subarray(0, HEAD_BYTES), "base64url");
}

/** A stream that ends where it can be read no further, with an issue instead of an error. */
async function* untilFailure(chunks: AsyncIterable<Uint8Array>, layer: Layer): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    layer.issues.push(rejectedFile(layer.name, "input.unreadable", `cannot be read: ${reasonOf(error)}`));
  }
}
