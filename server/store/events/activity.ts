import { COVERAGE_BUCKET, NO_HOST } from "./coverage.ts";
import { packedColumns } from "./packed-events.ts";
import { ACTIVITY_SLOT, type ActiveSpan, type StreamName } from "./port.ts";

/**
 * When records were written: per host, source, code and quarter of an hour, which of its half minutes have a record. A
 * few bytes show every gap that is longer than a minute. See docs/decisions/0074.
 */

export const SLOTS_OF_BUCKET = COVERAGE_BUCKET / ACTIVITY_SLOT;

/** Quarters of an hour with records that are read on each side of a window, to learn the rhythm of a stream. */
export const ACTIVITY_AROUND = 12;

/** The code of the stream that has all records of a source. */
export const ANY_CODE = "";

/** A quarter of an hour with records of a stream. */
export interface ActivityBucket {
  /** Quarters of an hour since 1970. */
  readonly bucket: number;
  /** Times of the first and the last record. */
  readonly first: number;
  readonly last: number;
  /** One bit per half minute with a record, the earliest lowest. */
  readonly slots: number;
}

export interface ActivityCount extends Required<StreamName>, ActivityBucket {
  readonly events: number;
}

const HOST = packedColumns.indexOf("host");
const SOURCE = packedColumns.indexOf("source");
const CODE = packedColumns.indexOf("code");

/** Counts events by stream and bucket: each under its code and among all of its source. */
export class ActivityCounters {
  readonly #counts = new Map<string, { -readonly [K in keyof ActivityCount]: ActivityCount[K] }>();

  add(time: number, columns: readonly (string | null)[]): void {
    const host = columns[HOST] ?? NO_HOST;
    const source = columns[SOURCE] ?? "";
    const code = columns[CODE] ?? ANY_CODE;
    this.#count(time, host, source, ANY_CODE);
    if (code !== ANY_CODE) {
      this.#count(time, host, source, code);
    }
  }

  counts(): readonly ActivityCount[] {
    return [...this.#counts.values()];
  }

  #count(time: number, host: string, source: string, code: string): void {
    const bucket = Math.floor(time / COVERAGE_BUCKET);
    const slot = 1 << Math.floor((time - bucket * COVERAGE_BUCKET) / ACTIVITY_SLOT);
    // The source and the host may have spaces: no two streams have the same lengths and texts.
    const key = `${bucket} ${code.length} ${source.length} ${code}${source}${host}`;
    const known = this.#counts.get(key);
    if (known === undefined) {
      this.#counts.set(key, { host, source, code, bucket, first: time, last: time, slots: slot, events: 1 });
      return;
    }
    known.first = Math.min(known.first, time);
    known.last = Math.max(known.last, time);
    known.slots |= slot;
    known.events += 1;
  }
}

/** The buckets that a window touches: of no limit where it has none. */
export function bucketsOf({ from, to }: { readonly from?: number; readonly to?: number }): {
  readonly first: number;
  readonly last: number;
} {
  return {
    first: from === undefined ? Number.MIN_SAFE_INTEGER : Math.floor(from / COVERAGE_BUCKET),
    last: to === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(to / COVERAGE_BUCKET),
  };
}

/** The half minutes with records in the buckets, which are in order of time; joined where they touch. */
export function activeSpans(buckets: readonly ActivityBucket[]): readonly ActiveSpan[] {
  const spans: { from: number; to: number }[] = [];
  for (const { bucket, first, last, slots } of buckets) {
    for (let slot = 0; slot < SLOTS_OF_BUCKET; slot += 1) {
      if ((slots & (1 << slot)) !== 0) {
        const start = bucket * COVERAGE_BUCKET + slot * ACTIVITY_SLOT;
        const [from, to] = [Math.max(start, first), Math.min(start + ACTIVITY_SLOT, last)];
        const before = spans.at(-1);
        if (before !== undefined && before.to === from) {
          before.to = to;
        } else {
          spans.push({ from, to });
        }
      }
    }
  }
  return spans;
}
