import type { Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { childGroupsIn } from "../lineage/collapse-children.ts";
import { lineageRoot } from "../lineage/lineage-root.ts";
import { MAX_ANCESTORS } from "../lineage/neighbourhood.ts";
import type { LineageReader } from "../store/lineage/port.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { withSessions } from "./graph-parts.ts";
import { withLateralLinks } from "./lateral-links.ts";

/** Alerts of the incident whose processes are shown although the tree would be truncated before them. */
const ALERT_LIMIT = 50;
/** Ancestors read to connect such a process to the tree. */
const PATH_LIMIT = 16;

/**
 * The neighbourhood of a process as tree and graph show it: the processes around it on its host, every process with an
 * alert in the same incident, and the links of its logon sessions to other hosts. Truncations are listed.
 */
export async function neighbourhoodOf(store: Store, key: string, limit: number): Promise<Neighbourhood | undefined> {
  const together = store.together();
  const path = (await together.lineage.paths([key], MAX_ANCESTORS + 1)).get(key);
  return path && aroundPath(together, path, limit);
}

/**
 * The neighbourhood of the process of an alert. An alert on an event that names no process has an empty one. Undefined:
 * no such alert.
 */
export async function neighbourhoodOfAlert(
  store: Store,
  alertId: string,
  limit: number,
): Promise<Neighbourhood | undefined> {
  const together = store.together();
  const [alert, path] = await Promise.all([
    together.alerts.get(alertId),
    together.lineage.pathOfAlert(alertId, MAX_ANCESTORS + 1),
  ]);
  if (alert === undefined) {
    return undefined;
  }
  return path === undefined
    ? { focus: "", nodes: [], sessions: [], truncations: [], childGroups: [], links: [] }
    : aroundPath(together, path, limit, incidentKey(alert));
}

/** With the key of an incident, the processes of all its alerts, on every host; else those under the same root. */
async function aroundPath(
  together: StoreReader,
  path: readonly ProcessNode[],
  limit: number,
  incident?: string,
): Promise<Neighbourhood | undefined> {
  const { lineage } = together;
  const [focus, ...ancestors] = path;
  if (focus === undefined) {
    return undefined;
  }
  const rootKey = lineageRoot(focus, ancestors.slice(0, MAX_ANCESTORS));
  const [around, alerted] = await Promise.all([
    lineage.neighbourhood(path, limit),
    alertedProcesses(together, incident === undefined ? { rootKey } : { incidentKey: incident }),
  ]);
  return around && withLateralLinks(together, await withAlertedProcesses(lineage, around, alerted));
}

interface AlertedProcesses {
  readonly alerts: Page<AlertRecord>;
  /** The processes of the alerts, each with its ancestors. */
  readonly paths: ReadonlyMap<string, readonly ProcessNode[]>;
}

async function alertedProcesses(
  { alerts, lineage }: StoreReader,
  of: { readonly rootKey: string } | { readonly incidentKey: string },
): Promise<AlertedProcesses> {
  const found = await alerts.find({ ...of, limit: ALERT_LIMIT, order: "oldest-first" });
  const keys = [...new Set(found.items.flatMap(({ processKey }) => processKey ?? []))];
  return { alerts: found, paths: await lineage.paths(keys, PATH_LIMIT) };
}

/** A path up to its lineage root, the root first: a branch of the incident that no parent connects with the tree. */
function branchOf(path: readonly ProcessNode[]): readonly ProcessNode[] {
  const [process, ...ancestors] = path;
  if (process === undefined) {
    return [];
  }
  const root = lineageRoot(process, ancestors);
  return path.slice(0, path.findIndex(({ key }) => key === root) + 1).toReversed();
}

/**
 * Adds the processes that have alerts in the same incident: each connected to the tree, or with its branch, which links
 * between hosts or an injection connect.
 */
async function withAlertedProcesses(
  lineage: LineageReader,
  around: Neighbourhood,
  { alerts, paths }: AlertedProcesses,
): Promise<Neighbourhood> {
  const known = new Set(around.nodes.map((node) => node.key));
  const truncatedAlerts: readonly Truncation[] =
    alerts.total <= ALERT_LIMIT
      ? []
      : [
          {
            of: around.focus,
            relation: "nodes",
            shown: alerts.items.length,
            total: alerts.total,
            why: `of the alerts of the incident, the first ${ALERT_LIMIT} are shown with their processes; the incident lists all`,
          },
        ];
  const added = new Map<string, ProcessNode>();
  for (const path of paths.values()) {
    const joint = path.findIndex((one) => known.has(one.key));
    for (const one of joint < 0 ? branchOf(path) : path.slice(0, joint).toReversed()) {
      added.set(one.key, one);
    }
  }
  if (added.size === 0) {
    return { ...around, truncations: [...around.truncations, ...truncatedAlerts] };
  }
  const nodes = [...around.nodes, ...added.values()];
  const shown = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const truncations = around.truncations.flatMap((one): Truncation[] => {
    const count = shown.get(one.of)?.length ?? one.shown;
    return one.relation !== "children" ? [one] : count < one.total ? [{ ...one, shown: count }] : [];
  });
  const sessionKeys = [...new Set([...added.values()].flatMap((node) => node.sessionKey ?? []))];
  const sessions = await withSessions(lineage, around.sessions, sessionKeys);
  const childGroups = childGroupsIn(
    nodes,
    around.childGroups.map((one) => ({ ...one, first: one.shown })),
  );
  return { ...around, nodes, sessions, truncations: [...truncations, ...truncatedAlerts], childGroups };
}
