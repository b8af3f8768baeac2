import { canBeTwins, pairTwins, TWIN_REACH, type TwinCandidate, twinCandidate } from "./duplicate-records.ts";
import type { Handed } from "./link-parents.ts";
import type { ProcessRow } from "./process-row.ts";
import type { LineageTables, StartProbe } from "./tables.ts";
import { formerParents } from "./workspace.ts";

export interface JoinedTwins {
  readonly rekeyed: ReadonlyMap<string, string>;
  readonly changed: readonly ProcessRow[];
  /** Placeholders that one of two rows named, and the row that is asked for its parent in its place. */
  readonly handed: readonly Handed[];
}

/**
 * Pairs anew everything that the rows that moved can be twins of, and what those can be twins of, and so on: within such a group
 * the pairing depends on nothing outside.
 */
export async function joinTwins(tables: LineageTables, moved: readonly ProcessRow[]): Promise<JoinedTwins> {
  const rows = await closure(tables, moved);
  const candidates = [...rows.values()].flatMap((row) => twinCandidate(row) ?? []);
  const pairs = pairTwins(candidates);
  const agents = new Map([...pairs].map(([security, agent]) => [agent, security]));
  const changed: ProcessRow[] = [];
  const handed: Handed[] = [];
  const rekeyed = new Map<string, string>();
  for (const row of rows.values()) {
    const mergedInto = pairs.get(row.key);
    const twin = agents.get(row.key);
    if (row.mergedInto === mergedInto && row.twin === twin) {
      continue;
    }
    if (mergedInto === undefined) {
      if (row.twin !== undefined && row.twin !== twin && row.parent?.basis === "placeholder") {
        handed.push({ placeholder: row.parent.key, by: row.twin, to: pairs.get(row.twin) ?? row.twin });
      }
      changed.push({ ...row, mergedInto, twin });
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
  const partners = [...rows.values()].flatMap((row) => row.twin ?? row.mergedInto ?? []);
  for (const [key, row] of await tables.rows(partners)) {
    rows.set(key, row);
  }
  let frontier: readonly TwinCandidate[] = [...rows.values()].flatMap((row) => twinCandidate(row) ?? []);
  while (frontier.length > 0) {
    const near = await tables.startsNear(frontier.flatMap(probesOf), new Set(rows.keys()));
    const next: TwinCandidate[] = [];
    const byName = Map.groupBy(frontier, (candidate) => candidate.name);
    for (const row of near) {
      const candidate = rows.has(row.key) ? undefined : twinCandidate(row);
      if (candidate !== undefined && byName.get(candidate.name)?.some((other) => canBeTwins(candidate, other))) {
        rows.set(row.key, row);
        next.push(candidate);
      }
    }
    frontier = next;
  }
  return rows;
}

function probesOf({ host, pid, name, time }: TwinCandidate): readonly StartProbe[] {
  const window = { host, from: time - TWIN_REACH, to: time + TWIN_REACH };
  return pid === undefined
    ? [{ ...window, by: "name", name }]
    : [
        { ...window, by: "pid", pid },
        { ...window, by: "name-without-pid", name },
      ];
}
