import { HOUR, parseTime, QUARTER_HOUR } from "./time.ts";
import { hostName } from "./values.ts";
import { isSysmon, type WindowsEvent } from "./windows-event.ts";

/** When an event happened, and how sure that is. */
export interface TimeReading {
  readonly time: number;
  /** The time had to be inferred from other records: the source gave no usable one. */
  readonly estimated: boolean;
}

/** Sysmon's own clock, where the record has it. */
export function sysmonTime(event: WindowsEvent): number | undefined {
  const text = isSysmon(event) ? event.data.get("UtcTime") : undefined;
  return text === undefined ? undefined : parseTime(text);
}

/**
 * What one record says about its time. Sysmon: `UtcTime`, except that network and DNS events (3, 22) of a resumed virtual
 * machine have it hours off, so the record's own time wins there. Others: the record's time.
 */
export function readTime(event: WindowsEvent): TimeReading | undefined {
  const utc = sysmonTime(event);
  const { time } = event;
  if (utc === undefined) {
    return time === undefined ? undefined : { time, estimated: false };
  }
  if (isUnreliable(event) && time !== undefined && Math.abs(utc - time) > HOUR) {
    return { time, estimated: false };
  }
  return { time: utc, estimated: false };
}

function isUnreliable(event: WindowsEvent): boolean {
  return event.code === 3 || event.code === 22;
}

/**
 * Gives times to the records of one file. Some exporters write a wall clock without a zone (NXLog `EventTime`) or even
 * one that shows twelve hours without saying which half of the day (`TimeCreated` of PowerShell exports). The distance of
 * such a clock from UTC is learnt from Sysmon records of the same host (which carry `UtcTime`) or from the collector's
 * time in the same record. Identities never depend on what is inferred here.
 */
export class TimeCorrector {
  readonly #offsets = new Map<string, number>();
  #anyOffset: number | undefined;
  #last = 0;

  /** Looks at records before any of them is read, so that the first ones of a file profit from the later ones. */
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

  read(event: WindowsEvent): TimeReading {
    const reading = event.clock === undefined ? readTime(event) : this.#readClock(event, event.clock);
    if (reading === undefined) {
      return { time: this.#last, estimated: true };
    }
    this.#last = reading.time;
    return reading;
  }

  #readClock(event: WindowsEvent, clock: NonNullable<WindowsEvent["clock"]>): TimeReading {
    const utc = sysmonTime(event);
    if (utc !== undefined && !isUnreliable(event)) {
      this.#learnOne(event, clock.wall, true);
      return { time: utc, estimated: false };
    }
    if (clock.received !== undefined) {
      // A collector is late by seconds, never by a quarter of an hour, so the nearest quarter is the zone.
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
    const utc = isUnreliable(event) ? undefined : sysmonTime(event);
    if (utc === undefined) {
      return;
    }
    const offset = Math.round((utc - wall) / QUARTER_HOUR) * QUARTER_HOUR;
    if (Math.abs(utc - wall - offset) > 300_000) {
      return;
    }
    const host = hostName(event.computer);
    if (replace || !this.#offsets.has(host)) {
      this.#offsets.set(host, offset);
    }
    this.#anyOffset ??= offset;
  }
}

function agrees(utc: number | undefined, time: number): utc is number {
  return utc !== undefined && Math.abs(utc - time) <= HOUR;
}
