import { z } from "zod";

/**
 * From when a rule has to be run again in time order, because events arrived after newer ones; and the newest time it
 * has processed. Epoch milliseconds. See docs/decisions/0010.
 */
export interface Lateness {
  readonly newest: number;
  readonly from: number | undefined;
}

const encoded = z.object({ newest: z.number(), from: z.number().optional() });

export const noLateness: Lateness = { newest: Number.NEGATIVE_INFINITY, from: undefined };

/** Records that an event at `time` took part. */
export function observeTime(before: Lateness, time: number): Lateness {
  if (time >= before.newest) {
    return time === before.newest ? before : { ...before, newest: time };
  }
  return before.from !== undefined && before.from <= time ? before : { ...before, from: time };
}

export function decodeLateness(text: string): Lateness | undefined {
  try {
    const { newest, from } = encoded.parse(JSON.parse(text));
    return { newest, from };
  } catch {
    return undefined;
  }
}
