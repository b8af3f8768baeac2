import { assertNever } from "../lib/result.ts";
import type { Opened } from "./archives/archive.ts";
import { asBuffer, type Peeked, peek } from "./byte-stream.ts";
import { BATCH_EVENTS, FileEvents, offsetOf, type ReadEvent, UNRELATED_AFTER } from "./file-events.ts";
import type { Format } from "./formats/format.ts";
import { detectFormat, HEAD_BYTES } from "./formats/registry.ts";
import { encodingWarning, type IngestIssue, rejectedFile } from "./issue.ts";
import { type OpenedAt, type OpenOptions, openInputs } from "./open.ts";
import type { FinishedFile, ReadPosition } from "./position.ts";
import type { FormatItem, Input } from "./record.ts";
import { utf8From, utf16Of } from "./utf16.ts";

/** From paths to mapped events: opens inputs, detects the format, reads records, corrects times, maps fields. */

export type { ReadEvent } from "./file-events.ts";

export interface ReadOptions extends OpenOptions {
  /** Longest single text record in bytes. */
  readonly maxRecordBytes?: number;
}

/** At most `BATCH_EVENTS` events of one file, in the order of the file. */
export interface ReadBatch {
  readonly file: string;
  readonly events: readonly ReadEvent[];
  readonly problems: readonly IngestIssue[];
  readonly ignored: readonly { readonly file: string; readonly reason: string }[];
  /** Unpacked bytes of the file read since the previous batch. */
  readonly bytes: number;
  /** The first batch of a file. Ignored files and files that could not be opened have no first or last batch. */
  readonly fileStart: boolean;
  /** The last batch of a file: everything readable was yielded. */
  readonly fileDone: boolean;
  /** Where to go on once this batch and all before are stored. Nowhere: in standard input. */
  readonly position?: ReadPosition;
  /** The batch ends a file on disk, or tells of a path that cannot be read. */
  readonly finished?: FinishedFile;
}

type OpenedInput = Extract<Opened, { readonly kind: "input" }> & { readonly position?: ReadPosition };

const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** Reads everything the paths name. Invalid input never throws: it is reported as problems. */
export async function* readEvents(paths: readonly string[], options: ReadOptions = {}): AsyncGenerator<ReadBatch> {
  for await (const opened of openInputs(paths, options)) {
    switch (opened.kind) {
      case "issue":
        yield { ...emptyBatch(opened.file), problems: [opened.issue], ...after(opened) };
        break;
      case "ignored":
        yield {
          ...emptyBatch(opened.file),
          ...{ ignored: [{ file: opened.file, reason: opened.reason }], ...after(opened) },
        };
        break;
      case "finished": {
        const { kind: _, ...finished } = opened;
        yield { ...emptyBatch(opened.path), finished };
        break;
      }
      case "input":
        yield* readInput(opened, options.maxRecordBytes ?? MAX_RECORD_BYTES);
        break;
      default:
        assertNever(opened);
    }
  }
}

/** Where to go on after an input, or what it finishes. */
function after({ position, finished }: Pick<OpenedAt, "position" | "finished">): Partial<ReadBatch> {
  return {
    ...(position === undefined ? {} : { position: { ...position, inputs: position.inputs + 1, next: undefined } }),
    ...(finished === undefined ? {} : { finished }),
  };
}

function emptyBatch(file: string): ReadBatch {
  return { file, events: [], problems: [], ignored: [], bytes: 0, fileStart: false, fileDone: false };
}

async function* readInput(opened: OpenedInput, maxRecordBytes: number): AsyncGenerator<ReadBatch> {
  const { head, chunks, notices } = await peekText(opened.input, HEAD_BYTES);
  const detected = detectFormat(head);
  if (detected.kind === "none") {
    await chunks.return(undefined);
    // Of a file that cannot be read, nothing else is known.
    const issues = opened.issues();
    const unreadable = head.length === 0 && issues.length > 0;
    yield {
      ...(unreadable ? { ...emptyBatch(opened.input.name), problems: issues } : notTelemetry(opened, detected.reason)),
      ...after(opened),
    };
  } else {
    yield* readFormat(
      { ...opened, issues: () => [...notices, ...opened.issues()] },
      chunks,
      detected.format,
      maxRecordBytes,
    );
  }
}

