import type { Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import { childGroupsIn } from "../lineage/collapse-children.ts";
import { lineageRoot } from "../lineage/lineage-root.ts";
import type { Store } from "../store/port.ts";
import { pathUp, withSessions } from "./graph-parts.ts";
import { withLateralLinks } from "./lateral-links.ts";

/** Alerts of the same root whose processes are shown although the tree would be truncated before them. */
const ALERT_LIMIT = 50;
/** Ancestors read to connect such a process to the tree. */
const PATH_LIMIT = 16;

/**
 * The neighbourhood of a process as tree and graph show it: the processes around it on its host, every process with an
 * alert under the same lineage root, and the links of its logon sessions to other hosts. Truncations are listed.
 */
export async function neighbourhoodOf(store: Store, key: string, limit: number): Promise<Neighbourhood | undefined> {
  const found = await store.lineage.neighbourhood(key, limit);
  if (found === undefined) {
    return undefined;
  }
  return withLateralLinks(store, await withAlertedProcesses(store, found));
}

/** Adds the processes that have alerts under the same root, each connected to the tree. */
async function withAlertedProcesses(store: Store, around: Neighbourhood): Promise<Neighbourhood> {
  const focus = around.nodes.find((node) => node.key === around.focus);
  if (focus === undefined) {
    return around;
  }
  const path = pathUp(around.nodes, focus);
  const rootKey = lineageRoot(focus, path.slice(1));
  const alerts = await store.alerts.find({ rootKey, limit: ALERT_LIMIT, order: "oldest-first" });
  const known = new Set(around.nodes.map((node) => node.key));
  const missing = [...new Set(alerts.items.flatMap(({ processKey }) => processKey ?? []))].filter(
    (one) => !known.has(one),
  );
  const truncatedAlerts: readonly Truncation[] =
    alerts.total <= ALERT_LIMIT
      ? []
      : [
          {
            of: around.focus,
            relation: "nodes",
            shown: alerts.items.length,
            total: alerts.total,
            why: `of the alerts under the same root, the first ${ALERT_LIMIT} are shown with their processes; the incident lists all`,
          },
        ];
  if (missing.length === 0) {
    return { ...around, truncations: [...around.truncations, ...truncatedAlerts] };
  }
  const added = new Map<string, ProcessNode>();
  for (const node of (await store.lineage.processes(missing)).values()) {
    const ancestors = await store.lineage.ancestors(node.key, PATH_LIMIT);
    const joint = ancestors.findIndex((one) => known.has(one.key));
    for (const one of joint < 0 ? [] : [...ancestors.slice(0, joint).toReversed(), node]) {
      added.set(one.key, one);
    }
  }
  const nodes = [...around.nodes, ...added.values()];
  const shown = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const truncations = around.truncations.flatMap((one): Truncation[] => {
    const count = shown.get(one.of)?.length ?? one.shown;
    return one.relation !== "children" ? [one] : count < one.total ? [{ ...one, shown: count }] : [];
  });
  const sessionKeys = [...new Set([...added.values()].flatMap((node) => node.sessionKey ?? []))];
  const sessions = await withSessions(store, around.sessions, sessionKeys);
  const childGroups = childGroupsIn(
    nodes,
    around.childGroups.map((one) => ({ ...one, first: one.shown })),
  );
  return { ...around, nodes, sessions, truncations: [...truncations, ...truncatedAlerts], childGroups };
}
