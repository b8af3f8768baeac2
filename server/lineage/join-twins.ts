import { canBeTwins, pairTwins, TWIN_REACH, type TwinCandidate, twinCandidate } from "./pairing.ts";
import type { ProcessRow } from "./process-row.ts";
import type { LineageTables, StartProbe } from "./tables.ts";

/**
 * Pairs anew everything that the rows that moved can be twins of, and what those can be twins of, and so on: within such a group
 * the pairing depends on nothing outside.
 */
export async function joinTwins(
  tables: LineageTables,
  moved: readonly ProcessRow[],
): Promise<{ readonly rekeyed: ReadonlyMap<string, string>; readonly changed: readonly ProcessRow[] }> {
  const rows = await closure(tables, moved);
  const candidates = [...rows.values()].flatMap((row) => twinCandidate(row) ?? []);
  const pairs = pairTwins(candidates);
  const agents = new Map([...pairs].map(([security, agent]) => [agent, security]));
  const changed: ProcessRow[] = [];
  const released: string[] = [];
  const rekeyed = new Map<string, string>();
  for (const row of rows.values()) {
    const mergedInto = pairs.get(row.key);
    const twin = agents.get(row.key);
    if (row.mergedInto === mergedInto && row.twin === twin) {
      continue;
    }
    if (mergedInto === undefined) {
      changed.push({ ...row, mergedInto, twin });
    } else {
      rekeyed.set(row.key, mergedInto);
      // What hung on it hangs on the process that is shown from now on.
      const { key, kind, host, entityId, facts, parent } = row;
      if (parent?.basis === "placeholder") {
        released.push(parent.key);
      }
      changed.push({ key, kind, host, entityId, facts, mergedInto });
    }
  }
  await tables.saveRows(changed);
  await tables.dropUnused(released);
  return { rekeyed, changed };
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
