import type { StemmaEvent } from "../event/event.ts";
import { mapWindowsEvent } from "../event/mapping.ts";
import { mapEcs } from "../event/mapping-ecs.ts";
import { TimeCorrector } from "../event/time-correction.ts";
import type { WindowsEvent } from "../event/windows-event.ts";
import { assertNever } from "../lib/result.ts";
import { asBuffer, peek } from "./byte-stream.ts";
import { readEvtx } from "./formats/evtx/read-evtx.ts";
import { readJsonValues } from "./formats/json-values.ts";
import { readNdjson } from "./formats/ndjson.ts";
import { readXmlEvents } from "./formats/xml/read-xml.ts";
import type { IngestIssue } from "./issue.ts";
import { type OpenOptions, openInputs } from "./open.ts";
import type { FormatItem, Input } from "./record.ts";
import { type Format, SNIFF_BYTES, sniff } from "./sniff.ts";
import type { Opened } from "./unpack.ts";

/** From paths to mapped events: opens, decides on the format, reads, corrects times, maps. */

export interface ReadOptions extends OpenOptions {
  /** Longest single JSON record in bytes. */
  readonly maxRecordBytes?: number;
}

export interface ReadEvent {
  readonly event: StemmaEvent;
  /** The record as it was read: JSON text as it stood in the file, or the value that a binary format gave. */
  readonly original: unknown;
}

/** At most `BATCH` events of one file, in the file's order. */
export interface ReadBatch {
  readonly file: string;
  readonly events: readonly ReadEvent[];
  readonly problems: readonly IngestIssue[];
  readonly ignored: readonly { readonly file: string; readonly reason: string }[];
  /** Bytes of the file (unpacked) that were read since the batch before. */
  readonly bytes: number;
  /** The first batch of a file; ignored files and problems with a path alone have neither mark. */
  readonly fileStart: boolean;
  /** Nothing follows of this file: all of it that can be read was handed out. */
  readonly fileDone: boolean;
}

/** So few that events are still in the processor's cache when they are packed. */
const BATCH = 256;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/**
 * Some exports are sorted by channel, so the records that tell what the wall clock means come late. This many records wait
 * for them at most.
 */
const WAITING = 20_000;
/** So many records of unknown shape and none of a known one: the file is something else. */
const HOPELESS = 1000;

/** Reads everything that the paths name. Never throws for what stands in the input: that comes as problems. */
export async function* readEvents(paths: readonly string[], options: ReadOptions = {}): AsyncGenerator<ReadBatch> {
  for await (const opened of openInputs(paths, options)) {
    switch (opened.kind) {
      case "trouble":
        yield { ...nothing(opened.file), problems: [opened.trouble] };
        break;
      case "ignored":
        yield { ...nothing(opened.file), ignored: [{ file: opened.file, reason: opened.reason }] };
        break;
      case "input":
        yield* readInput(opened, options.maxRecordBytes ?? MAX_RECORD_BYTES);
        break;
      default:
        assertNever(opened);
    }
  }
}

function nothing(file: string): ReadBatch {
  return { file, events: [], problems: [], ignored: [], bytes: 0, fileStart: false, fileDone: false };
}

async function* readInput(
  opened: Extract<Opened, { kind: "input" }>,
  maxRecordBytes: number,
): AsyncGenerator<ReadBatch> {
  const { input } = opened;
  const { head, chunks } = await peek(input.chunks, SNIFF_BYTES);
  const sniffed = sniff(head);
  if (sniffed.kind === "none") {
    await chunks.return(undefined);
    yield {
      ...notTelemetry(opened, sniffed.reason),
      problems: [...refusal(opened, sniffed.reason), ...opened.troubles()],
    };
    return;
  }
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield asBuffer(chunk);
    }
  }
  const state = new FileReader(input.name);
  let first = true;
  try {
    for await (const items of readFormat(sniffed.format, { ...input, chunks: counted() }, maxRecordBytes)) {
      let start = 0;
      while (start < items.length) {
        const end = start + BATCH - state.size;
        state.take(start === 0 && end >= items.length ? items : items.slice(start, end));
        start = end;
        while (state.size >= BATCH) {
          yield { ...nothing(input.name), ...state.drain(), bytes, fileStart: first };
          bytes = 0;
          first = false;
        }
      }
      if (state.hopeless) {
        break;
      }
    }
  } finally {
    await chunks.return(undefined);
  }
  state.settle();
  if (state.unrecognised) {
    const reason = "JSON, but none of its values is an event that can be read";
    yield { ...notTelemetry(opened, reason), problems: [...refusal(opened, reason), ...opened.troubles()], bytes };
    return;
  }
  while (state.size > BATCH) {
    yield { ...nothing(input.name), ...state.drain(), bytes, fileStart: first };
    bytes = 0;
    first = false;
  }
  const rest = state.finish();
  yield {
    ...nothing(input.name),
    ...rest,
    problems: [...rest.problems, ...opened.troubles()],
    bytes,
    fileStart: first,
    fileDone: true,
  };
}

