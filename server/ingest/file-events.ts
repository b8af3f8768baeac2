import { type StemmaEvent, textOf } from "../event/event.ts";
import { mapWindowsEvent, SOURCE_CLOCK } from "../event/mapping.ts";
import { mapEcs } from "../event/mapping-ecs.ts";
import { TimeCorrector } from "../event/time-correction.ts";
import type { UnreadTime, WindowsEvent } from "../event/windows-event.ts";
import { assertNever } from "../lib/result.ts";
import type { IngestIssue } from "./issue.ts";
import type { FormatItem } from "./record.ts";

export interface ReadEvent {
  readonly event: StemmaEvent;
  /** The record as it was read: its own text from a text format, a value from a binary one. */
  readonly original: unknown;
}

/** Events per batch: few enough that they are still in the processor's cache when they are packed. */
export const BATCH_EVENTS = 256;

/**
 * Most records held back until their wall clock can be interpreted. Some exports are sorted by channel, so the records
 * that reveal the time zone come late.
 */
const MAX_HELD_RECORDS = 20_000;

/** A file is unrelated when it begins with this many problems and not one event. */
export const UNRELATED_AFTER = 1000;

/** Maps the records of one file to events, and queues events and problems for the next batch. */
export class FileEvents {
  readonly #file: string;
  readonly #times = new TimeCorrector();
  readonly #events: ReadEvent[] = [];
  #problems: IngestIssue[] = [];
  /** Records of unknown shape before the first event: the file may not be telemetry at all. */
  #unknown: IngestIssue[] = [];
  /** Records whose wall clock cannot be interpreted yet, and every record after them. */
  #held: FormatItem[] = [];
  #maxHeld = MAX_HELD_RECORDS;
  /** Whether a record of an event was found, even one that had to be rejected. */
  #hasRecords = false;
  /** Events whose source's clock says another time, and the first of them. */
  #twoTimes = 0;
  #firstTwoTimes: StemmaEvent | undefined;
  #otherProblems = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Number of events and problems in the queue. */
  get size(): number {
    return this.#events.length + this.#problems.length;
  }

  /** Whether reading on is pointless. */
  get isUnrelated(): boolean {
    return !this.#hasRecords && this.#unknown.length + this.#otherProblems >= UNRELATED_AFTER;
  }

  /** Whether every value of the file was of unknown shape. */
  get hasOnlyUnknownShapes(): boolean {
    return !this.#hasRecords && this.#otherProblems === 0 && this.#unknown.length > 0;
  }

  add(items: readonly FormatItem[]): void {
    this.#times.learn(windowsEvents(items));
    const mustHold = !this.#times.knowsOffset && this.#maxHeld > 0 && items.some(needsOffset);
    if (this.#held.length === 0 && !mustHold) {
      this.#map(items);
      return;
    }
    for (const item of items) {
      this.#held.push(item);
    }
    if (this.#times.knowsOffset || this.#held.length >= this.#maxHeld) {
      this.releaseHeld();
    }
  }

  /** Maps the records held back with what is known about the clocks now, and holds none from here on. */
  releaseHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#maxHeld = 0;
    this.#map(held);
  }

  /**
   * Up to `BATCH_EVENTS` events and all problems in the queue. Unknown shapes are problems once the file has an event.
   */
  nextBatch(): { readonly events: readonly ReadEvent[]; readonly problems: readonly IngestIssue[] } {
    const events = this.#events.splice(0, BATCH_EVENTS);
    const problems = this.#hasRecords ? [...this.#problems, ...this.#unknown.splice(0)] : this.#problems;
    this.#problems = [];
    return { events, problems };
  }

  /** The last batch: everything left in the queue. */
  finish(): { readonly events: readonly ReadEvent[]; readonly problems: readonly IngestIssue[] } {
    const { events, problems } = this.nextBatch();
    return { events, problems: [...problems, ...this.#unknown.splice(0), ...this.#twoTimesIssue()] };
  }

  /** One for the file, however many records it is about. */
  #twoTimesIssue(): readonly IngestIssue[] {
    const first = this.#firstTwoTimes;
    return first === undefined ? [] : [twoTimes(this.#file, this.#twoTimes, first)];
  }

  #map(items: readonly FormatItem[]): void {
    for (const item of items) {
      switch (item.kind) {
        case "windows": {
          const time = this.#times.read(item.event);
          if (time === undefined) {
            this.#withoutTime(item.offset, item.event.unreadTime ?? timeCreatedOf(item.event));
          } else {
            this.#push(mapWindowsEvent(item.event, { file: this.#file, offset: item.offset, time }), item.original);
          }
          break;
        }
        case "ecs": {
          const event = mapEcs(item.fields, { file: this.#file, offset: item.offset });
          if (event === undefined) {
            this.#withoutTime(item.offset, { field: "@timestamp", value: textOf(item.fields, "@timestamp") });
          } else {
            this.#push(event, item.original);
          }
          break;
        }
        case "problem":
          if (item.problem.code === "record.unknown-shape") {
            this.#unknown.push(item);
          } else {
            this.#otherProblems += item.severity === "rejected" ? 1 : 0;
            this.#problems.push(item);
          }
          break;
        default:
          assertNever(item);
      }
    }
  }

  /** A record without a time is an event all the same: its file is not an unrelated one. */
  #withoutTime(offset: number, unread: UnreadTime): void {
    this.#hasRecords = true;
    const { field, value } = unread;
    const what = value === undefined ? `the record has no ${field}` : `${field} is "${excerpt(value)}"`;
    this.#problems.push({
      severity: "rejected",
      problem: {
        code: "record.no-time",
        message: `no time that can be read: ${what}`,
        at: { file: this.#file, offset },
        remedy: "Export the record again with its time. All other records of the file were kept.",
      },
    });
  }

  #push(event: StemmaEvent, original: unknown): void {
    this.#hasRecords = true;
    if (event.fields[SOURCE_CLOCK] !== undefined) {
      this.#twoTimes += 1;
      this.#firstTwoTimes ??= event;
    }
    this.#events.push({ event, original });
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

/** The time of a record in a binary log, which always has one, though not always one of the calendar. */
function timeCreatedOf({ time }: WindowsEvent): UnreadTime {
  const date = new Date(time ?? Number.NaN);
  return { field: "TimeCreated", value: Number.isNaN(date.getTime()) ? undefined : date.toISOString() };
}

const EXCERPT = 60;

/** A value of a log, shortened for a message. */
function excerpt(value: string): string {
  return value.length > EXCERPT ? `${value.slice(0, EXCERPT)}…` : value;
}

function twoTimes(file: string, count: number, { fields, source }: StemmaEvent): IngestIssue {
  const records = count === 1 ? "1 record has" : `${count} records have`;
  const message =
    `${file}: ${records} a time of the source's own that is more than an hour from the event log's, ` +
    `first ${String(fields[SOURCE_CLOCK])} where the event log says ${source.time}; the event log's time is used`;
  return { severity: "warning", problem: { code: "record.two-times", message, at: { file, offset: source.offset } } };
}
