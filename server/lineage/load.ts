import type { ProcessRow } from "./process-row.ts";
import { candidatesOf } from "./resolve/correlate-records.ts";
import {
  canBeDuplicates,
  type DuplicateCandidate,
  duplicateCandidate,
  duplicateProbes,
} from "./resolve/duplicate-records.ts";
import { choiceOf } from "./resolve/find-parents.ts";
import { parentQuestion } from "./resolve/parent-question.ts";
import {
  changedRanges,
  exitRanges,
  historyProbes,
  mergeRanges,
  type PidRange,
  pidText,
  widened,
} from "./resolve/pid-ranges.ts";
import type { ProcessRecords } from "./resolve/resolve-records.ts";
import type { LoadedRelations, RelationNews } from "./resolve/resolve-relations.ts";
import type { LineageTables } from "./tables.ts";

/*
 * Loads what a step of the resolution needs. Which rows these are is decided by pure functions of the steps; here are
 * the round trips.
 */

/**
 * The changed rows, everything that can be a duplicate record of them, everything that can be one of those, and so on.
 * `changes` holds rows that are not saved yet: they replace what is stored.
 */
export async function loadDuplicateCandidates(
  tables: LineageTables,
  moved: readonly ProcessRow[],
  changes: ReadonlyMap<string, ProcessRow>,
): Promise<ReadonlyMap<string, ProcessRow>> {
  const rows = new Map(moved.map((row) => [row.key, row]));
  const current = (row: ProcessRow) => changes.get(row.key) ?? row;
  const partners = moved.flatMap((row) => row.duplicate ?? row.mergedInto ?? []).filter((key) => !rows.has(key));
  for (const row of (await tables.rows(partners)).values()) {
    rows.set(row.key, current(row));
  }
  let frontier = candidatesOf(rows.values());
  while (frontier.length > 0) {
    const near = await tables.startsNear(frontier.flatMap(duplicateProbes), new Set(rows.keys()));
    const byName = Map.groupBy(frontier, ({ name }) => name);
    const found: DuplicateCandidate[] = [];
    for (const row of near.map(current)) {
      const candidate = rows.has(row.key) ? undefined : duplicateCandidate(row);
      if (candidate !== undefined && byName.get(candidate.name)?.some((other) => canBeDuplicates(candidate, other))) {
        rows.set(row.key, row);
        found.push(candidate);
      }
    }
    frontier = found;
  }
  return rows;
}

/** The histories of pids that the news can change or that answer who somebody's parent is. */
export async function loadRelations(tables: LineageTables, news: RelationNews): Promise<LoadedRelations> {
  const changed = [...changedRanges(news.moved), ...exitRanges(news.exits)];
  const named = new Set((await tables.namedPids(changed)).map(pidText));
  const near = mergeRanges(changed.filter((range) => named.has(pidText(range))));
  const around = await tables.startsAround(near);
  const reach = near.map((range, index) => widened(range, around[index]));
  const probes = historyProbes(reach, questionRanges(news.unlinked));
  const histories = await tables.histories(probes);
  const referrers = histories.flatMap((history) => history.referrers);
  const duplicates = await tables.rows(referrers.flatMap(({ duplicate }) => duplicate ?? []));
  const children = [
    ...news.unlinked,
    ...referrers.map((row) => ({ row, duplicate: duplicates.get(row.duplicate ?? "") })),
  ];
  const chosen = await loadChosen(
    tables,
    children.flatMap((child) => choiceOf(child)?.parent ?? []),
  );
  return { probes, histories, duplicates, chosen };
}

/** Chosen parents that exist, and the keys that they are shown under. */
async function loadChosen(tables: LineageTables, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) {
    return new Map();
  }
  const rows = await tables.rows(keys);
  const merged = await tables.mergedKeys(keys);
  return new Map([...rows.keys()].map((key) => [key, merged.get(key) ?? key]));
}

/** The moments at which pids are asked for. */
function questionRanges(unlinked: readonly ProcessRecords[]): readonly PidRange[] {
  return unlinked.flatMap(({ row, duplicate }) => {
    const question = parentQuestion(row, duplicate);
    return question.kind === "pid"
      ? [{ host: row.host, pid: question.pid, from: question.time, to: question.time, open: false }]
      : [];
  });
}
