import { z } from "zod";

/**
 * What a rule has to look at again: the span of events that came later than newer ones, and the newest time it has seen.
 * Epoch milliseconds.
 */
export interface Lateness {
  readonly newest: number;
  readonly from: number | undefined;
}

const encoded = z.object({ newest: z.number(), from: z.number().optional() });

export const onTime: Lateness = { newest: Number.NEGATIVE_INFINITY, from: undefined };

/** An event at `time` took part. */
export function noteTime(before: Lateness, time: number): Lateness {
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
