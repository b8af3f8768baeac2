import type { EndFact } from "./facts.ts";
import { nameOf, type Side } from "./keys.ts";
import { byTime, earliest, type ProcessRow, positionOf } from "./process-row.ts";

/**
 * The history of one pid on one host: who had it, one after the other. Everything that names a process by pid and time
 * is answered here: parents of records without entity ids, and exits (Security 4689).
 */
export interface Timeline {
  /** By time. Twins stand in it twice, under one key. */
  readonly holders: readonly Holder[];
  /** Exits known by pid only, by time. */
  readonly exits: readonly EndFact[];
  /** Which process each exit ends: event id to key. An exit that fits nobody is left out. */
  readonly owners: ReadonlyMap<string, string>;
  /** The other way round: the one exit of `exits` that ends a process, by its key. */
  readonly ended: ReadonlyMap<string, EndFact>;
}

export interface Holder {
  /** Of the process that is shown. */
  readonly key: string;
  readonly at: number;
  /** False: it may have had the pid before `at` already. */
  readonly begun: boolean;
  readonly name?: string;
  /** Which logs recorded its start: within one log the order of times can be trusted. */
  readonly sides: readonly Side[];
  /** The first exit that carries its entity id. */
  readonly ownExit?: EndFact;
}

/** Two logs of one host can disagree on times by this much (milliseconds). */
export const CLOCK_TOLERANCE = 3000;

/**
 * A process that began this long before (milliseconds) and of whose end nothing is known is no certain holder of its
 * pid any more: captures have gaps, hosts are started anew, and a week is more than most of them go without either.
 */
const MAY_HAVE_ENDED = 7 * 86_400_000;

export interface Reference {
  readonly time: number;
  readonly side: Side;
  /** Path or name of the process that is looked for, where it is known. */
  readonly executable?: string;
  /** Key of the process that asks: it is never its own parent. */
  readonly self?: string;
}

export type Resolution =
  | { readonly kind: "found"; readonly key: string }
  | {
      readonly kind: "ambiguous";
      readonly key: string;
      readonly candidates: readonly string[];
      /** Only one fits, but it began so long before that it may have ended unseen, and the pid been given again. */
      readonly doubt?: "age";
    }
  /**
   * Nobody fits: `boundary` is the last start or exit of the pid before, so all who ask in this stretch ask for the
   * same one.
   */
  | { readonly kind: "unknown"; readonly boundary?: number };

/** Builds a pid's history from all identities that had it, and their twins. */
export function timelineOf(pid: number, rows: readonly ProcessRow[], exits: readonly EndFact[]): Timeline {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const holders = rows.flatMap((row): readonly Holder[] => {
    const { at, begun, name, pid: own } = positionOf(row);
    const shown = byKey.get(row.mergedInto ?? row.key) ?? row;
    const other = shown.duplicate === undefined ? undefined : byKey.get(shown.duplicate);
    if (row.kind === "placeholder" || at === undefined || own !== pid) {
      return [];
    }
    return [
      {
        key: row.mergedInto ?? row.key,
        at,
        begun,
        name,
        sides: [...shown.facts.starts, ...(other?.facts.starts ?? []), ...row.facts.starts].map((fact) => fact.side),
        ownExit: earliest(shown.facts.ends),
      },
    ];
  });
  holders.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sorted = [...exits].sort(byTime);
  const ended = endedBy(holders, sorted);
  const owners = new Map([...ended].map(([key, exit]) => [exit.source.eventId, key]));
  return { holders, exits: sorted, owners, ended };
}

