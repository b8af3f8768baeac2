import {
  canBeDuplicates,
  DUPLICATE_WINDOW,
  type DuplicateCandidate,
  duplicateCandidate,
  pairDuplicates,
} from "./duplicate-records.ts";
import type { Reassigned } from "./link-parents.ts";
import type { ProcessRow } from "./process-row.ts";
import type { LineageTables, StartProbe } from "./tables.ts";
import { formerParents } from "./workspace.ts";

export interface CorrelatedRecords {
  readonly rekeyed: ReadonlyMap<string, string>;
  readonly changed: readonly ProcessRow[];
  /** Placeholders that one of two rows named, and the row that is asked for its parent in its place. */
  readonly handed: readonly Reassigned[];
}

/**
 * Pairs anew everything that the rows that moved can be twins of, and what those can be twins of, and so on: within
 * such a group the pairing depends on nothing outside.
 */
export async function correlateRecords(
  tables: LineageTables,
  moved: readonly ProcessRow[],
): Promise<CorrelatedRecords> {
  const rows = await closure(tables, moved);
  const candidates = [...rows.values()].flatMap((row) => duplicateCandidate(row) ?? []);
  const pairs = pairDuplicates(candidates);
  const agents = new Map([...pairs].map(([security, agent]) => [agent, security]));
  const changed: ProcessRow[] = [];
  const handed: Reassigned[] = [];
  const rekeyed = new Map<string, string>();
  for (const row of rows.values()) {
    const mergedInto = pairs.get(row.key);
    const twin = agents.get(row.key);
    if (row.mergedInto === mergedInto && row.duplicate === twin) {
      continue;
    }
    if (mergedInto === undefined) {
      if (row.duplicate !== undefined && row.duplicate !== twin && row.parent?.basis === "placeholder") {
        handed.push({ placeholder: row.parent.key, by: row.duplicate, to: pairs.get(row.duplicate) ?? row.duplicate });
      }
      changed.push({ ...row, mergedInto, duplicate: twin });
    } else {
      rekeyed.set(row.key, mergedInto);
      // What hung on it hangs on the process that is shown from now on.
      const { key, kind, host, entityId, facts, parent } = row;
      const named = parent?.basis === "placeholder" ? [parent.key] : [];
      const all = [...named, ...formerParents(row)];
      handed.push(...all.map((placeholder) => ({ placeholder, by: row.key, to: mergedInto })));
      changed.push({ key, kind, host, entityId, facts, mergedInto });
    }
  }
  await tables.saveRows(changed);
  return { rekeyed, changed, handed };
}

async function closure(tables: LineageTables, moved: readonly ProcessRow[]): Promise<ReadonlyMap<string, ProcessRow>> {
  const rows = new Map(moved.map((row) => [row.key, row]));
  const partners = [...rows.values()].flatMap((row) => row.duplicate ?? row.mergedInto ?? []);
  for (const [key, row] of await tables.rows(partners)) {
    rows.set(key, row);
  }
  let frontier: readonly DuplicateCandidate[] = [...rows.values()].flatMap((row) => duplicateCandidate(row) ?? []);
  while (frontier.length > 0) {
    const near = await tables.startsNear(frontier.flatMap(probesOf), new Set(rows.keys()));
    const next: DuplicateCandidate[] = [];
    const byName = Map.groupBy(frontier, (candidate) => candidate.name);
    for (const row of near) {
      const candidate = rows.has(row.key) ? undefined : duplicateCandidate(row);
      if (candidate !== undefined && byName.get(candidate.name)?.some((other) => canBeDuplicates(candidate, other))) {
        rows.set(row.key, row);
        next.push(candidate);
      }
    }
    frontier = next;
  }
  return rows;
}

function probesOf({ host, pid, name, time }: DuplicateCandidate): readonly StartProbe[] {
  const window = { host, from: time - DUPLICATE_WINDOW, to: time + DUPLICATE_WINDOW };
  return pid === undefined
    ? [{ ...window, by: "name", name }]
    : [
        { ...window, by: "pid", pid },
        { ...window, by: "name-without-pid", name },
      ];
}