/** A file that the user named is a problem when it cannot be read; one among others is only listed. */
function refusal(opened: Extract<Opened, { kind: "input" }>, reason: string): readonly IngestIssue[] {
  const file = opened.input.name;
  return opened.explicit
    ? [{ severity: "rejected", problem: { code: "input.unknown-format", message: `${file}: ${reason}`, at: { file } } }]
    : [];
}

function notTelemetry(opened: Extract<Opened, { kind: "input" }>, reason: string): ReadBatch {
  const file = opened.input.name;
  return { ...nothing(file), ignored: opened.explicit ? [] : [{ file, reason }] };
}

function readFormat(format: Format, input: Input, maxRecordBytes: number): AsyncIterable<readonly FormatItem[]> {
  switch (format) {
    case "evtx":
      return readEvtx(input);
    case "ndjson":
      return readNdjson(input.name, input.chunks, { maxRecordBytes });
    case "json-values":
      return readJsonValues(input.name, input.chunks, { maxRecordBytes });
    case "xml":
      return readXmlEvents(input.name, input.chunks, { maxRecordBytes });
    default:
      return assertNever(format);
  }
}

/** What is known of a file while it is read. */
class FileReader {
  readonly #file: string;
  readonly #times = new TimeCorrector();
  readonly #events: ReadEvent[] = [];
  #problems: IngestIssue[] = [];
  /** Problems that may only mean that the file is no telemetry at all. */
  #unknown: IngestIssue[] = [];
  /** Records with a wall clock that nothing was learnt about yet, and all that came behind them. */
  #waiting: FormatItem[] = [];
  #patience = WAITING;
  #recognised = 0;
  #otherProblems = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Events and problems that wait to be handed out. */
  get size(): number {
    return this.#events.length + this.#problems.length;
  }

  get hopeless(): boolean {
    return this.#recognised === 0 && this.#unknown.length + this.#otherProblems >= HOPELESS;
  }

  /** Nothing but JSON of other shapes was found. */
  get unrecognised(): boolean {
    return this.#recognised === 0 && this.#otherProblems === 0 && this.#unknown.length > 0;
  }

  take(items: readonly FormatItem[]): void {
    this.#times.learn(windowsEvents(items));
    if (this.#waiting.length === 0 && (this.#times.informed || this.#patience === 0 || !items.some(needsOffset))) {
      this.#map(items);
      return;
    }
    for (const item of items) {
      this.#waiting.push(item);
    }
    if (this.#times.informed || this.#waiting.length >= this.#patience) {
      this.settle();
    }
  }

  /** Gives up waiting: what is held back gets its time from what is known now. */
  settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#patience = 0;
    this.#map(waiting);
  }

  #map(items: readonly FormatItem[]): void {
    for (const item of items) {
      switch (item.kind) {
        case "windows": {
          const origin = { file: this.#file, offset: item.offset, time: this.#times.read(item.event) };
          this.#keep(mapWindowsEvent(item.event, origin), item.original);
          break;
        }
        case "ecs": {
          const event = mapEcs(item.fields, { file: this.#file, offset: item.offset });
          if (event === undefined) {
            this.#unknown.push(withoutTime(this.#file, item.offset));
          } else {
            this.#keep(event, item.original);
          }
          break;
        }
        case "problem":
          if (item.problem.code === "record.unknown-shape") {
            this.#unknown.push(item);
          } else {
            this.#otherProblems += 1;
            this.#problems.push(item);
          }
          break;
        default:
          assertNever(item);
      }
    }
  }

  #keep(event: StemmaEvent, original: unknown): void {
    this.#recognised += 1;
    this.#events.push({ event, original });
  }

  drain(): { readonly events: readonly ReadEvent[]; readonly problems: readonly IngestIssue[] } {
    const events = this.#events.splice(0, BATCH);
    const problems = this.#recognised > 0 ? [...this.#problems, ...this.#unknown] : this.#problems;
    if (this.#recognised > 0) {
      this.#unknown = [];
    }
    this.#problems = [];
    return { events, problems };
  }

  finish(): { readonly events: readonly ReadEvent[]; readonly problems: readonly IngestIssue[] } {
    const rest = this.drain();
    const unknown = this.#unknown;
    this.#unknown = [];
    const problems = [...rest.problems, ...unknown];
    return { events: rest.events, problems };
  }
}

function needsOffset(item: FormatItem): boolean {
  return item.kind === "windows" && item.event.clock !== undefined && item.event.clock.received === undefined;
}

function* windowsEvents(items: readonly FormatItem[]): Generator<WindowsEvent> {
  for (const item of items) {
    if (item.kind === "windows") {
      yield item.event;
    }
  }
}

function withoutTime(file: string, offset: number): IngestIssue {
  return {
    severity: "rejected",
    problem: { code: "record.no-time", message: "the event has no time that can be read", at: { file, offset } },
  };
}
