import type { LogonLink, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import { linkSource } from "../alerting/link-source.ts";
import { lineageRoot } from "../lineage/lineage-root.ts";
import { type LogonLinks, logonLinks } from "../lineage/logon-links.ts";
import { childGroupsIn } from "../lineage/neighbourhood.ts";
import type { Store } from "../store/port.ts";

/** Sessions of one answer that are looked at for links, those of the focus and its path first. */
const SESSIONS = 12;
/** Hosts that a walk goes back over. */
const HOPS = 4;
/** Processes of a cause's path, and of each session that was gone on to. */
const PATH = 16;
const ONWARD = 8;
/** Processes with alerts of the same root that are shown though their place in the tree would be cut. */
const ALERTED = 50;

/**
 * The neighbourhood of a process as the tree and the graph show it: what the store finds around it on its host; every process
 * with an alert of the same lineage root, with its way there; and the walk across hosts, back from its sessions to what
 * caused them, on to the sessions that they led to. What is left out is said.
 */
export async function neighbourhoodAround(
  store: Store,
  key: string,
  limit: number,
): Promise<Neighbourhood | undefined> {
  const found = await store.lineage.neighbourhood(key, limit);
  if (found === undefined) {
    return undefined;
  }
  const around = await withAlerted(store, found);
  return withLinks(store, around);
}

async function withAlerted(store: Store, around: Neighbourhood): Promise<Neighbourhood> {
  const focus = around.nodes.find((node) => node.key === around.focus);
  if (focus === undefined) {
    return around;
  }
  const path = pathUp(around.nodes, focus);
  const rootKey = lineageRoot(focus, path.slice(1));
  const alerts = await store.alerts.find({ rootKey, limit: ALERTED, order: "oldest-first" });
  const known = new Set(around.nodes.map((node) => node.key));
  const missing = [...new Set(alerts.items.flatMap(({ processKey }) => processKey ?? []))].filter(
    (one) => !known.has(one),
  );
  const left: readonly Truncation[] =
    alerts.total <= ALERTED
      ? []
      : [
          {
            of: around.focus,
            relation: "nodes",
            shown: alerts.items.length,
            total: alerts.total,
            why: `of the alerts below the same root, the first ${ALERTED} have their processes in the picture wherever they stand; the work item lists all`,
          },
        ];
  if (missing.length === 0) {
    return { ...around, truncations: [...around.truncations, ...left] };
  }
  const added = new Map<string, ProcessNode>();
  for (const node of (await store.lineage.processes(missing)).values()) {
    const way = await store.lineage.ancestors(node.key, PATH);
    const met = way.findIndex((one) => known.has(one.key));
    for (const one of met < 0 ? [] : [...way.slice(0, met).toReversed(), node]) {
      added.set(one.key, one);
    }
  }
  const nodes = [...around.nodes, ...added.values()];
  const shown = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const cuts = around.truncations.flatMap((cut): Truncation[] => {
    const count = shown.get(cut.of)?.length ?? cut.shown;
    return cut.relation !== "children" ? [cut] : count < cut.total ? [{ ...cut, shown: count }] : [];
  });
  const sessionKeys = [...new Set([...added.values()].flatMap((node) => node.sessionKey ?? []))];
  const sessions = await withSessions(store, around.sessions, sessionKeys);
  const clusters = childGroupsIn(
    nodes,
    around.childGroups.map((one) => ({ ...one, first: one.shown })),
  );
  return { ...around, nodes, sessions, truncations: [...cuts, ...left], childGroups: clusters };
}

async function withLinks(store: Store, around: Neighbourhood): Promise<Neighbourhood> {
  const links = logonLinks(linkSource(store));
  const focus = around.nodes.find((node) => node.key === around.focus);
  const first = focus === undefined ? [] : pathUp(around.nodes, focus).flatMap((node) => node.sessionKey ?? []);
  const order = [...new Set([...first, ...around.sessions.map((session) => session.key)])];
  const known = new Map(around.sessions.map((session) => [session.key, session]));
  const personal = order.flatMap((key) => known.get(key) ?? []).filter((session) => !session.service);
  const looked = personal.slice(0, SESSIONS);

  const found = new Map<string, LogonLink>();
  const nodes = new Map<string, ProcessNode>(around.nodes.map((node) => [node.key, node]));
  const { nodes: before, further } = await causes(store, links, looked, found);
  const back = found.size;
  const after = await onwards(store, links, looked, found);
  for (const node of [...before, ...after.nodes]) {
    nodes.set(node.key, nodes.get(node.key) ?? node);
  }
  const all = [...found.values()].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const ends = all.flatMap(({ from, to, candidates = [] }) =>
    [to, from, ...candidates].flatMap(({ sessionKey }) => sessionKey ?? []),
  );
  const remote = [...before, ...after.nodes].flatMap((node) => node.sessionKey ?? []);
  const cuts: readonly Truncation[] = [
    ...(looked.length < personal.length
      ? [
          {
            of: around.focus,
            relation: "links" as const,
            shown: looked.length,
            total: personal.length,
            why: `links to other hosts are looked up for ${SESSIONS} sessions at once; open another process to see those of its session`,
          },
        ]
      : []),
    ...(further > 0
      ? [
          {
            of: around.focus,
            relation: "links" as const,
            shown: back,
            total: back + further,
            why: `the way back is followed over ${HOPS} hosts; what came before was not asked: open its first process to go on`,
          },
        ]
      : []),
    ...after.cuts,
  ];
  return {
    ...around,
    nodes: [...nodes.values()],
    sessions: await withSessions(store, around.sessions, [...ends, ...remote]),
    truncations: [...around.truncations, ...cuts],
    links: all,
  };
}

/** Back over hosts: the processes that sessions came from, with their paths, topmost first; and how many sessions are left to ask. */
async function causes(
  store: Store,
  links: LogonLinks,
  sessions: readonly LogonSession[],
  found: Map<string, LogonLink>,
): Promise<{ readonly nodes: readonly ProcessNode[]; readonly further: number }> {
  const nodes: ProcessNode[] = [];
  let level = sessions;
  for (let hop = 0; hop < HOPS && level.length > 0; hop += 1) {
    const next: string[] = [];
    for (const session of level) {
      const link = await links.causeOf(session);
      if (link === undefined || found.has(session.key)) {
        continue;
      }
      found.set(session.key, link);
      const process =
        link.from.processKey === undefined ? undefined : await store.lineage.process(link.from.processKey);
      if (process !== undefined) {
        nodes.push(...(await store.lineage.ancestors(process.key, PATH)).toReversed(), process);
      }
      if (link.certainty !== "ambiguous" && link.from.sessionKey !== undefined) {
        next.push(link.from.sessionKey);
      }
    }
    const keys = next.filter((key) => !found.has(key));
    level = keys.length === 0 ? [] : (await store.lineage.sessions({ keys, limit: keys.length })).items;
  }
  return { nodes, further: level.length };
}

/** On to other hosts: what ran in the sessions that these led to. */
async function onwards(
  store: Store,
  links: LogonLinks,
  sessions: readonly LogonSession[],
  found: Map<string, LogonLink>,
): Promise<{ readonly nodes: readonly ProcessNode[]; readonly cuts: readonly Truncation[] }> {
  const nodes: ProcessNode[] = [];
  const cuts: Truncation[] = [];
  for (const session of sessions) {
    const onward = await links.onwardOf(session);
    for (const link of onward.links) {
      if (found.has(link.to.sessionKey)) {
        continue;
      }
      found.set(link.to.sessionKey, link);
      const page = await store.lineage.processesIn({ sessionKey: link.to.sessionKey, limit: ONWARD });
      nodes.push(...page.items.toReversed());
    }
    cuts.push(
      ...onward.notes.map((why) => ({
        of: session.key,
        relation: "links" as const,
        shown: onward.links.length,
        total: onward.looked,
        why,
      })),
    );
  }
  return { nodes, cuts };
}

/** A node and those above it that are among the nodes. */
function pathUp(nodes: readonly ProcessNode[], from: ProcessNode): readonly ProcessNode[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const path = new Map<string, ProcessNode>();
  for (let node: ProcessNode | undefined = from; node !== undefined && !path.has(node.key); ) {
    path.set(node.key, node);
    node = node.parent === undefined ? undefined : byKey.get(node.parent.key);
  }
  return [...path.values()];
}

async function withSessions(
  store: Store,
  known: readonly LogonSession[],
  keys: readonly string[],
): Promise<LogonSession[]> {
  const missing = [...new Set(keys)].filter((key) => !known.some((session) => session.key === key));
  const { items } =
    missing.length === 0 ? { items: [] } : await store.lineage.sessions({ keys: missing, limit: missing.length });
  return [...known, ...items];
}
