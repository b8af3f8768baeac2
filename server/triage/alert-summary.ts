import type { AlertSummary } from "#contracts/alert";
import type { ProcessNode } from "#contracts/lineage";
import type { AlertRecord } from "../alert/record.ts";
import { alertSummaryOf } from "../alert/summary.ts";
import type { LineageReader } from "../store/lineage/port.ts";
import type { Store } from "../store/port.ts";

export type Path = AlertSummary["path"];

/** Processes of a path at most; a longer chain is truncated at the top. */
const pathLimit = 64;

/** What lineage has of the process replaces what the alert's own record has: lineage merged all records of it. */
export function withProcess(alert: AlertSummary, process: ProcessNode | undefined, path: Path): AlertSummary {
  return process === undefined
    ? { ...alert, path }
    : {
        ...alert,
        path,
        process: {
          ...alert.process,
          name: process.name ?? alert.process.name,
          pid: process.pid ?? alert.process.pid,
          executable: process.executable ?? alert.process.executable,
          commandLine: process.commandLine ?? alert.process.commandLine,
        },
      };
}

export interface Paths {
  readonly nodes: ReadonlyMap<string, ProcessNode>;
  /** Names from the root down to the process, by its key. */
  readonly paths: ReadonlyMap<string, Path>;
}

/** The paths from the root to many processes, read at once. A longer one is truncated at the top. */
export async function pathsOf(lineage: Pick<LineageReader, "paths">, keys: readonly string[]): Promise<Paths> {
  const found = await lineage.paths(keys, pathLimit - 1);
  return {
    nodes: new Map([...found].flatMap(([key, [node]]) => (node === undefined ? [] : [[key, node] as const]))),
    paths: new Map(keys.map((key) => [key, (found.get(key) ?? []).toReversed().map(stepOf)])),
  };
}

const stepOf = ({ key, name, executable, pid }: ProcessNode): Path[number] => ({
  key,
  name: name ?? executable ?? "unknown",
  pid,
});

/** Adds to summaries their paths and what lineage has of their processes. */
export async function withPaths(
  lineage: LineageReader,
  summaries: readonly AlertSummary[],
): Promise<readonly AlertSummary[]> {
  const keys = summaries.flatMap(({ process }) => (process.key === undefined ? [] : [process.key]));
  const { nodes, paths } = await pathsOf(lineage, keys);
  return summaries.map((summary) => {
    const { key } = summary.process;
    return key === undefined ? summary : withProcess(summary, nodes.get(key), paths.get(key) ?? []);
  });
}

/** Summaries of alerts, with their paths. */
export function summariesOf(
  store: Pick<Store, "lineage">,
  alerts: readonly AlertRecord[],
): Promise<readonly AlertSummary[]> {
  return withPaths(
    store.lineage,
    alerts.map((alert) => alertSummaryOf(alert)),
  );
}