function endedBy(holders: readonly Holder[], exits: readonly EndFact[]): ReadonlyMap<string, EndFact> {
  const ended = new Map<string, EndFact>();
  for (const exit of exits) {
    const holder = holders[countUntil(holders, exit.time, startOf) - 1];
    if (holder === undefined || ended.has(holder.key) || !sameName(holder.name, nameOf(exit.executable))) {
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
 * The process that had the pid at a time: the latest start not after it, without an exit before it, with the name that
 * is asked for. Where two logs' clocks leave a doubt, all that fit are named.
 */
export function holderAt(timeline: Timeline, asked: Reference): Resolution {
  const name = nameOf(asked.executable);
  const { holders } = timeline;
  const last = nearestBefore(holders, asked.time, asked.self);
  const fits = (holder: Holder | undefined): holder is Holder =>
    holder !== undefined && sameName(holder.name, name) && !endedBefore(timeline, holder, asked);

  const found = new Set<string>();
  // Of several that began at once, nothing tells which came last, nor whom an exit ended: one that goes on leaves all
  // in question.
  const atOnce = beganAt(holders, last?.at).filter(({ key, name: own }) => key !== asked.self && sameName(own, name));
  if (new Set(atOnce.map(({ key }) => key)).size > 1 && atOnce.some(fits)) {
    for (const holder of atOnce) {
      found.add(holder.key);
    }
  } else if (fits(last)) {
    found.add(last.key);
    if (!last.begun && (name === undefined || last.name === undefined)) {
      return { kind: "ambiguous", key: last.key, candidates: [last.key] };
    }
  }
  for (const holder of neighbours(holders, last, asked, name)) {
    if (fits(holder)) {
      found.add(holder.key);
    }
  }
  const [key, ...others] = found;
  if (key === undefined) {
    return { kind: "unknown", boundary: boundaryBefore(timeline, asked.time) };
  }
  if (others.length > 0) {
    return { kind: "ambiguous", key, candidates: [...found] };
  }
  return last !== undefined && key === last.key && asked.time - last.at > MAY_HAVE_ENDED
    ? { kind: "ambiguous", key, candidates: [key], doubt: "age" }
    : { kind: "found", key };
}

/** The last time before `time` at which the pid is known to have passed to somebody or to have become free. */
export function boundaryBefore(timeline: Timeline, time: number, except?: string): number | undefined {
  const last = nearestBefore(timeline.holders, time);
  let index = countUntil(timeline.exits, time, timeOf) - 1;
  if (timeline.exits[index]?.source.eventId === except) {
    index -= 1;
  }
  const own = last?.ownExit;
  const known = [
    last?.at,
    timeline.exits[index]?.time,
    own !== undefined && own.time <= time && own.source.eventId !== except ? own.time : undefined,
  ].filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Others that may have had the pid at the time, for the clocks' sake, or because nobody saw them begin. */
function neighbours(
  holders: readonly Holder[],
  last: Holder | undefined,
  asked: Reference,
  name: string | undefined,
): readonly Holder[] {
  if (name === undefined) {
    return [];
  }
  const doubtful = (holder: Holder) =>
    Math.abs(holder.at - asked.time) <= CLOCK_TOLERANCE && holder.name === name && !holder.sides.includes(asked.side);
  const before =
    last !== undefined && doubtful(last) ? nearestBefore(holders, last.at, last.key, asked.self) : undefined;
  const after = nearestAfter(holders, asked.time, last?.key, asked.self);
  const afterFits = after !== undefined && (doubtful(after) || (!after.begun && after.name === name));
  return [...(before === undefined ? [] : [before]), ...(afterFits ? [after] : [])];
}

function endedBefore({ ended }: Timeline, { key, ownExit }: Holder, asked: Reference): boolean {
  return [ownExit, ended.get(key)].some(
    (exit) => exit !== undefined && exit.time < asked.time - (exit.side === asked.side ? 0 : CLOCK_TOLERANCE),
  );
}

const startOf = (holder: Holder): number => holder.at;
const timeOf = (exit: EndFact): number => exit.time;

/** How many of a list in order of time are not after `time`: a pid can be used very often. */
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

function beganAt(holders: readonly Holder[], time: number | undefined): readonly Holder[] {
  return time === undefined
    ? []
    : holders.slice(countUntil(holders, time - 1, startOf), countUntil(holders, time, startOf));
}

/** The latest that began by `time`, but for some processes. */
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

function sameName(known: string | undefined, asked: string | undefined): boolean {
  return known === undefined || asked === undefined || known === asked;
}
