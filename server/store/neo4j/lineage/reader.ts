import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import { type KeyPage, nodePage } from "../../lineage/pages.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { number, type Queries } from "../connection.ts";
import { childGroupsOf, firstChildren, keysAround, pageOfChildren } from "./children.ts";
import { hostList, hostsLabelled, userList } from "./hosts-and-users.ts";
import { accountTies, addressesOf, logonFactsOf } from "./logons.ts";
import { currentKeys, nodesByAnyKey, pathUp, readNodes } from "./nodes.ts";
import { processesOf } from "./process-of.ts";
import { pageOfProcesses } from "./processes-in.ts";
import { pageOfRuns } from "./runs.ts";
import { pageOfSessions, sessionsByKey } from "./sessions.ts";

const totals = `
  MATCH (h:Host) RETURN coalesce(sum(h.processes), 0) AS processes, coalesce(sum(h.sessions), 0) AS sessions`;

/** The work per call depends on the size of the result, not of the store. */
export function lineageReader(queries: Queries): LineageReader {
  const node = async (key: string): Promise<ProcessNode | undefined> => (await readNodes(queries, [key]))[0];
  const pageOfNodes = async (page: KeyPage): Promise<Page<ProcessNode>> =>
    nodePage(page, await readNodes(queries, page.keys));
  return {
    process: node,
    processes: (keys) => nodesByAnyKey(queries, keys),
    processOf: async (event) => (await processesOf(queries, [event])).get(event.id),
    processesOf: (events) => processesOf(queries, events),
    ancestors: async (key, limit) => (await pathUp(queries, key, limit)).slice(1),
    async children(key, query) {
      const current = (await currentKeys(queries, [key])).get(key) ?? key;
      return pageOfNodes(await pageOfChildren(queries, current, query));
    },
    childGroups: (parents, limit) => childGroupsOf(queries, parents, limit),
    neighbourhood: (key, limit) =>
      neighbourhoodOf(
        {
          path: (from, generations) => pathUp(queries, from, generations),
          nodes: (keys) => readNodes(queries, keys),
          firstChildren: (parents, count) => firstChildren(queries, parents, count),
          childGroups: (parents, count) => childGroupsOf(queries, parents, count),
          keysAround: (parent, child, count) => keysAround(queries, parent, child, count),
          sessionsByKey: (keys) => sessionsByKey(queries, keys),
        },
        key,
        limit,
      ),
    runs: async (query) => pageOfNodes(await pageOfRuns(queries, query)),
    session: async (key) => (await sessionsByKey(queries, [key]))[0],
    sessions: (query) => pageOfSessions(queries, query),
    processesIn: async (query) => pageOfNodes(await pageOfProcesses(queries, query)),
    hosts: () => hostList(queries),
    hostsLabelled: (labels) => hostsLabelled(queries, labels),
    users: () => userList(queries),
    async counts() {
      const [row] = await queries.run(totals);
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: (probes, limit) => logonFactsOf(queries, probes, limit),
    addresses: (of) => addressesOf(queries, of),
    accountTies: () => accountTies(queries),
  };
}
