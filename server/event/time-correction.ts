import { sourceOfProvider } from "./sources.ts";
import { HOUR, parseTime, plausibleTime, QUARTER_HOUR } from "./time.ts";
import { hostName } from "./values.ts";
import type { WindowsEvent } from "./windows-event.ts";

/** When an event happened, and how certain that is. */
export interface TimeReading {
  readonly time: number;
  /** The zone of the record's clock was inferred from other records, or is unknown. */
  readonly estimated: boolean;
}

/** The time by the clock of the source itself, which only some sources write (Sysmon's `UtcTime`). */
export function ownTime(event: WindowsEvent): number | undefined {
  const clock = sourceOfProvider(event.provider)?.clock;
  const text = clock === undefined ? undefined : event.data.get(clock.field);
  return text === undefined ? undefined : parseTime(text);
}

/**
 * The time of one record on its own: by the source's clock, or else by the event log. Where the source's clock can be
 * hours off (`RecordClock.unreliable`) and is, the event log's time is used. `undefined` without a time that can be
 * read.
 */
export function readTime(event: WindowsEvent): TimeReading | undefined {
  const utc = ownTime(event);
  const time = plausibleTime(event.time);
  if (utc === undefined) {
    return time === undefined ? undefined : { time, estimated: false };
  }
  if (isUnreliable(event) && time !== undefined && Math.abs(utc - time) > HOUR) {
    return { time, estimated: false };
  }
  return { time: utc, estimated: false };
}

function isUnreliable(event: WindowsEvent): boolean {
  return sourceOfProvider(event.provider)?.clock?.unreliable.has(event.code) === true;
}

/**
 * Determines the times of the records of one file. Some exporters write a wall clock without a zone (NXLog
 * `EventTime`), or a twelve-hour clock without AM or PM (`TimeCreated` of PowerShell exports). The offset of such a
 * clock from UTC is learnt from records of the same host with a clock of their own (Sysmon), or from the collector's
 * time in the same record. The identity of a record never depends on what is inferred here.
 */
export class TimeCorrector {
  readonly #offsets = new Map<string, number>();
  #anyOffset: number | undefined;

  /**
   * Learns offsets from records before any of them is read, so that the first ones of a file benefit from later ones.
   */
  learn(events: Iterable<WindowsEvent>): void {
    for (const event of events) {
      if (event.clock !== undefined) {
        this.#learnOne(event, event.clock.wall, false);
      }
    }
  }

  /** Whether the offset from UTC is known for some wall clock of the file. */
  get knowsOffset(): boolean {
    return this.#anyOffset !== undefined;
  }

  /** `undefined` when the record has no time that can be read. */
  read(event: WindowsEvent): TimeReading | undefined {
    return event.clock === undefined ? readTime(event) : this.#readClock(event, event.clock);
  }

  #readClock(event: WindowsEvent, clock: NonNullable<WindowsEvent["clock"]>): TimeReading {
    const utc = ownTime(event);
    if (utc !== undefined && !isUnreliable(event)) {
      this.#learnOne(event, clock.wall, true);
      return { time: utc, estimated: false };
    }
    if (clock.received !== undefined) {
      // A collector is delayed by seconds, not by a quarter of an hour, so the nearest quarter is the zone.
      const time = clock.wall + Math.round((clock.received - clock.wall) / QUARTER_HOUR) * QUARTER_HOUR;
      return { time: agrees(utc, time) ? utc : time, estimated: false };
    }
    const offset = this.#offsets.get(hostName(event.computer)) ?? this.#anyOffset;
    if (offset === undefined) {
      return { time: utc ?? clock.wall, estimated: true };
    }
    const time = clock.wall + offset;
    return agrees(utc, time) ? { time: utc, estimated: false } : { time, estimated: true };
  }

  #learnOne(event: WindowsEvent, wall: number, replace: boolean): void {
    const utc = isUnreliable(event) ? undefined : ownTime(event);
    if (utc === undefined) {
      return;
    }
    const offset = Math.round((utc - wall) / QUARTER_HOUR) * QUARTER_HOUR;
    if (Math.abs(utc - wall - offset) > MAX_DRIFT) {
      return;
    }
    const host = hostName(event.computer);
    if (replace || !this.#offsets.has(host)) {
      this.#offsets.set(host, offset);
    }
    this.#anyOffset ??= offset;
  }
}

/** A wall clock further than this (milliseconds) from a whole quarter of an hour reveals nothing. */
const MAX_DRIFT = 300_000;

function agrees(utc: number | undefined, time: number): utc is number {
  return utc !== undefined && Math.abs(utc - time) <= HOUR;
}
