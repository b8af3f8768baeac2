import type { EndFact } from "../facts.ts";
import { nameOf, type Side } from "../keys.ts";
import { byTime, earliest } from "../process-facts.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";

/**
 * The history of one pid on one host: the processes that held it, one after the other. Every reference by pid and time
 * is resolved here: parents of records without entity ids, and exits (Security 4689).
 */
export interface Timeline {
  /** By time. Duplicate records are two entries with one key. */
  readonly holders: readonly Holder[];
  /** Exits without an entity id, by time. */
  readonly exits: readonly EndFact[];
  /** The process that each exit ends: event id to key. Exits that match nobody are left out. */
  readonly owners: ReadonlyMap<string, string>;
  /** The reverse: the one exit that ends a process, by its key. */
  readonly ended: ReadonlyMap<string, EndFact>;
}

export interface Holder {
  /** Of the process that is shown. */
  readonly key: string;
  readonly at: number;
  /** False if the process may have had the pid before `at` already. */
  readonly begun: boolean;
  readonly name?: string;
  /** Which logs recorded its start. Within one log the order of times is reliable. */
  readonly sides: readonly Side[];
  /** The first exit that contains its entity id. */
  readonly ownExit?: EndFact;
}

/** The clocks of two logs on one host differ by at most this much (milliseconds). */
export const CLOCK_TOLERANCE = 3000;

/**
 * A process that started this long before (milliseconds) and whose end is not known may have ended unseen: captures
 * have gaps and hosts reboot. See docs/decisions/0021.
 */
export const MAY_HAVE_ENDED = 7 * 86_400_000;

/** A record that refers to a process by pid. */
export interface Reference {
  readonly time: number;
  readonly side: Side;
  /** Path or name of the process, where it is recorded. */
  readonly executable?: string;
  /** Key of the process that refers: it is never its own parent. */
  readonly self?: string;
}

export type Resolution =
  | { readonly kind: "found"; readonly key: string }
  | {
      readonly kind: "ambiguous";
      readonly key: string;
      readonly candidates: readonly string[];
      /** The one match started so long before that it may have ended unseen and the pid may have been reused. */
      readonly doubt?: "age";
    }
  /**
   * `boundary` is the last start or exit of the pid before: all references between two of them mean the same process.
   */
  | { readonly kind: "unknown"; readonly boundary?: number };

/** Builds the history of a pid from the rows that had it and their duplicates. */
export function timelineOf(pid: number, rows: readonly ProcessRow[], exits: readonly EndFact[]): Timeline {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const holders = rows.flatMap((row) => holderOf(pid, row, byKey) ?? []);
  holders.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sorted = [...exits].sort(byTime);
  const ended = endedBy(holders, sorted);
  const owners = new Map([...ended].map(([key, exit]) => [exit.source.eventId, key]));
  return { holders, exits: sorted, owners, ended };
}

function holderOf(pid: number, row: ProcessRow, byKey: ReadonlyMap<string, ProcessRow>): Holder | undefined {
  const { at, begun, name, pid: own } = positionOf(row);
  if (row.kind === "placeholder" || at === undefined || own !== pid) {
    return undefined;
  }
  const shown = byKey.get(row.mergedInto ?? row.key) ?? row;
  const duplicate = shown.duplicate === undefined ? undefined : byKey.get(shown.duplicate);
  const starts = [...shown.facts.starts, ...(duplicate?.facts.starts ?? []), ...row.facts.starts];
  return {
    key: row.mergedInto ?? row.key,
    at,
    begun,
    name,
    sides: starts.map(({ side }) => side),
    ownExit: earliest(shown.facts.ends),
  };
}

/** The exit of each process: the first one after its start with the same name, before the pid is reused. */
function endedBy(holders: readonly Holder[], exits: readonly EndFact[]): ReadonlyMap<string, EndFact> {
  const ended = new Map<string, EndFact>();
  for (const exit of exits) {
    const holder = holders[countUntil(holders, exit.time, startOf) - 1];
    if (holder === undefined || ended.has(holder.key) || !isSameName(holder.name, nameOf(exit.executable))) {
      continue;
    }
    if (holder.ownExit !== undefined && Math.abs(holder.ownExit.time - exit.time) > CLOCK_TOLERANCE) {
      continue;
    }
    ended.set(holder.key, exit);
  }
  return ended;
}

/**
 * The process that a reference means: the latest start before it, not ended before it, with the same name. All matches
 * are returned if the clocks of two logs leave a doubt.
 */
