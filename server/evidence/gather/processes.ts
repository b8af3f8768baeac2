import type { BundledProcess, BundleSections } from "#contracts/bundle";
import type { ProcessNode } from "#contracts/lineage";
import type { AlertRecord } from "../../alert/record.ts";
import { decode } from "../../decode/decode.ts";
import { pauses } from "../../lib/pause.ts";
import { MAX_ANCESTORS } from "../../lineage/neighbourhood.ts";
import type { Store } from "../../store/port.ts";
import { withSessions } from "../../triage/graph-parts.ts";
import { neighbourhoodOfAlert } from "../../triage/neighbourhood.ts";
import { type BundleLimits, cut, type Omitted, upTo } from "../limits.ts";
import type { PinnedEvidence } from "./pinned.ts";

/** Processes around the leading alert, as its page shows them, with the links to other hosts. */
const AROUND = 400;
/** Keys that are asked for at once. */
const PART = 500;
/** Processes whose children are asked for at once. */
const TOGETHER = 50;

export interface GatheredProcesses {
  readonly section: BundleSections["processes"];
  readonly omitted: readonly Omitted[];
  /** Those whose events are on the timeline: from the lineage roots of the alerts down. */
  readonly active: readonly ProcessNode[];
}

type Roles = Map<string, { readonly node: ProcessNode; readonly role: BundledProcess["role"] }>;

/**
 * The processes of the alerts with all of their ancestors and descendants, what the page of the incident shows around
 * them on other hosts too, and what answers name as evidence.
 */
export async function processesSection(
  store: Store,
  alerts: readonly AlertRecord[],
  pinned: PinnedEvidence,
  limits: BundleLimits,
): Promise<GatheredProcesses> {
  const { lineage } = store;
  const found: Roles = new Map();
  const [{ paths, below }, around] = await Promise.all([
    ownLineage(store, alerts, found, limits),
    surroundings(store, alerts),
  ]);
  for (const node of around.nodes) {
    add(found, node, "related");
  }
  for (const key of pinned.processes) {
    add(found, await lineage.process(key), "evidence");
  }
  const { items, omitted } = upTo(inOrder(found), limits.processes, "processes");
  const pause = pauses();
  const nodes: BundledProcess[] = [];
  for (const { node, role } of items) {
    await pause();
    const decoded = node.commandLine === undefined ? undefined : decode(node.commandLine);
    const says = decoded !== undefined && decoded.decodings.length + decoded.undecoded.length > 0;
    nodes.push({ ...node, role, ...(says && { decoded }) });
  }
  const sessionKeys = [...nodes.flatMap(({ sessionKey }) => sessionKey ?? []), ...pinned.sessions];
  const sessions = await withSessions(lineage, around.sessions, sessionKeys);
  return {
    section: {
      nodes,
      sessions: sessions.toSorted((a, b) => order(a.host, b.host) || order(a.key, b.key)),
      links: [...around.links],
      truncations: [...around.truncations],
    },
    omitted: [...omitted, ...below],
    active: activeOf(alerts, paths, found),
  };
}

/** Adds the processes of the alerts with all that is above and below them. Returns the paths by process key. */
async function ownLineage(store: Store, alerts: readonly AlertRecord[], found: Roles, limits: BundleLimits) {
  const keys = [...new Set(alerts.flatMap(({ processKey }) => processKey ?? []))];
  const paths = new Map<string, readonly ProcessNode[]>();
  for (let start = 0; start < keys.length; start += PART) {
    for (const [key, path] of await store.lineage.paths(keys.slice(start, start + PART), MAX_ANCESTORS + 1)) {
      paths.set(key, path);
    }
  }
  for (const [node] of paths.values()) {
    add(found, node, "alert");
  }
  for (const [, ...ancestors] of paths.values()) {
    for (const node of ancestors) {
      add(found, node, "ancestor");
    }
  }
  const own = [...paths.values()].flatMap(([node]) => node ?? []);
  return { paths, below: await descendantsOf(store, own, found, limits) };
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function add(found: Roles, node: ProcessNode | undefined, role: BundledProcess["role"]): void {
  if (node !== undefined && !found.has(node.key)) {
    found.set(node.key, { node, role });
  }
}

/** What the page shows around the leading alert: the first of the most severe ones whose process is known. */
async function surroundings(store: Store, alerts: readonly AlertRecord[]) {
  const severities = ["critical", "high", "medium", "low"] as const;
  const known = alerts.filter(({ processKey }) => processKey !== undefined);
  const [lead] = known.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  const around = lead && (await neighbourhoodOfAlert(store, lead.id, AROUND));
  // Its limit of alerts is not one of the bundle, which has the processes of all of them.
  const truncations = around?.truncations.filter(({ relation }) => relation !== "nodes") ?? [];
  return { nodes: around?.nodes ?? [], sessions: around?.sessions ?? [], links: around?.links ?? [], truncations };
}

/** Adds what runs below the processes of the alerts, level by level. */
async function descendantsOf(
  store: Pick<Store, "together">,
  from: readonly ProcessNode[],
  found: Roles,
  limits: BundleLimits,
): Promise<readonly Omitted[]> {
  const pause = pauses();
  let [shown, total] = [0, 0];
  let level = from.filter(({ childCount }) => childCount > 0);
  const expanded = new Set(level.map(({ key }) => key));
  while (level.length > 0 && found.size <= limits.processes) {
    const next: ProcessNode[] = [];
    for (let start = 0; start < level.length; start += TOGETHER) {
      await pause();
      const { lineage } = store.together();
      const part = level.slice(start, start + TOGETHER);
      const pages = await Promise.all(part.map(({ key }) => lineage.children(key, { limit: limits.children })));
      for (const page of pages) {
        shown += page.items.length;
        total += page.total;
        for (const child of page.items) {
          add(found, child, "descendant");
          if (child.childCount > 0 && !expanded.has(child.key)) {
            expanded.add(child.key);
            next.push(child);
          }
        }
      }
    }
    level = next;
  }
  return [
    ...(total > shown ? [cut(`children (of one process the first ${limits.children})`, shown, total)] : []),
    ...(level.length > 0
      ? [cut("processes whose children were read", expanded.size - level.length, expanded.size)]
      : []),
  ];
}

/** By start; one without a start comes first, as in the tree. */
function inOrder(found: Roles) {
  return [...found.values()].sort(
    (a, b) =>
      rank(a.role) - rank(b.role) || order(a.node.start ?? "", b.node.start ?? "") || order(a.node.key, b.node.key),
  );
}

const roles: readonly BundledProcess["role"][] = ["alert", "ancestor", "evidence", "descendant", "related"];
/** What a limit leaves out last comes first. */
const rank = (role: BundledProcess["role"]) => roles.indexOf(role);

/** The processes of the alerts, those above them up to their lineage roots, and what runs below. */
function activeOf(
  alerts: readonly AlertRecord[],
  paths: ReadonlyMap<string, readonly ProcessNode[]>,
  found: Roles,
): readonly ProcessNode[] {
  const active = new Map<string, ProcessNode>();
  for (const { processKey = "", rootKey } of alerts) {
    const path = paths.get(processKey) ?? [];
    const root = path.findIndex(({ key }) => key === rootKey);
    for (const node of path.slice(0, Math.max(1, root + 1))) {
      active.set(node.key, node);
    }
  }
  for (const { node, role } of found.values()) {
    if (role === "descendant") {
      active.set(node.key, node);
    }
  }
  return [...active.values()].sort((a, b) => order(a.key, b.key));
}
