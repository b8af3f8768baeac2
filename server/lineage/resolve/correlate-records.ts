import { formerParents } from "../process-facts.ts";
import type { ProcessRow } from "../process-row.ts";
import { type DuplicateCandidate, duplicateCandidate, pairDuplicates } from "./duplicate-records.ts";

export interface CorrelatedRecords {
  /** Rows whose duplicate record changed. */
  readonly changed: readonly ProcessRow[];
  /** Keys of rows that are hidden from now on, and the key that each process is shown under. */
  readonly rekeyed: ReadonlyMap<string, string>;
  readonly reassigned: readonly Reassigned[];
}

/**
 * A row (`by`) referred to a placeholder; from now on the parent is looked for on another row of the process (`to`).
 */
export interface Reassigned {
  readonly placeholder: string;
  readonly by: string;
  readonly to: string;
}

/**
 * Pairs the Sysmon and the Security record of each process. `rows` holds the rows of which anything changed, everything
 * that can be a duplicate of them, and so on: the pairs within such a set do not depend on anything outside.
 */
export function correlateRecords(rows: ReadonlyMap<string, ProcessRow>): CorrelatedRecords {
  const pairs = pairDuplicates(candidatesOf(rows.values()));
  const duplicates = new Map([...pairs].map(([security, agent]) => [agent, security]));
  const changed: ProcessRow[] = [];
  const reassigned: Reassigned[] = [];
  const rekeyed = new Map<string, string>();
  for (const row of rows.values()) {
    const mergedInto = pairs.get(row.key);
    const duplicate = duplicates.get(row.key);
    if (row.mergedInto === mergedInto && row.duplicate === duplicate) {
      continue;
    }
    if (mergedInto === undefined) {
      changed.push({ ...row, mergedInto, duplicate });
      reassigned.push(...placeholderOfFormerDuplicate(row, duplicate, pairs));
    } else {
      changed.push(hidden(row, mergedInto));
      rekeyed.set(row.key, mergedInto);
      reassigned.push(...placeholdersOf(row).map((placeholder) => ({ placeholder, by: row.key, to: mergedInto })));
    }
  }
  return { changed, rekeyed, reassigned };
}

export function candidatesOf(rows: Iterable<ProcessRow>): readonly DuplicateCandidate[] {
  return [...rows].flatMap((row) => duplicateCandidate(row) ?? []);
}

/** The Security row of a pair keeps its facts only; edges, exit and session belong to the row that is shown. */
function hidden({ key, kind, host, entityId, facts }: ProcessRow, mergedInto: string): ProcessRow {
  return { key, kind, host, entityId, facts, mergedInto };
}

function placeholdersOf(row: ProcessRow): readonly string[] {
  const current = row.parent?.basis === "placeholder" ? [row.parent.key] : [];
  return [...current, ...formerParents(row.facts)];
}

/** The duplicate that a row loses may have been the one that referred to its placeholder. */
function placeholderOfFormerDuplicate(
  row: ProcessRow,
  duplicate: string | undefined,
  pairs: ReadonlyMap<string, string>,
): readonly Reassigned[] {
  const former = row.duplicate;
  return former === undefined || former === duplicate || row.parent?.basis !== "placeholder"
    ? []
    : [{ placeholder: row.parent.key, by: former, to: pairs.get(former) ?? former }];
}
