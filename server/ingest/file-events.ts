import { type StemmaEvent, textOf } from "../event/event.ts";
import { mapWindowsEvent, SOURCE_CLOCK } from "../event/mapping.ts";
import { mapEcs } from "../event/mapping-ecs.ts";
import { TimeCorrector } from "../event/time-correction.ts";
import type { UnreadTime, WindowsEvent } from "../event/windows-event.ts";
import { assertNever } from "../lib/result.ts";
import type { IngestIssue } from "./issue.ts";
import type { InputPosition } from "./position.ts";
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

/** A place between two records of the file at which nothing was held back. */
interface Boundary extends Pick<InputPosition, "from" | "clocks" | "mayHold" | "hasRecords" | "twoTimes"> {
  /** Events and problems of the records before. */
  readonly events: number;
  readonly problems: number;
}

/** Maps the records of one file to events, and queues events and problems for the next batch. */
export class FileEvents {
  readonly #file: string;
  readonly #times: TimeCorrector;
  readonly #events: ReadEvent[] = [];
  #problems: IngestIssue[] = [];
  /** Records of unknown shape before the first event: the file may not be telemetry at all. */
  #unknown: IngestIssue[] = [];
  /** Records whose wall clock cannot be interpreted yet, and every record after them. */
  #held: FormatItem[] = [];
  #maxHeld: number;
  /** Whether a record of an event was found, even one that had to be rejected. */
  #hasRecords: boolean;
  /** Events whose source's clock says another time, and the first of them. */
  #twoTimes: InputPosition["twoTimes"];
  #otherProblems = 0;
  /** Events and problems found so far, and those yielded. */
  readonly #found = { events: 0, problems: 0 };
  readonly #yielded = { events: 0, problems: 0 };
  /** Events and problems that were yielded by an earlier reading of the file. */
  readonly #known: { events: number; problems: number };
  /** The last boundary before the next event to be yielded, and those after it. */
  readonly #boundaries: Boundary[];

  /** `start` if the file was read up to there before. */
  constructor(file: string, start?: InputPosition) {
    this.#file = file;
    this.#times = new TimeCorrector(start?.clocks);
    this.#maxHeld = start?.mayHold ?? MAX_HELD_RECORDS;
    this.#hasRecords = start?.hasRecords ?? false;
    this.#twoTimes = start?.twoTimes;
    this.#known = { events: start?.events ?? 0, problems: start?.problems ?? 0 };
    this.#boundaries = [this.#boundary(start?.from ?? 0)];
  }

  /** Number of events and problems in the queue. */
  get size(): number {
    return this.#events.length + this.#problems.length;
  }

  /** Whether reading on is pointless. */
  get isUnrelated(): boolean {
    return !this.#hasRecords && this.#unknown.length + this.#otherProblems >= UNRELATED_AFTER;
  }

  /** If every value of the file was of unknown shape: what is said of the first. */
  get onlyUnknownShape(): string | undefined {
    return this.#hasRecords || this.#otherProblems > 0 ? undefined : this.#unknown[0]?.problem.message;
  }

  add(items: readonly FormatItem[]): void {
    this.#times.learn(windowsEvents(items));
    const mustHold = !this.#times.knowsOffset && this.#maxHeld > 0 && items.some(needsOffset);
    if (this.#held.length === 0 && !mustHold) {
      this.#map(items);
    } else {
      for (const item of items) {
        this.#held.push(item);
      }
      if (this.#times.knowsOffset || this.#held.length >= this.#maxHeld) {
        this.releaseHeld();
      }
    }
    const last = items.findLast((item) => offsetOf(item) !== undefined);
    if (this.#held.length === 0 && this.#hasRecords && last !== undefined) {
      this.#boundaries.push(this.#boundary((offsetOf(last) ?? 0) + 1));
    }
  }

  /** Where to go on after everything that was yielded; the bytes are not known here. */
  position(): Omit<InputPosition, "bytes"> {
    const { events, problems } = this.#yielded;
    while ((this.#boundaries[1]?.events ?? Number.POSITIVE_INFINITY) <= events) {
      this.#boundaries.shift();
    }
    const last = this.#boundaries[0] ?? this.#boundary(0);
    return { ...last, events: events - last.events, problems: problems - last.problems };
  }

  #boundary(from: number): Boundary {
    return {
      ...{ from, clocks: this.#times.known, mayHold: this.#maxHeld, hasRecords: this.#hasRecords },
      ...{ twoTimes: this.#twoTimes, ...this.#found },
    };
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
    const problems = this.#problems.concat(this.#hasRecords ? this.#unknown.splice(0) : []);
    this.#problems = [];
    return this.#yield(this.#events.splice(0, BATCH_EVENTS), problems);
  }

  /** The last batch: everything left in the queue. */
  finish(): { readonly events: readonly ReadEvent[]; readonly problems: readonly IngestIssue[] } {
    const { events, problems } = this.nextBatch();
    return { events, problems: [...problems, ...this.#unknown.splice(0), ...this.#twoTimesIssue()] };
  }

  /** One for the file, however many records it is about. */
  #twoTimesIssue(): readonly IngestIssue[] {
    return this.#twoTimes === undefined ? [] : [twoTimes(this.#file, this.#twoTimes)];
  }

  /** Counts what is yielded, and leaves out what an earlier reading yielded. */
  #yield(events: readonly ReadEvent[], problems: readonly IngestIssue[]) {
    const known = {
      events: Math.min(events.length, this.#known.events),
      problems: Math.min(problems.length, this.#known.problems),
    };
    this.#known.events -= known.events;
    this.#known.problems -= known.problems;
    this.#yielded.events += events.length;
    this.#yielded.problems += problems.length;
    return { events: events.slice(known.events), problems: problems.slice(known.problems) };
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
          this.#found.problems += 1;
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
    this.#found.problems += 1;
    const { field, value } = unread;
    const what = value === undefined ? `the record has no ${field}` : `${field} is "${excerpt(value)}"`;
    this.#problems.push({
      severity: "rejected",
      problem: {
        code: "record.no-time",
        message: `no time that can be read: ${what}`,
        at: { file: this.#file, offset },
        remedy: "Export the record again with its time. Every record of the file that can be read was kept.",
      },
    });
  }

  #push(event: StemmaEvent, original: unknown): void {
    this.#hasRecords = true;
    this.#found.events += 1;
    const clock = event.fields[SOURCE_CLOCK];
    if (clock !== undefined) {
      const { time, offset } = event.source;
      const first = this.#twoTimes ?? { count: 0, clock: String(clock), time, offset };
      this.#twoTimes = { ...first, count: first.count + 1 };
    }
    this.#events.push({ event, original });
  }
}

/** Where a record, or what is wrong, begins in the file. */
export function offsetOf(item: FormatItem): number | undefined {
  return item.kind === "problem" ? item.problem.at?.offset : item.offset;
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

function twoTimes(file: string, { count, clock, time, offset }: NonNullable<InputPosition["twoTimes"]>): IngestIssue {
  const records = count === 1 ? "1 record has" : `${count} records have`;
  const message =
    `${file}: ${records} a time of the source's own that is more than an hour from the event log's, ` +
    `first ${clock} where the event log says ${time}; the event log's time is used`;
  return { severity: "warning", problem: { code: "record.two-times", message, at: { file, offset } } };
}
