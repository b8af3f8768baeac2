/**
 * Times in logs as epoch milliseconds. Faster than `Date.parse`: the day is converted once for neighbouring records,
 * the rest is digits at fixed positions.
 */

/** The last day converted; neighbouring records share it. */
let knownDay = Number.NaN;
let knownStart = 0;

/** Times before or after are not those of an event: a clock that was never set, or a number that is no time. */
const EARLIEST = Date.UTC(1980, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** The time if an event can have happened then. */
export function plausibleTime(time: number | undefined): number | undefined {
  return time !== undefined && time >= EARLIEST && time < LATEST ? time : undefined;
}

/**
 * Parses `YYYY-MM-DD`, a space or `T`, `HH:MM:SS`, an optional fraction of any length, and an optional `Z` or `±HH:MM`;
 * or a number of seconds, milliseconds, microseconds or nanoseconds since 1970. A time without a zone is read as UTC.
 * Fractions are truncated to milliseconds. Anything else, and a time that is not plausible, is `undefined`.
 */
export function parseTime(text: string): number | undefined {
  return plausibleTime(isNumeric(text) ? epochTime(Number(text)) : parseDate(text));
}

/** Whether a time is written as a number since 1970, which has no zone to interpret. */
export function isNumeric(text: string): boolean {
  return text.charCodeAt(4) !== 0x2d && /^\s*\d{9,20}(?:\.\d*)?\s*$/.test(text);
}

/** Units of numeric times per millisecond; plausible times have disjoint ranges in them. */
const UNITS = [0.001, 1, 1000, 1_000_000];

function epochTime(value: number): number | undefined {
  for (const unit of UNITS) {
    // A fraction of a second, such as 0.3, is stored as a little less.
    const time = plausibleTime(Math.floor(value / unit + 0.001));
    if (time !== undefined) {
      return time;
    }
  }
  return undefined;
}

function parseDate(text: string): number | undefined {
  if (text.length < 19 || text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) {
    return undefined;
  }
  const day = startOfDay(text);
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  const seconds = twoDigits(text, 17);
  if (day === undefined || !(hours < 24 && minutes < 60 && seconds < 61)) {
    return undefined;
  }
  let time = day + hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
  let at = 19;
  const mark = text.charCodeAt(19);
  if (mark === 0x2e || mark === 0x2c) {
    let scale = 100;
    for (at = 20; at < text.length; at += 1) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) {
        break;
      }
      time += Math.floor(digit * scale);
      scale = scale > 1 ? scale / 10 : 0;
    }
  }
  if (at === text.length || text.charCodeAt(at) === 0x5a) {
    return time;
  }
  const sign = text.charCodeAt(at);
  if (sign === 0x2b || sign === 0x2d) {
    const offset = twoDigits(text, at + 1) * 60 + twoDigits(text, text.charCodeAt(at + 3) === 0x3a ? at + 4 : at + 3);
    return !(offset <= MAX_OFFSET) ? undefined : time + (sign === 0x2b ? -offset : offset) * 60_000;
  }
  return text.slice(at).trim() === "" ? time : undefined;
}

/** Minutes between UTC and any zone at most. */
const MAX_OFFSET = 18 * 60;

function startOfDay(text: string): number | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const number = (year * 100 + month) * 100 + day;
  if (number === knownDay) {
    return knownStart;
  }
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || !(month >= 1 && month <= 12 && day >= 1)) {
    return undefined;
  }
  const start = Date.UTC(year, month - 1, day);
  // `Date.UTC` moves a day that its month does not have into the next month.
  if (Number.isNaN(start) || year < 100 || new Date(start).getUTCDate() !== day) {
    return undefined;
  }
  knownDay = number;
  knownStart = start;
  return start;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

let isoSecond = Number.NaN;
let isoPrefix = "";

/**
 * ISO 8601 in UTC with milliseconds; the time must be one of the calendar. The text up to the second is cached, as
 * neighbouring events share it.
 */
export function isoTime(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== isoSecond) {
    const text = new Date(second * 1000).toISOString();
    isoSecond = second;
    isoPrefix = text.slice(0, text.length - 4);
  }
  const millisecond = Math.floor(time) - second * 1000;
  return `${isoPrefix}${millisecond < 10 ? "00" : millisecond < 100 ? "0" : ""}${millisecond}Z`;
}

/** Time zones differ from UTC by multiples of this. */
export const QUARTER_HOUR = 900_000;
export const HOUR = 3_600_000;