/** The beginning of a file and all of it, in UTF-8 if it is text in UTF-16. */
async function peekText(input: Input, size: number): Promise<Peeked & { readonly notices: readonly IngestIssue[] }> {
  const bytes = await peek(input.chunks, size);
  const encoding = utf16Of(bytes.head);
  if (encoding === undefined) {
    return { ...bytes, notices: [] };
  }
  const notices = [encodingWarning(input.name, `read as ${encoding.name}; places in it are counted in UTF-8`)];
  const report = (what: string) => notices.push(encodingWarning(input.name, `not valid ${encoding.name}, ${what}`));
  return { ...(await peek(utf8From(bytes.chunks, encoding, report), size)), notices };
}

async function* readFormat(
  opened: OpenedInput,
  chunks: AsyncGenerator<Buffer>,
  format: Format,
  maxRecordBytes: number,
): AsyncGenerator<ReadBatch> {
  const { input, position } = opened;
  const start = position?.next;
  let bytes = 0 - (start?.bytes ?? 0);
  let total = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      total += chunk.length;
      yield asBuffer(chunk);
    }
  }
  const queue = new FileEvents(input.name, start);
  let first = start === undefined;
  const nextBatch = (): ReadBatch => {
    const batch = {
      ...{ ...emptyBatch(input.name), ...queue.nextBatch(), bytes, fileStart: first },
      ...(position === undefined ? {} : { position: { ...position, next: { ...queue.position(), bytes: total } } }),
    };
    bytes = 0;
    first = false;
    return batch;
  };
  let stopped = false;
  try {
    const from = start?.from ?? 0;
    for await (const all of format.read({ ...input, chunks: counted() }, { maxRecordBytes, from })) {
      const items = from === 0 ? all : notBefore(from, all);
      let at = 0;
      while (at < items.length) {
        const end = at + BATCH_EVENTS - queue.size;
        queue.add(at === 0 && end >= items.length ? items : items.slice(at, end));
        at = end;
        while (queue.size >= BATCH_EVENTS) {
          yield nextBatch();
        }
      }
      if (queue.isUnrelated) {
        stopped = true;
        break;
      }
    }
  } finally {
    await chunks.return(undefined);
  }
  queue.releaseHeld();
  const unknownShape = queue.onlyUnknownShape;
  if (unknownShape !== undefined) {
    const which = stopped ? `none of its first ${UNRELATED_AFTER} records` : "no record in it";
    const reason = `${format.label}, but ${which} can be read: ${unknownShape}`;
    yield { ...notTelemetry(opened, reason), bytes, ...after(opened) };
    return;
  }
  while (queue.size > BATCH_EVENTS) {
    yield nextBatch();
  }
  const { events, problems } = queue.finish();
  yield {
    ...emptyBatch(input.name),
    events,
    problems: [...problems, ...(stopped ? [notReadFurther(input.name)] : []), ...opened.issues()],
    bytes,
    fileStart: first,
    fileDone: true,
    ...after(opened),
  };
}

/** What begins at an offset or after it, for formats that do not leave out the rest themselves. */
function notBefore(from: number, items: readonly FormatItem[]): readonly FormatItem[] {
  return items.filter((item) => (offsetOf(item) ?? from) >= from);
}

function notReadFurther(file: string): IngestIssue {
  const message = `not read any further: its first ${UNRELATED_AFTER} records cannot be read`;
  return rejectedFile(file, "input.unknown-format", message);
}

/** A file that the user named is a problem when it cannot be read; one found in a folder or archive is only listed. */
function notTelemetry({ input: { name: file }, explicit, issues }: OpenedInput, reason: string): ReadBatch {
  return {
    ...emptyBatch(file),
    problems: [...(explicit ? [rejectedFile(file, "input.unknown-format", reason)] : []), ...issues()],
    ignored: explicit ? [] : [{ file, reason }],
  };
}
