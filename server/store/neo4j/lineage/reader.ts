import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { StemmaEvent } from "../../../event/event.ts";
import type { LogonFact } from "../../../lineage/facts.ts";
import { byOpening } from "../../../lineage/logon-session.ts";
import { neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import type { LogonProbe } from "../../../lineage/tables.ts";
import { type KeyPage, nodePage } from "../../lineage/pages.ts";
import type { AddressQuery, LineageReader, ProcessQuery, RunQuery, SessionQuery } from "../../lineage/port.ts";
import { coalesced, coalescedByKind } from "../coalesce.ts";
import type { Queries } from "../connection.ts";
import { type Reads, separateReads } from "../reads.ts";
import { number } from "../row.ts";
import { accountTiesOf, pageOfLogonCounts, storedAccounts } from "./accounts.ts";
import {
  type ChildrenOf,
  childGroupsOf,
  childrenQueryKind,
  firstChildren,
  keysAround,
  pagesOfChildren,
} from "./children.ts";
import { allHosts, hostsNear } from "./hosts.ts";
import { hostList, hostsLabelled, userList } from "./hosts-and-users.ts";
import { logonSurroundings } from "./logon-surroundings.ts";
import { addressesOf, logonFactsOf } from "./logons.ts";
import { nodesByAnyKey, pathsUp, pathUpFromAlert } from "./nodes.ts";
import { processesOf } from "./process-of.ts";
import { pagesOfProcesses, processQueryKind } from "./processes-in.ts";
import { pagesOfRuns, runQueryKind } from "./runs.ts";
import { pageOfSessions, sessionsByKey, sessionsOfProcesses, sessionsOnPaths } from "./sessions.ts";

const totals = `
  MATCH (h:Host) RETURN coalesce(sum(h.processes), 0) AS processes, coalesce(sum(h.sessions), 0) AS sessions`;

/** The work per call depends on the size of the result, not of the store. */
export function lineageReader(
  queries: Queries,
  reads: Reads = separateReads(queries),
  storedBy: ReturnType<typeof storedAccounts> = storedAccounts(queries),
): LineageReader {
  const accounts = () => storedBy(reads);
  const { nodes, paths, sessions, eventProcesses, facts, addresses, hosts, pages } = coalescedReads(reads);
  const node = async (key: string): Promise<ProcessNode | undefined> => (await nodes([key])).get(key);
  const inOrder = async (keys: readonly string[]): Promise<readonly ProcessNode[]> => {
    const found = await nodes(keys);
    return keys.flatMap((key) => found.get(key) ?? []);
  };
  const pageOfNodes = async (page: KeyPage): Promise<Page<ProcessNode>> => nodePage(page, await inOrder(page.keys));
  return {
    process: node,
    processes: nodes,
    processOf: async (event) => (await eventProcesses([event])).get(event.id),
    processesOf: eventProcesses,
    ancestors: async (key, limit) => (await paths({ keys: [key], limit })).get(key)?.slice(1) ?? [],
    paths: (keys, limit) => paths({ keys, limit }),
    sessionsOnPaths: (keys, limit) => sessionsOnPaths(reads, keys, limit),
    pathOfAlert: (id, limit) => pathUpFromAlert(reads, id, limit),
    children: async (of, query) => pageOfNodes(await pages.children({ of, query })),
    childGroups: (parents, limit) => childGroupsOf(reads, parents, limit),
    neighbourhood(of, limit) {
      const together = reads.ofOneCall();
      return neighbourhoodOf(
        {
          path: async (from, generations) => (await paths({ keys: [from], limit: generations })).get(from) ?? [],
          nodes: (keys) => nodesInOrder(together, keys),
          firstChildren: (parents, count) => firstChildren(together, parents, count),
          childGroups: (parents, count) => childGroupsOf(together, parents, count),
          keysAround: (parent, child, count) => keysAround(together, parent, child, count),
          sessionsOf: (keys) => sessionsOfProcesses(together, keys),
        },
        of,
        limit,
      );
    },
    runs: async (query) => pageOfNodes(await pages.runs(query)),
    session: async (key) => (await sessions([key]))[0],
    sessions: (query) => sessionPage(reads, sessions, query),
    processesIn: pages.processes,
    hosts: () => hostList(queries),
    hostsLabelled: hosts,
    hostsNear: (names) => hostsNear(queries, names),
    allHosts: () => allHosts(queries),
    users: () => userList(queries),
    accounts,
    async counts() {
      const [row] = await queries.run(totals);
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: (probes, limit) => facts({ probes, limit }),
    addresses,
    accountTies: (userKeys) => accountTiesOf(reads, userKeys),
    logonCounts: (query) => pageOfLogonCounts(reads, query),
    logonSurroundings(keys) {
      const together = reads.ofOneCall();
      return logonSurroundings(together, keys, () => storedBy(together));
    },
  };
}

type SessionsByKey = (keys: readonly string[]) => Promise<readonly LogonSession[]>;

function coalescedReads(reads: Reads) {
  const nodes = coalesced(async (asked: readonly (readonly string[])[]) => {
    const found = await nodesByAnyKey(reads, asked.flat());
    return asked.map((keys) => picked(found, keys));
  });
  const paths = coalescedByKind(
    ({ limit }: { readonly keys: readonly string[]; readonly limit: number }) => String(limit),
    async (asked) => {
      const keys = asked.flatMap((one) => one.keys);
      const found = await pathsUp(reads, keys, asked[0]?.limit ?? 0);
      return asked.map((one) => picked(found, one.keys));
    },
  );
  const sessions: SessionsByKey = coalesced(async (asked: readonly (readonly string[])[]) => {
    const all = await sessionsByKey(reads, [...new Set(asked.flat())]);
    const found = new Map(all.map((session) => [session.key, session]));
    return asked.map((keys) => keys.flatMap((key) => found.get(key) ?? []));
  });
  const eventProcesses = coalesced(async (asked: readonly (readonly StemmaEvent[])[]) => {
    const events = [...new Map(asked.flat().map((event) => [event.id, event])).values()];
    const found = await processesOf(reads, nodes, events);
    return asked.map((one) =>
      picked(
        found,
        one.map(({ id }) => id),
      ),
    );
  });
  const facts = coalescedByKind(
    ({ limit }: { readonly probes: readonly LogonProbe[]; readonly limit: number }) => String(limit),
    async (asked): Promise<readonly (readonly (readonly LogonFact[])[])[]> => {
      const all = asked.flatMap(({ probes }) => probes);
      const found = (await logonFactsOf(reads, all, asked[0]?.limit ?? 0)).values();
      return asked.map(({ probes }) => [...found.take(probes.length)]);
    },
  );
  return {
    nodes,
    paths,
    sessions,
    eventProcesses,
    facts,
    addresses: coalesced((asked: readonly AddressQuery[]) => addressesOf(reads, asked)),
    hosts: coalesced((asked: readonly (readonly string[])[]) => hostsLabelled(reads, asked)),
    pages: {
      children: coalescedByKind(childrenQueryKind, (asked: readonly ChildrenOf[]) => pagesOfChildren(reads, asked)),
      runs: coalescedByKind(runQueryKind, (asked: readonly RunQuery[]) => pagesOfRuns(reads, asked)),
      processes: coalescedByKind(processQueryKind, (asked: readonly ProcessQuery[]) => pagesOfProcesses(reads, asked)),
    },
  };
}

/** Sessions that are only asked for by key are read together with those of other calls. */
async function sessionPage(reads: Reads, byKey: SessionsByKey, query: SessionQuery): Promise<Page<LogonSession>> {
  const { keys, hosts, userKeys, limit } = query;
  if (keys === undefined || hosts !== undefined || userKeys !== undefined || limit < keys.length) {
    return pageOfSessions(reads.ofOneCall(), query);
  }
  const found = await byKey([...new Set(keys)]);
  const items = found.toSorted(byOpening);
  return { items, total: items.length };
}

async function nodesInOrder(reads: Reads, keys: readonly string[]): Promise<readonly ProcessNode[]> {
  const found = await nodesByAnyKey(reads, keys);
  return keys.flatMap((key) => found.get(key) ?? []);
}

/** The entries with these keys, in their order. */
function picked<T>(from: ReadonlyMap<string, T>, keys: readonly string[]): ReadonlyMap<string, T> {
  return new Map(
    keys.flatMap((key): [string, T][] => {
      const value = from.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
