import type { ProcessRow } from "../process-row.ts";
import { correlateRecords, type Reassigned } from "./correlate-records.ts";
import { hasMoved, hasNewStart, type RowChange } from "./record-facts.ts";

/** A row and the duplicate record of the same process. */
export interface ProcessRecords {
  readonly row: ProcessRow;
  readonly duplicate: ProcessRow | undefined;
}

export interface ResolvedRecords {
  /** Every row to save. */
  readonly rows: ReadonlyMap<string, ProcessRow>;
  /**
   * Rows that have other start records than before, of their own or of a duplicate: session and parent are resolved
   * again.
   */
  readonly restarted: readonly ProcessRecords[];
  /** Rows before and after, and rows whose duplicate changed: the histories of their pids are resolved again. */
  readonly moved: readonly ProcessRow[];
  readonly reassigned: readonly Reassigned[];
  readonly rekeyed: ReadonlyMap<string, string>;
}

/**
 * Joins the duplicate records among the changed rows. `candidates` holds the rows that moved and everything that can be
 * a duplicate of them, see `correlateRecords`.
 */
export function resolveRecords(
  changes: readonly RowChange[],
  candidates: ReadonlyMap<string, ProcessRow>,
): ResolvedRecords {
  const { changed, rekeyed, reassigned } = correlateRecords(candidates);
  const rows = new Map(changes.map(({ after }) => [after.key, after]));
  for (const row of changed) {
    rows.set(row.key, row);
  }
  const current = (key: string | undefined) => (key === undefined ? undefined : (rows.get(key) ?? candidates.get(key)));
  const restarted = new Map<string, ProcessRow>();
  for (const { key } of [...changes.filter(hasNewStart).map(({ after }) => after), ...changed]) {
    const row = current(key);
    // The record of a hidden row belongs to the process that is shown, which is saved and resolved again.
    for (const one of [row, current(row?.mergedInto)]) {
      if (one !== undefined) {
        restarted.set(one.key, one);
        rows.set(one.key, one);
      }
    }
  }
  return {
    rows,
    restarted: [...restarted.values()].map((row) => ({ row, duplicate: current(row.duplicate) })),
    moved: [
      ...changes.filter(hasMoved).flatMap(({ before, after }) => (before === undefined ? [after] : [before, after])),
      ...changed,
      ...changed.flatMap((row) => current(row.duplicate ?? row.mergedInto) ?? []),
    ],
    reassigned,
    rekeyed,
  };
}
