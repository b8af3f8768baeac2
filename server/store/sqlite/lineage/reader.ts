import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import { processKeysOf } from "../../../lineage/process-of.ts";
import { byEvent, type KeyPage, nodePage } from "../../lineage/pages.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { type Connection, number, optionalText, text } from "../connection.ts";
import { accountTiesOf, pageOfLogonCounts, storedAccounts } from "./accounts.ts";
import { childGroupsOf, firstChildren, keysAround, pageOfChildren } from "./children.ts";
import { allHosts, hostsNear, hostsOfNames } from "./hosts.ts";
import { hostList, hostsLabelled, userList } from "./hosts-and-users.ts";
import { addressesOf, logonFactsOf } from "./logons.ts";
import { currentKey, currentKeys, readNodes } from "./nodes.ts";
import { pageOfProcesses } from "./processes-in.ts";
import { loadHistory } from "./rows.ts";
import { pageOfRuns } from "./runs.ts";
import { pageOfSessions, sessionsByKey, sessionsOfProcesses } from "./sessions.ts";

/** From a process to the root. A cycle repeats until the limit. */
const pathToRoot = `
  WITH RECURSIVE up (key, parent_key, depth) AS (
    SELECT key, parent_key, 0 FROM processes WHERE key = ?
    UNION ALL
    SELECT p.key, p.parent_key, depth + 1 FROM up CROSS JOIN processes p ON p.key = up.parent_key WHERE depth < ?
  )
  SELECT key FROM up ORDER BY depth`;
const exitOwners = `
  SELECT event_id, process_key FROM process_exits
  WHERE event_id IN (SELECT value FROM json_each(?)) AND process_key IS NOT NULL`;
const processOfAlert = `
  SELECT process_key FROM alerts WHERE id = ? OR id = (SELECT id FROM alert_aliases WHERE old_id = ?) LIMIT 1`;
const totals =
  "SELECT coalesce(sum(processes), 0) AS processes, coalesce(sum(sessions), 0) AS sessions FROM host_counts";

/** The work per call depends on the size of the result, not of the store. */
export function lineageReader(connection: Connection): LineageReader {
  const node = (key: string): ProcessNode | undefined => {
    const current = currentKey(connection, key);
    return current === undefined ? undefined : readNodes(connection, [current])[0];
  };
  const nodesByAnyKey = (keys: readonly string[]): ReadonlyMap<string, ProcessNode> => {
    const current = currentKeys(connection, keys);
    const nodes = new Map(readNodes(connection, [...new Set(current.values())]).map((one) => [one.key, one]));
    return new Map([...current].flatMap(([requested, key]) => entry(requested, nodes.get(key))));
  };
  const processesOf: LineageReader["processesOf"] = async (events) => {
    const keys = await processKeysOf(
      {
        hostsOfNames: async (names) => hostsOfNames(connection, names),
        exitOwners: async (ids) => exitOwnersOf(connection, ids),
        histories: async (probes) => probes.map((probe) => loadHistory(connection, probe)),
      },
      events,
    );
    return byEvent(keys, nodesByAnyKey([...new Set(keys.values())]));
  };
  const pageOfNodes = (page: KeyPage): Page<ProcessNode> => nodePage(page, readNodes(connection, page.keys));
  return {
    process: async (key) => node(key),
    processes: async (keys) => nodesByAnyKey(keys),
    processOf: async (event) => (await processesOf([event])).get(event.id),
    processesOf,
    ancestors: async (key, limit) => pathUp(connection, key, limit).slice(1),
    paths: async (keys, limit) => pathsUp(connection, keys, limit),
    async sessionsOnPaths(keys, limit) {
      const paths = [...pathsUp(connection, keys, limit).values()];
      const processes = new Set(paths.flat().map(({ key }) => key));
      return sessionsOfProcesses(connection, [...processes]);
    },
    async pathOfAlert(id, limit) {
      const row = connection.prepare(processOfAlert).get(id, id);
      const key = row === undefined ? undefined : optionalText(row, "process_key");
      const path = key === undefined ? [] : pathUp(connection, key, limit);
      return path.length === 0 ? undefined : path;
    },
    children: async (key, query) => pageOfNodes(pageOfChildren(connection, currentKey(connection, key) ?? key, query)),
    childGroups: async (parents, limit) => childGroupsOf(connection, parents, limit),
    runs: async (query) => pageOfNodes(pageOfRuns(connection, query)),
    neighbourhood: (of, limit) =>
      neighbourhoodOf(
        {
          path: async (from, generations) => pathUp(connection, from, generations),
          nodes: async (keys) => readNodes(connection, keys),
          firstChildren: async (parents, count) => firstChildren(connection, parents, count),
          keysAround: async (parent, child, count) => keysAround(connection, parent, child, count),
          childGroups: async (parents, count) => childGroupsOf(connection, parents, count),
          sessionsOf: async (keys) => sessionsOfProcesses(connection, keys),
        },
        of,
        limit,
      ),
    session: async (key) => sessionsByKey(connection, [key])[0],
    sessions: async (query) => pageOfSessions(connection, query),
    processesIn: async (query) => pageOfNodes(pageOfProcesses(connection, query)),
    hosts: async () => hostList(connection),
    hostsLabelled: async (labels) => hostsLabelled(connection, labels),
    hostsNear: async (names) => hostsNear(connection, names),
    allHosts: async () => allHosts(connection),
    users: async () => userList(connection),
    accounts: storedAccounts(connection),
    async counts() {
      const row = connection.prepare(totals).get();
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: async (probes, limit) => probes.map((probe) => logonFactsOf(connection, probe, limit)),
    addresses: async (of) => addressesOf(connection, of),
    accountTies: async (userKeys) => accountTiesOf(connection, userKeys),
    logonCounts: async (query) => pageOfLogonCounts(connection, query),
    logonSurroundings: async () => undefined,
  };
}

/** The process and its ancestors, at most `limit` of them, up to the root or to where a cycle is broken. */
function pathUp(connection: Connection, key: string, limit: number): readonly ProcessNode[] {
  return pathsUp(connection, [key], limit).get(key) ?? [];
}

/** The paths of known processes. Ancestors that they have in common are read once. */
function pathsUp(
  connection: Connection,
  keys: readonly string[],
  limit: number,
): ReadonlyMap<string, readonly ProcessNode[]> {
  const starts = currentKeys(connection, [...new Set(keys)]);
  const up = connection.prepare(pathToRoot);
  const above = new Map(
    [...new Set(starts.values())].map((start) => {
      const found = up.all(start, limit).map((row) => text(row, "key"));
      return [start, [...new Set(found)]] as const;
    }),
  );
  const nodes = new Map(
    readNodes(connection, [...new Set([...above.values()].flat())]).map((node) => [node.key, node]),
  );
  return new Map(
    [...starts].flatMap(([key, start]): [string, readonly ProcessNode[]][] => {
      const path = (above.get(start) ?? []).flatMap((ancestor) => nodes.get(ancestor) ?? []);
      // A node without a parent ends the path.
      const end = path.findIndex((one) => one.parent === undefined);
      return path.length === 0 ? [] : [[key, path.slice(0, end < 0 ? undefined : end + 1)]];
    }),
  );
}

function exitOwnersOf(connection: Connection, ids: readonly string[]): ReadonlyMap<string, string> {
  const rows = ids.length === 0 ? [] : connection.prepare(exitOwners).all(JSON.stringify(ids));
  return new Map(rows.map((row) => [text(row, "event_id"), text(row, "process_key")]));
}

function entry<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
