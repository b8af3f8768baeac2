import { sourceOfProvider } from "./sources.ts";
import { HOUR, parseTime, plausibleTime, QUARTER_HOUR } from "./time.ts";
import { hostName } from "./values.ts";
import type { WindowsEvent } from "./windows-event.ts";

/** When an event happened, and how certain that is. */
export interface TimeReading {
  readonly time: number;
  /** The zone of the record's clock was inferred from other records, or is unknown. */
  readonly estimated: boolean;
  /** What the source's own clock says, if that is more than an hour away and was not used. */
  readonly sourceClock?: number;
}

/** The time by the clock of the source itself, which only some sources write (Sysmon's `UtcTime`). */
export function ownTime(event: WindowsEvent): number | undefined {
  const clock = sourceOfProvider(event.provider)?.clock;
  const text = clock === undefined ? undefined : event.data.get(clock.field);
  return text === undefined ? undefined : parseTime(text);
}

/**
 * The time of one record on its own: by the source's clock, which is the more exact one, or else by the event log. A
 * source's clock can be hours or days off, as after a virtual machine was resumed: then the event log's time is used
 * and both are kept. `undefined` without a time that can be read.
 */
export function readTime(event: WindowsEvent): TimeReading | undefined {
  const utc = ownTime(event);
  const time = plausibleTime(event.time);
  if (time === undefined) {
    return utc === undefined ? undefined : { time: utc, estimated: false };
  }
  return reconciled(time, utc, false);
}

/** The source's clock where it agrees with the time of the record. */
export function reconciled(time: number, utc: number | undefined, estimated: boolean): TimeReading {
  if (utc === undefined) {
    return { time, estimated };
  }
  return agrees(utc, time) ? { time: utc, estimated: false } : { time, estimated, sourceClock: utc };
}

function isUnreliable(event: WindowsEvent): boolean {
  return sourceOfProvider(event.provider)?.clock?.unreliable.has(event.code) === true;
}

/** What is known about the wall clocks of a file: offsets from UTC in milliseconds. */
export interface ClockOffsets {
  readonly hosts: readonly (readonly [host: string, offset: number])[];
  readonly any?: number;
}

export const noClockOffsets: ClockOffsets = { hosts: [] };

/**
 * Determines the times of the records of one file. Some exporters write a wall clock without a zone (NXLog
 * `EventTime`), or a twelve-hour clock without AM or PM (`TimeCreated` of PowerShell exports). The offset of such a
 * clock from UTC is learnt from records of the same host with a clock of their own (Sysmon), or from the collector's
 * time in the same record. The identity of a record never depends on what is inferred here.
 */
export class TimeCorrector {
  readonly #offsets: Map<string, number>;
  #anyOffset: number | undefined;
  /** The current state as a value; undefined after a change. */
  #known: ClockOffsets | undefined;

  /** `known` from the records before, if these are not the first ones of the file. */
  constructor(known: ClockOffsets = noClockOffsets) {
    this.#offsets = new Map(known.hosts);
    this.#anyOffset = known.any;
    this.#known = known;
  }

  /** What is known so far. */
  get known(): ClockOffsets {
    this.#known ??= { hosts: [...this.#offsets], ...(this.#anyOffset === undefined ? {} : { any: this.#anyOffset }) };
    return this.#known;
  }

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
    if (utc !== undefined && !isUnreliable(event) && offsetOf(utc, clock.wall) !== undefined) {
      this.#learnOne(event, clock.wall, true);
      return { time: utc, estimated: false };
    }
    if (clock.received !== undefined) {
      // A collector is delayed by seconds, not by a quarter of an hour, so the nearest quarter is the zone.
      const time = clock.wall + Math.round((clock.received - clock.wall) / QUARTER_HOUR) * QUARTER_HOUR;
      return reconciled(time, utc, false);
    }
    const offset = this.#offsets.get(hostName(event.computer)) ?? this.#anyOffset;
    if (offset === undefined) {
      const isDaysOff = utc !== undefined && Math.abs(utc - clock.wall) > MAX_OFFSET;
      return isDaysOff ? reconciled(clock.wall, utc, true) : { time: utc ?? clock.wall, estimated: true };
    }
    return reconciled(clock.wall + offset, utc, true);
  }

  #learnOne(event: WindowsEvent, wall: number, replace: boolean): void {
    const utc = isUnreliable(event) ? undefined : ownTime(event);
    if (utc === undefined) {
      return;
    }
    const offset = offsetOf(utc, wall);
    if (offset === undefined) {
      return;
    }
    const host = hostName(event.computer);
    const before = this.#offsets.get(host);
    if (before === undefined || (replace && before !== offset)) {
      this.#offsets.set(host, offset);
      this.#known = undefined;
    }
    this.#anyOffset ??= offset;
  }
}

/** A wall clock further than this (milliseconds) from a whole quarter of an hour reveals nothing. */
const MAX_DRIFT = 300_000;

/** No zone is further from UTC, with half a day for a clock of twelve hours. A larger difference is no offset. */
const MAX_OFFSET = 26 * HOUR;

/** The offset of a wall clock from UTC; undefined if the difference is none, so that one of the two times is wrong. */
function offsetOf(utc: number, wall: number): number | undefined {
  const offset = Math.round((utc - wall) / QUARTER_HOUR) * QUARTER_HOUR;
  return Math.abs(utc - wall - offset) > MAX_DRIFT || Math.abs(offset) > MAX_OFFSET ? undefined : offset;
}

function agrees(utc: number, time: number): boolean {
  return Math.abs(utc - time) <= HOUR;
}
