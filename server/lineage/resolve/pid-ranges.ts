import type { EndFact } from "../facts.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";
import type { HistoryProbe, HostPid, PidWindow, StartsAround } from "../tables.ts";
import { DUPLICATE_WINDOW } from "./duplicate-records.ts";
import { CLOCK_TOLERANCE } from "./timeline.ts";

/** A part of a pid's history in which answers can change. */
export interface PidRange extends PidWindow {
  /**
   * True if the process may have started before its first record: answers back to the holder before it can change too.
   */
  readonly open: boolean;
}

/** Bounds of a range without a neighbour, within what every store can compare. */
const BEGINNING = -8e15;
const END = 8e15;

/**
 * References are matched with a tolerance for clocks. They are found by the start of the row that refers, while the
 * reference may be in its duplicate record.
 */
const MARGIN = CLOCK_TOLERANCE + DUPLICATE_WINDOW;

/**
 * Where answers can change when a row appears, moves, or gets another name: around its start and that of its duplicate.
 */
export function changedRanges(rows: readonly ProcessRow[]): readonly PidRange[] {
  return rows.flatMap((row) => {
    const { pid, at } = positionOf(row);
    return pid === undefined || at === undefined || row.kind === "placeholder"
      ? []
      : [{ host: row.host, pid, from: at - DUPLICATE_WINDOW, to: at + DUPLICATE_WINDOW, open: true }];
  });
}

/**
 * Where answers can change when an exit becomes known: from then on, also for a duplicate record of the process that
 * ended.
 */
export function exitRanges(exits: readonly EndFact[]): readonly PidRange[] {
  return exits.flatMap(({ host, pid, time }) =>
    pid === undefined ? [] : [{ host, pid, from: time, to: time + DUPLICATE_WINDOW, open: false }],
  );
}

/**
 * Extends a range as far as a change in it reaches: until the second start after it, because the first may be a
 * duplicate record, and, if `open`, back to the second start before it. Both plus a margin.
 */
export function widened(range: PidRange, around: StartsAround | undefined): PidRange {
  const from = range.open ? (around?.before[1] ?? BEGINNING) : range.from;
  return { ...range, from: from - MARGIN, to: (around?.after[1] ?? END) + MARGIN };
}

/** Joins ranges of the same pid that overlap. */
export function mergeRanges(ranges: readonly PidRange[]): readonly PidRange[] {
  return [...Map.groupBy(ranges, pidText).values()].flatMap((group) => {
    const merged: PidRange[] = [];
    for (const range of group.toSorted((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last !== undefined && range.from <= last.to) {
        merged[merged.length - 1] = { ...last, to: Math.max(last.to, range.to), open: last.open || range.open };
      } else {
        merged.push(range);
      }
    }
    return merged;
  });
}

/**
 * The histories to load: those that changed, with everybody who refers to the pid there, and the moments at which a
 * parent is looked for.
 */
export function historyProbes(changed: readonly PidRange[], questions: readonly PidRange[]): readonly HistoryProbe[] {
  const touched = mergeRanges(changed);
  const byPid = Map.groupBy(touched, pidText);
  const isCovered = (one: PidRange) =>
    byPid.get(pidText(one))?.some((range) => range.from <= one.from && one.to <= range.to) === true;
  const asked = mergeRanges(questions).filter((one) => !isCovered(one));
  return [...touched.map((range) => probe(range, true)), ...asked.map((range) => probe(range, false))];
}

function probe({ host, pid, from, to }: PidRange, referrers: boolean): HistoryProbe {
  return { host, pid, from, to, referrers };
}

/** Identifies a pid of a host in a map. */
export function pidText({ host, pid }: HostPid): string {
  return `${host}\u0000${pid}`;
}
