import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import { processKeyOf } from "../../../lineage/process-of.ts";
import { type KeyPage, nodePage } from "../../lineage/pages.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { type Connection, number, optionalText, text } from "../connection.ts";
import { childGroupsOf, firstChildren, keysAround, pageOfChildren } from "./children.ts";
import { hostList, hostsLabelled, userList } from "./hosts-and-users.ts";
import { accountTies, addressesOf, logonFactsOf } from "./logons.ts";
import { currentKey, currentKeys, readNodes } from "./nodes.ts";
import { pageOfProcesses } from "./processes-in.ts";
import { loadHistory } from "./rows.ts";
import { pageOfRuns } from "./runs.ts";
import { pageOfSessions, sessionsByKey } from "./sessions.ts";

/** From a process to the root. A cycle repeats until the limit. */
const pathToRoot = `
  WITH RECURSIVE up (key, parent_key, depth) AS (
    SELECT key, parent_key, 0 FROM processes WHERE key = ?
    UNION ALL
    SELECT p.key, p.parent_key, depth + 1 FROM up CROSS JOIN processes p ON p.key = up.parent_key WHERE depth < ?
  )
  SELECT key FROM up ORDER BY depth`;
const exitOwner = "SELECT process_key FROM process_exits WHERE event_id = ?";
const totals =
  "SELECT coalesce(sum(processes), 0) AS processes, coalesce(sum(sessions), 0) AS sessions FROM host_counts";

/** The work per call depends on the size of the result, not of the store. */
export function lineageReader(connection: Connection): LineageReader {
  const node = (key: string): ProcessNode | undefined => {
    const current = currentKey(connection, key);
    return current === undefined ? undefined : readNodes(connection, [current])[0];
  };
  const pageOfNodes = (page: KeyPage): Page<ProcessNode> => nodePage(page, readNodes(connection, page.keys));
  return {
    process: async (key) => node(key),
    async processes(keys) {
      const current = currentKeys(connection, keys);
      const nodes = new Map(readNodes(connection, [...new Set(current.values())]).map((one) => [one.key, one]));
      return new Map([...current].flatMap(([requested, key]) => entry(requested, nodes.get(key))));
    },
    async processOf(event) {
      const key = await processKeyOf(
        {
          async exitOwner(eventId) {
            const row = connection.prepare(exitOwner).get(eventId);
            return row === undefined ? undefined : optionalText(row, "process_key");
          },
          history: async (probe) => loadHistory(connection, probe),
        },
        event,
      );
      return key === undefined ? undefined : node(key);
    },
    ancestors: async (key, limit) => pathUp(connection, key, limit).slice(1),
    children: async (key, query) => pageOfNodes(pageOfChildren(connection, currentKey(connection, key) ?? key, query)),
    childGroups: async (parents, limit) => childGroupsOf(connection, parents, limit),
    runs: async (query) => pageOfNodes(pageOfRuns(connection, query)),
    neighbourhood: (key, limit) =>
      neighbourhoodOf(
        {
          path: async (from, generations) => pathUp(connection, from, generations),
          nodes: async (keys) => readNodes(connection, keys),
          firstChildren: async (parents, count) => firstChildren(connection, parents, count),
          keysAround: async (parent, child, count) => keysAround(connection, parent, child, count),
          childGroups: async (parents, count) => childGroupsOf(connection, parents, count),
          sessionsByKey: async (keys) => sessionsByKey(connection, keys),
        },
        key,
        limit,
      ),
    session: async (key) => sessionsByKey(connection, [key])[0],
    sessions: async (query) => pageOfSessions(connection, query),
    processesIn: async (query) => pageOfNodes(pageOfProcesses(connection, query)),
    hosts: async () => hostList(connection),
    hostsLabelled: async (labels) => hostsLabelled(connection, labels),
    users: async () => userList(connection),
    async counts() {
      const row = connection.prepare(totals).get();
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: async (probes, limit) => probes.map((probe) => logonFactsOf(connection, probe, limit)),
    addresses: async (of) => addressesOf(connection, of),
    accountTies: async () => accountTies(connection),
  };
}

/** The process and its ancestors, at most `limit` of them, up to the root or to where a cycle is broken. */
function pathUp(connection: Connection, key: string, limit: number): readonly ProcessNode[] {
  const start = currentKey(connection, key);
  const rows = start === undefined ? [] : connection.prepare(pathToRoot).all(start, limit);
  const keys = [...new Set(rows.map((row) => text(row, "key")))];
  const path = readNodes(connection, keys);
  // A node without a parent ends the path.
  const end = path.findIndex((one) => one.parent === undefined);
  return path.slice(0, end < 0 ? undefined : end + 1);
}

function entry<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
