import type { Account } from "#contracts/account";
import { lineageRoot } from "../lineage/lineage-root.ts";
import { type MergedProcess, mergeProcessRecords } from "../lineage/merge-process-records.ts";
import type { ProcessRow } from "../lineage/process-row.ts";
import type { LineageTables } from "../lineage/tables.ts";

/** The part of a process that an alert copies from the graph. */
export interface AlertProcess {
  readonly key: string;
  readonly host: string;
  readonly user?: Account;
  readonly rootKey: string;
  /** Keys of the process and its ancestors up to the root. */
  readonly branch: readonly string[];
  /** Logon sessions of the process and its ancestors up to the root: any of them may originate on another host. */
  readonly sessions: readonly string[];
}

/** Ancestors that are read at most; a longer chain is truncated at the top. */
const GENERATIONS = 64;

/** The processes with these keys, each with its root: one read per generation, however many processes there are. */
export async function alertProcesses(
  tables: Pick<LineageTables, "rows">,
  keys: readonly string[],
): Promise<ReadonlyMap<string, AlertProcess>> {
  const paths = await processPaths(tables, keys);
  return new Map([...paths].map(([key, path]) => [key, alertProcess(path)]));
}

function alertProcess(path: ProcessPath): AlertProcess {
  const [process, ...ancestors] = path;
  const rootKey = lineageRoot(process, ancestors);
  const branch = path.slice(0, path.findIndex((one) => one.key === rootKey) + 1);
  const sessions = [...new Set(branch.flatMap(({ sessionKey }) => sessionKey ?? []))];
  const { key, host, user } = process;
  return { key, host, user, rootKey, branch: branch.map((one) => one.key), sessions };
}

/** A process followed by its ancestors, parent first. */
export type ProcessPath = readonly [MergedProcess, ...MergedProcess[]];

/** The paths of processes as a write sees them, by current or former key; unknown keys are left out. */
export async function processPaths(
  tables: Pick<LineageTables, "rows">,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ProcessPath>> {
  const rows = new Map<string, ProcessRow>();
  let wanted = [...new Set(keys)];
  for (let generation = 0; generation < GENERATIONS && wanted.length > 0; generation += 1) {
    const found = await tables.rows(wanted);
    for (const row of found.values()) {
      rows.set(row.key, row);
    }
    const next = [...found.values()].flatMap((row) => [row.mergedInto, row.duplicate, row.parent?.key]);
    wanted = [...new Set(next)].filter((key) => key !== undefined).filter((key) => !rows.has(key));
  }
  const surviving = (key: string | undefined): ProcessRow | undefined => {
    const row = key === undefined ? undefined : rows.get(key);
    return row?.mergedInto === undefined ? row : surviving(row.mergedInto);
  };
  const merged = (row: ProcessRow) =>
    mergeProcessRecords(row, row.duplicate === undefined ? undefined : rows.get(row.duplicate));
  return new Map(
    keys.flatMap((key): [string, ProcessPath][] => {
      const row = surviving(key);
      if (row === undefined) {
        return [];
      }
      const ancestors: MergedProcess[] = [];
      const seen = new Set([row.key]);
      for (let parent = surviving(row.parent?.key); parent !== undefined && !seen.has(parent.key); ) {
        seen.add(parent.key);
        ancestors.push(merged(parent));
        parent = surviving(parent.parent?.key);
      }
      return [[key, [merged(row), ...ancestors]]];
    }),
  );
}
