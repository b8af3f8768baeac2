import { ACTIVITY_SLOT } from "../store/events/port.ts";
import { difference, type Span } from "./coverage-time.ts";

// Whether records of a stream would have been stored, by the rhythm that the stream itself shows. See
// docs/decisions/0074.

/** Pauses up to this are no gaps, however dense the records: milliseconds. */
const SHORTEST_GAP = 120_000;
/** A pause is ordinary up to this many times the pauses that recur. */
const TOLERANCE = 1.25;
/**
 * How long a pause may be to be bridged in a window: a part of the window, or for regular records, whose pauses are
 * about the same, a multiple of it. Longer ones prove nothing about the window, even if they recur: a collection of
 * short captures has pauses of days, and nothing was recorded in them.
 */
const BRIDGED = { part: 1 / 4, regular: 2, spread: 3 } as const;
/** A pause that recurs: at least this many others are as long, or one in `RECURRING_SHARE`. */
const RECURRING = 2;
const RECURRING_SHARE = 20;

/**
 * The time for which a stream is known to have been written: from record to record, except over pauses that are
 * longer than its own ones, or too long for the window that is asked about. Nothing is known before the first record
 * and after the last.
 */
export function flowOf(active: readonly Span[], window: Span): readonly Span[] {
  const pauses = active.slice(1).map(({ from }, index) => from - (active[index]?.to ?? from));
  const isOrdinary = ordinaryPauses(pauses);
  const longest = longestBridged(pauses, window);
  const flow: { from: number; to: number }[] = [];
  for (const [index, span] of active.entries()) {
    const last = flow.at(-1);
    const pause = pauses[index - 1] ?? 0;
    if (last !== undefined && pause <= longest && isOrdinary(pause)) {
      last.to = span.to;
    } else {
      flow.push({ ...span });
    }
  }
  return flow;
}

function longestBridged(pauses: readonly number[], window: Span): number {
  const length = window.to - window.from;
  const median = pauses.toSorted((left, right) => left - right)[Math.floor(pauses.length / 2)] ?? 0;
  const regular = Math.min(length * BRIDGED.regular, median * BRIDGED.spread);
  return Math.max(SHORTEST_GAP, length * BRIDGED.part, regular);
}

/**
 * A pause is compared with the other ones, of which the longest do not count: they may be failures themselves. Fewer
 * than four records have no rhythm.
 */
function ordinaryPauses(pauses: readonly number[]): (pause: number) => boolean {
  const longestFirst = pauses.toSorted((left, right) => right - left);
  const rank = Math.max(RECURRING, Math.ceil((pauses.length - 1) / RECURRING_SHARE)) - 1;
  return (pause) => {
    if (pause <= SHORTEST_GAP) {
      return true;
    }
    // Without the pause itself, all that are shorter move up by one.
    const own = longestFirst.indexOf(pause);
    const other = longestFirst[own <= rank ? rank + 1 : rank];
    return other !== undefined && pause <= other * TOLERANCE;
  };
}

/**
 * The time between two changes of a sensor's configuration in which no record of the stream was seen: the configuration
 * may exclude them. `changes` in order.
 */
export function unseenConfigurations(active: readonly Span[], changes: readonly number[]): readonly Span[] {
  return changes.slice(1).flatMap((to, index) => {
    const from = changes[index] ?? to;
    // In the half minute of a change it is unknown which came first.
    const [begin, end] = [slotAfter(from), slotOf(to)];
    return active.some((span) => span.from < end && span.to > begin) ? [] : [{ from, to }];
  });
}

/** From a stop on until records are written again: at the earliest in the next half minute. */
export function silenceAfter(stop: number, active: readonly Span[]): Span {
  const next = slotAfter(stop);
  const resumed = active.find(({ to }) => to > next);
  return { from: stop, to: resumed === undefined ? Number.MAX_SAFE_INTEGER : Math.max(next, resumed.from) };
}

/** Before the start of a sensor that was not seen to stop: since its last record. */
export function silenceBefore(start: number, active: readonly Span[]): Span {
  const last = active.findLast(({ from }) => from < slotOf(start));
  return { from: last === undefined ? Number.MIN_SAFE_INTEGER : Math.min(last.to, slotOf(start)), to: start };
}

/** A flow without the times of silence. */
export function without(flow: readonly Span[], silences: readonly Span[]): readonly Span[] {
  return silences.length === 0 ? flow : difference(flow, silences);
}

const slotOf = (time: number): number => Math.floor(time / ACTIVITY_SLOT) * ACTIVITY_SLOT;
const slotAfter = (time: number): number => slotOf(time) + ACTIVITY_SLOT;
