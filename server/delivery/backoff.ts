/** Attempts before a delivery has failed. */
export const MOST_ATTEMPTS = 10;

/** Milliseconds. */
const FIRST = 30_000;
const LONGEST = 3_600_000;

/**
 * Milliseconds until the next attempt, after so many: twice as long each time, up to an hour, of which half is random,
 * so that what failed at one moment is not repeated at one moment. `random` is from 0 to 1.
 */
export function delayAfter(attempts: number, random: number): number {
  const delay = Math.min(LONGEST, FIRST * 2 ** (attempts - 1));
  return Math.round(delay / 2 + (random * delay) / 2);
}
