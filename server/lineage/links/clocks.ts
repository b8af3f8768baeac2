import type { LogonSession } from "#contracts/lineage";

/** Two hosts' clocks may differ by this much (milliseconds). */
export const CLOCK_SKEW = 5_000;

/** Time from the use of credentials, or from a connection, to the logon that it causes (milliseconds). */
export const LOGON_DELAY = 10_000;

export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** When a session can have caused logons: while it was open, as far as that is recorded. */
export function openSpan({ opened, closed, until }: LogonSession): TimeSpan {
  const end = closed ?? until;
  return {
    from: opened === undefined ? Number.MIN_SAFE_INTEGER : Date.parse(opened) - CLOCK_SKEW,
    to: end === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(end) + LOGON_DELAY,
  };
}

export function wasOpen({ opened, closed, until }: LogonSession, time: number): boolean {
  const end = closed ?? until;
  const from = opened === undefined ? Number.NEGATIVE_INFINITY : Date.parse(opened) - CLOCK_SKEW;
  const to = end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end) + CLOCK_SKEW;
  return time >= from && time <= to;
}
