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

/**
 * The paths from the root to many processes: one read per generation, however many processes there are. A path ends at
 * a process that it has passed already (loops).
 */
export async function pathsOf(lineage: LineageReader, keys: readonly string[]): Promise<Paths> {
  const nodes = new Map<string, ProcessNode>();
  let wanted = [...new Set(keys)];
  for (let generation = 0; generation < pathLimit && wanted.length > 0; generation += 1) {
    const found = await lineage.processes(wanted);
    for (const [key, node] of found) {
      nodes.set(key, node);
      nodes.set(node.key, node);
    }
    wanted = [
      ...new Set([...found.values()].flatMap(({ parent }) => (parent === undefined ? [] : [parent.key]))),
    ].filter((key) => !nodes.has(key));
  }
  return { nodes, paths: new Map(keys.map((key) => [key, pathTo(nodes, key)])) };
}

function pathTo(nodes: ReadonlyMap<string, ProcessNode>, key: string): Path {
  const path: { key: string; name: string; pid?: number }[] = [];
  const seen = new Set<string>();
  for (let node = nodes.get(key); node !== undefined && !seen.has(node.key); ) {
    seen.add(node.key);
    path.unshift({ key: node.key, name: node.name ?? node.executable ?? "unknown", pid: node.pid });
    node = node.parent === undefined ? undefined : nodes.get(node.parent.key);
  }
  return path;
}

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
export function summariesOf(store: Store, alerts: readonly AlertRecord[]): Promise<readonly AlertSummary[]> {
  return withPaths(
    store.lineage,
    alerts.map((alert) => alertSummaryOf(alert)),
  );
}