export function holderAt(timeline: Timeline, reference: Reference): Resolution {
  const name = nameOf(reference.executable);
  const { holders } = timeline;
  const last = nearestBefore(holders, reference.time, reference.self);
  const matches = (holder: Holder | undefined): holder is Holder =>
    holder !== undefined && isSameName(holder.name, name) && !endedBefore(timeline, holder, reference);

  const found = new Set<string>();
  const together = startedTogether(holders, last, reference, name);
  if (together.size > 1 && [...together.values()].some((holder) => holder.some(matches))) {
    for (const key of together.keys()) {
      found.add(key);
    }
  } else if (matches(last)) {
    found.add(last.key);
    if (!last.begun && (name === undefined || last.name === undefined)) {
      return { kind: "ambiguous", key: last.key, candidates: [last.key] };
    }
  }
  for (const holder of neighbours(holders, last, reference, name).filter(matches)) {
    found.add(holder.key);
  }
  const [key, ...others] = found;
  if (key === undefined) {
    return { kind: "unknown", boundary: boundaryBefore(timeline, reference.time) };
  }
  if (others.length > 0) {
    return { kind: "ambiguous", key, candidates: [...found] };
  }
  return last !== undefined && key === last.key && reference.time - last.at > MAY_HAVE_ENDED
    ? { kind: "ambiguous", key, candidates: [key], doubt: "age" }
    : { kind: "found", key };
}

/**
 * The last time up to `time` at which the pid was taken or became free. An exit with the event id `except` does not
 * count.
 */
export function boundaryBefore(timeline: Timeline, time: number, except?: string): number | undefined {
  const last = nearestBefore(timeline.holders, time);
  let index = countUntil(timeline.exits, time, timeOf) - 1;
  if (timeline.exits[index]?.source.eventId === except) {
    index -= 1;
  }
  const own = last?.ownExit;
  const times = [
    last?.at,
    timeline.exits[index]?.time,
    own !== undefined && own.time <= time && own.source.eventId !== except ? own.time : undefined,
  ].filter((one) => one !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Processes with the name that started at the same moment as `last`, by key. Which of them came last, or which of them
 * an exit ended, cannot be known: if one may still run, all of them are candidates.
 */
function startedTogether(
  holders: readonly Holder[],
  last: Holder | undefined,
  { self }: Reference,
  name: string | undefined,
): ReadonlyMap<string, readonly Holder[]> {
  if (last === undefined) {
    return new Map();
  }
  const from = countUntil(holders, last.at - 1, startOf);
  const together = holders.slice(from, countUntil(holders, last.at, startOf));
  return Map.groupBy(
    together.filter((holder) => holder.key !== self && isSameName(holder.name, name)),
    ({ key }) => key,
  );
}

/**
 * Others that may have held the pid: because the clocks of two logs differ, or because their start was not recorded.
 */
function neighbours(
  holders: readonly Holder[],
  last: Holder | undefined,
  reference: Reference,
  name: string | undefined,
): readonly Holder[] {
  if (name === undefined) {
    return [];
  }
  const isWithinTolerance = (holder: Holder) =>
    Math.abs(holder.at - reference.time) <= CLOCK_TOLERANCE &&
    holder.name === name &&
    !holder.sides.includes(reference.side);
  const before =
    last !== undefined && isWithinTolerance(last)
      ? nearestBefore(holders, last.at, last.key, reference.self)
      : undefined;
  const after = nearestAfter(holders, reference.time, last?.key, reference.self);
  const isAfterPossible = after !== undefined && (isWithinTolerance(after) || (!after.begun && after.name === name));
  return [...(before === undefined ? [] : [before]), ...(isAfterPossible ? [after] : [])];
}

function endedBefore({ ended }: Timeline, { key, ownExit }: Holder, { time, side }: Reference): boolean {
  return [ownExit, ended.get(key)].some(
    (exit) => exit !== undefined && exit.time < time - (exit.side === side ? 0 : CLOCK_TOLERANCE),
  );
}

const startOf = (holder: Holder): number => holder.at;
const timeOf = (exit: EndFact): number => exit.time;

/** How many elements of a sorted list are not after `time`. A binary search, because a pid can be reused very often. */
function countUntil<T>(sorted: readonly T[], time: number, of: (one: T) => number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && of(one) <= time) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

/** The latest that started by `time`, except some processes. */
function nearestBefore(
  holders: readonly Holder[],
  time: number,
  ...except: readonly (string | undefined)[]
): Holder | undefined {
  let index = countUntil(holders, time, startOf) - 1;
  for (; except.includes(holders[index]?.key ?? ""); index -= 1);
  return holders[index];
}

function nearestAfter(
  holders: readonly Holder[],
  time: number,
  ...except: readonly (string | undefined)[]
): Holder | undefined {
  let index = countUntil(holders, time, startOf);
  for (; except.includes(holders[index]?.key ?? ""); index += 1);
  return holders[index];
}

/** A name that is not known matches any. */
function isSameName(known: string | undefined, asked: string | undefined): boolean {
  return known === undefined || asked === undefined || known === asked;
}
