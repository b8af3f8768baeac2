import type { LogonLink, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import { linkSourceAround } from "../alerting/link-source.ts";
import { withLinkedSessions } from "../lineage/linked-sessions.ts";
import type { LinkSource } from "../lineage/links/link-source.ts";
import { type LogonLinks, logonLinks } from "../lineage/links/logon-links.ts";
import { byOpening } from "../lineage/logon-session.ts";
import type { StoreReader } from "../store/port.ts";
import { pathUp, withSessions } from "./graph-parts.ts";

/** Sessions of a neighbourhood whose links are looked up, those of the focus and its ancestors first. */
const SESSION_LIMIT = 12;
/** Hosts over which links are followed back. */
const HOPS = 4;
/** Ancestors shown of a process that a session originates from, and processes shown of a session that was reached. */
const PATH_LIMIT = 16;
const SESSION_PROCESS_LIMIT = 8;

/** Adds the links of sessions to other hosts: back to where they originate, and on to the sessions that they opened. */
export async function withLateralLinks(store: StoreReader, around: Neighbourhood): Promise<Neighbourhood> {
  const focus = around.nodes.find((node) => node.key === around.focus);
  const first = focus === undefined ? [] : pathUp(around.nodes, focus).flatMap((node) => node.sessionKey ?? []);
  const order = [...new Set([...first, ...around.sessions.map((session) => session.key)])];
  const known = new Map(around.sessions.map((session) => [session.key, session]));
  const personal = order.flatMap((key) => known.get(key) ?? []).filter((session) => !session.service);
  const examined = personal.slice(0, SESSION_LIMIT);
  const { source, possible } = await linkSourceAround(
    store,
    examined.map(({ key }) => key),
  );
  const links = logonLinks(source, possible);

  const [origins, outbound] = await Promise.all([
    originsOf(source, links, examined),
    Promise.all(examined.map((session) => links.outboundOf(session))),
  ]);
  const found = new Map(origins.links.map((link) => [link.to.sessionKey, link]));
  const reached = outbound
    .flatMap((one) => one.links)
    .filter(({ to }) => !found.has(to.sessionKey))
    .filter(({ to }, index, list) => list.findIndex((other) => other.to.sessionKey === to.sessionKey) === index);
  for (const link of reached) {
    found.set(link.to.sessionKey, link);
  }
  const all = [...found.values()].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const ends = all.flatMap(({ from, to, candidates = [] }) =>
    [to, from, ...candidates].flatMap(({ sessionKey }) => sessionKey ?? []),
  );
  const senders = origins.links.flatMap(({ from }) => from.processKey ?? []);
  const [remote, sessions, onPaths] = await Promise.all([
    remoteProcesses(store, senders, reached),
    withSessions(source, around.sessions, ends),
    store.lineage.sessionsOnPaths(senders, PATH_LIMIT),
  ]);
  const listed = new Set(sessions.map((session) => session.key));
  const nodes = new Map<string, ProcessNode>([...around.nodes, ...remote].map((node) => [node.key, node]));
  for (const node of around.nodes) {
    nodes.set(node.key, node);
  }
  const allSessions = await withSessions(
    source,
    [...sessions, ...onPaths.filter(({ key }) => !listed.has(key) && remote.some((node) => node.sessionKey === key))],
    remote.flatMap((node) => node.sessionKey ?? []),
  );
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
            shown: origins.links.length,
            total: origins.links.length + origins.notFollowed,
            why: `origins are followed back over ${HOPS} hosts; open the first process to continue from there`,
          },
        ]
      : []),
    ...outbound.flatMap(({ notes, links: listed, examined: total }, index) =>
      notes.map((why) => ({
        of: examined[index]?.key ?? "",
        relation: "links" as const,
        shown: listed.length,
        total,
        why,
      })),
    ),
  ];
  return {
    ...around,
    nodes: [...nodes.values()],
    sessions: [
      ...(await withLinkedSessions(store.lineage, [
        ...around.sessions,
        ...allSessions.slice(around.sessions.length).toSorted(byOpening),
      ])),
    ],
    truncations: [...around.truncations, ...truncations],
    links: all,
  };
}

/** Follows sessions back over hosts. */
async function originsOf(
  source: LinkSource,
  links: LogonLinks,
  sessions: readonly LogonSession[],
): Promise<{
  readonly links: readonly LogonLink[];
  /** Sessions whose origin was not looked up. */
  readonly notFollowed: number;
}> {
  const found = new Map<string, LogonLink>();
  let level = sessions;
  for (let hop = 0; hop < HOPS && level.length > 0; hop += 1) {
    const origins = await Promise.all(level.map((session) => links.originOf(session)));
    const fresh = origins.flatMap((link) => (link === undefined || found.has(link.to.sessionKey) ? [] : [link]));
    for (const link of fresh) {
      found.set(link.to.sessionKey, link);
    }
    const keys = fresh
      .flatMap(({ certainty, from }) => (certainty === "ambiguous" ? [] : (from.sessionKey ?? [])))
      .filter((key) => !found.has(key));
    level = keys.length === 0 ? [] : (await source.sessions({ keys: [...new Set(keys)], limit: keys.length })).items;
  }
  return { links: [...found.values()], notFollowed: level.length };
}

/** The processes that opened sessions, each after its ancestors, and the first ones of sessions that were reached. */
async function remoteProcesses(
  store: StoreReader,
  keys: readonly string[],
  reached: readonly LogonLink[],
): Promise<readonly ProcessNode[]> {
  const [paths, pages] = await Promise.all([
    store.lineage.paths(keys, PATH_LIMIT),
    Promise.all(
      reached.map(({ to }) => store.lineage.processesIn({ sessionKey: to.sessionKey, limit: SESSION_PROCESS_LIMIT })),
    ),
  ]);
  return [
    ...keys.flatMap((key) => paths.get(key)?.toReversed() ?? []),
    ...pages.flatMap(({ items }) => items.toReversed()),
  ];
}
