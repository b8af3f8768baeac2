import { type ProcessRow, positionOf } from "./process-row.ts";
import type { PidWindow, StartsAround } from "./tables.ts";
import { CLOCK_TOLERANCE } from "./timeline.ts";

export interface PidRange extends PidWindow {
  /** A process may have begun before it was seen, so answers back to the holder before this one can change too. */
  readonly open: boolean;
}

/** Where answers can change when a row appears, moves or changes what it is. */
export function rangesOfChange(row: ProcessRow): readonly PidRange[] {
  const { pid, at } = positionOf(row);
  if (pid === undefined || at === undefined || row.kind === "placeholder") {
    return [];
  }
  return [{ host: row.host, pid, from: at, to: at, open: true }];
}

/**
 * As far as a change reaches: until the second start after it (the first may be its own twin), a little further and
 * earlier for the clocks' sake, and back to the one before (an exit reaches forward only).
 */
export function widened(range: PidRange, around: StartsAround | undefined): PidRange {
  const from = range.open ? (around?.before[1] ?? BEGINNING) : range.from;
  return { ...range, from: from - CLOCK_TOLERANCE, to: (around?.after[1] ?? END) + CLOCK_TOLERANCE };
}

const BEGINNING = -8e15;
const END = 8e15;

/** Joins ranges of the same pid that overlap. */
export function mergeRanges(ranges: readonly PidRange[]): readonly PidRange[] {
  const groups = Map.groupBy(ranges, ({ host, pid }) => `${host}\u0000${pid}`);
  return [...groups.values()].flatMap((group) => {
    const merged: PidRange[] = [];
    for (const range of group.toSorted((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last !== undefined && range.from <= last.to) {
        merged[merged.length - 1] = {
          ...last,
          to: Math.max(last.to, range.to),
          open: last.open || range.open,
        };
      } else {
        merged.push(range);
      }
    }
    return merged;
  });
}
