import type { LogonLink, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import { linkSource } from "../alerting/link-source.ts";
import { type LogonLinks, logonLinks } from "../lineage/links/logon-links.ts";
import type { Store } from "../store/port.ts";
import { pathUp, withSessions } from "./graph-parts.ts";

/** Sessions of a neighbourhood whose links are looked up, those of the focus and its ancestors first. */
const SESSION_LIMIT = 12;
/** Hosts over which links are followed back. */
const HOPS = 4;
/** Ancestors shown of a process that a session originates from, and processes shown of a session that was reached. */
const PATH_LIMIT = 16;
const SESSION_PROCESS_LIMIT = 8;

/** Adds the links of sessions to other hosts: back to where they originate, and on to the sessions that they opened. */
export async function withLateralLinks(store: Store, around: Neighbourhood): Promise<Neighbourhood> {
  const links = logonLinks(linkSource(store));
  const focus = around.nodes.find((node) => node.key === around.focus);
  const first = focus === undefined ? [] : pathUp(around.nodes, focus).flatMap((node) => node.sessionKey ?? []);
  const order = [...new Set([...first, ...around.sessions.map((session) => session.key)])];
  const known = new Map(around.sessions.map((session) => [session.key, session]));
  const personal = order.flatMap((key) => known.get(key) ?? []).filter((session) => !session.service);
  const examined = personal.slice(0, SESSION_LIMIT);

  const found = new Map<string, LogonLink>();
  const nodes = new Map<string, ProcessNode>(around.nodes.map((node) => [node.key, node]));
  const origins = await originsOf(store, links, examined, found);
  const followedBack = found.size;
  const outbound = await outboundOf(store, links, examined, found);
  const remote = [...origins.nodes, ...outbound.nodes];
  for (const node of remote) {
    nodes.set(node.key, nodes.get(node.key) ?? node);
  }
  const all = [...found.values()].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const ends = all.flatMap(({ from, to, candidates = [] }) =>
    [to, from, ...candidates].flatMap(({ sessionKey }) => sessionKey ?? []),
  );
  const remoteSessions = remote.flatMap((node) => node.sessionKey ?? []);
  const truncations: readonly Truncation[] = [
    ...(examined.length < personal.length
      ? [
          {
            of: around.focus,
            relation: "links" as const,
            shown: examined.length,
            total: personal.length,
            why: `links to other hosts are looked up for ${SESSION_LIMIT} sessions; open another process to see the links of its session`,
          },
        ]
      : []),
    ...(origins.notFollowed > 0
      ? [
          {
            of: around.focus,
            relation: "links" as const,
            shown: followedBack,
            total: followedBack + origins.notFollowed,
            why: `origins are followed back over ${HOPS} hosts; open the first process to continue from there`,
          },
        ]
      : []),
    ...outbound.truncations,
  ];
  return {
    ...around,
    nodes: [...nodes.values()],
    sessions: await withSessions(store, around.sessions, [...ends, ...remoteSessions]),
    truncations: [...around.truncations, ...truncations],
    links: all,
  };
}

/** Follows sessions back over hosts: the processes that opened them, with their ancestors, root first. */
async function originsOf(
  store: Store,
  links: LogonLinks,
  sessions: readonly LogonSession[],
  found: Map<string, LogonLink>,
): Promise<{
  readonly nodes: readonly ProcessNode[];
  /** Sessions whose origin was not looked up. */
  readonly notFollowed: number;
}> {
  const nodes: ProcessNode[] = [];
  let level = sessions;
  for (let hop = 0; hop < HOPS && level.length > 0; hop += 1) {
    const next: string[] = [];
    for (const session of level) {
      const link = await links.originOf(session);
      if (link === undefined || found.has(session.key)) {
        continue;
      }
      found.set(session.key, link);
      const process =
        link.from.processKey === undefined ? undefined : await store.lineage.process(link.from.processKey);
      if (process !== undefined) {
        nodes.push(...(await store.lineage.ancestors(process.key, PATH_LIMIT)).toReversed(), process);
      }
      if (link.certainty !== "ambiguous" && link.from.sessionKey !== undefined) {
        next.push(link.from.sessionKey);
      }
    }
    const keys = next.filter((key) => !found.has(key));
    level = keys.length === 0 ? [] : (await store.lineage.sessions({ keys, limit: keys.length })).items;
  }
  return { nodes, notFollowed: level.length };
}

/** Follows sessions on to other hosts: the processes of the sessions that they opened. */
async function outboundOf(
  store: Store,
  links: LogonLinks,
  sessions: readonly LogonSession[],
  found: Map<string, LogonLink>,
): Promise<{ readonly nodes: readonly ProcessNode[]; readonly truncations: readonly Truncation[] }> {
  const nodes: ProcessNode[] = [];
  const truncations: Truncation[] = [];
  for (const session of sessions) {
    const outbound = await links.outboundOf(session);
    for (const link of outbound.links) {
      if (found.has(link.to.sessionKey)) {
        continue;
      }
      found.set(link.to.sessionKey, link);
      const page = await store.lineage.processesIn({ sessionKey: link.to.sessionKey, limit: SESSION_PROCESS_LIMIT });
      nodes.push(...page.items.toReversed());
    }
    truncations.push(
      ...outbound.notes.map((why) => ({
        of: session.key,
        relation: "links" as const,
        shown: outbound.links.length,
        total: outbound.examined,
        why,
      })),
    );
  }
  return { nodes, truncations };
}
