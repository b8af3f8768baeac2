import type { Page } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import { type Child, type ChildGroups, neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import { processKeyOf } from "../../../lineage/process-of.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { ChildrenQuery, LineageReader } from "../../lineage/port.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { accountTies, addressesOf, logonFactsOf } from "./logons.ts";
import { readNodes, shownKey, shownKeys } from "./nodes.ts";
import {
  hostList,
  hostsLabelled,
  keysAndTimes,
  pageOfProcesses,
  pageOfSessions,
  sessionsByKey,
  userList,
} from "./pivots.ts";
import { loadHistory } from "./rows.ts";
import { pageOfRuns } from "./runs.ts";

/** From a process up; a circle comes round again until the limit ends it. */
const pathUp = `
  WITH RECURSIVE up (key, parent_key, depth) AS (
    SELECT key, parent_key, 0 FROM processes WHERE key = ?
    UNION ALL
    SELECT p.key, p.parent_key, depth + 1 FROM up CROSS JOIN processes p ON p.key = up.parent_key WHERE depth < ?
  )
  SELECT key FROM up ORDER BY depth`;
const childCount = "SELECT child_count FROM processes WHERE key = ?";
/** Whatever has a parent has a start, so every child has its place in time. */
const childrenAfter = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) > (?, ?) ORDER BY at, key LIMIT ?`;
const childrenBefore = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) <= (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
/** Each parent's first children by time, all parents of a JSON array at once. */
const firstChildren = `
  SELECT c.key, c.child_count FROM json_each(?) wanted CROSS JOIN processes c
  ON c.rowid IN (SELECT rowid FROM processes WHERE parent_key = wanted.value ORDER BY at, key LIMIT ?)
  ORDER BY wanted.id, c.at, c.key`;
const exitOwner = "SELECT process_key FROM process_exits WHERE event_id = ?";
const clusterAfter = `
  SELECT key, at FROM processes WHERE parent_key = ? AND cluster = ? AND (at, key) > (?, ?) ORDER BY at, key LIMIT ?`;
const clusterCount = "SELECT processes FROM child_clusters WHERE parent_key = ? AND cluster = ?";
const clustersOf = "SELECT cluster, processes FROM child_clusters WHERE parent_key = ? ORDER BY cluster LIMIT ?";
/** The first members of each of a parent's groups. */
const firstOfClusters = `
  SELECT c.cluster, c.key, c.child_count FROM child_clusters g CROSS JOIN processes c
  ON c.rowid IN (SELECT rowid FROM processes WHERE parent_key = g.parent_key AND cluster = g.cluster ORDER BY at, key LIMIT ?)
  WHERE g.parent_key = ? ORDER BY c.at, c.key`;
/** Members of a group that are told with it: a smaller group is shown whole. */
const FIRST_OF_CLUSTER = 3;
const placeInTime = "SELECT at FROM processes WHERE key = ?";

const EARLIEST = [Number.MIN_SAFE_INTEGER, ""] as const;

/** Lineage as a connection sees it. Work per call grows with what is shown, not with what is stored. */
export function lineageReader(connection: Connection): LineageReader {
  const node = (key: string): ProcessNode | undefined => {
    const shown = shownKey(connection, key);
    return shown === undefined ? undefined : readNodes(connection, [shown])[0];
  };

  const pathOf = (key: string, limit: number): readonly ProcessNode[] => {
    const start = shownKey(connection, key);
    const rows = start === undefined ? [] : connection.prepare(pathUp).all(start, limit);
    const keys = [...new Set(rows.map((row) => text(row, "key")))];
    const path = readNodes(connection, keys);
    // A node without a parent ends the path: the root, or the place where a circle is cut.
    const end = path.findIndex((one) => one.parent === undefined);
    return path.slice(0, end < 0 ? undefined : end + 1);
  };

  const children = (key: string, query: ChildrenQuery): Page<ProcessNode> => {
    const { childGroup } = query;
    const shown = shownKey(connection, key) ?? key;
    const counted =
      childGroup === undefined
        ? connection.prepare(childCount).get(shown)
        : connection.prepare(clusterCount).get(shown, childGroup);
    const total = counted === undefined ? 0 : number(counted, childGroup === undefined ? "child_count" : "processes");
    const after = decodeCursor(query.cursor, ["number", "string"]) ?? EARLIEST;
    const rows =
      childGroup === undefined
        ? keysAndTimes(connection, childrenAfter, [shown, ...after, query.limit + 1])
        : keysAndTimes(connection, clusterAfter, [shown, childGroup, ...after, query.limit + 1]);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const next = rows.length > query.limit && last !== undefined ? encodeCursor(last) : undefined;
    return pageOf(
      readNodes(
        connection,
        page.map(([, child]) => child),
      ),
      total,
      next,
    );
  };

  const clustersBelow = (parent: string, limit: number): ChildGroups => {
    const counted = connection.prepare(clustersOf).all(parent, limit + 1);
    if (counted.length > limit) {
      return { groups: [], complete: false };
    }
    const first = Map.groupBy(connection.prepare(firstOfClusters).all(FIRST_OF_CLUSTER, parent), (row) =>
      text(row, "cluster"),
    );
    const clusters = counted.map((row) => {
      const key = text(row, "cluster");
      return {
        key,
        total: number(row, "processes"),
        first: (first.get(key) ?? []).map(childOf),
      };
    });
    return { groups: clusters, complete: true };
  };

  const childClusters = (parents: readonly string[], limit: number): ReadonlyMap<string, ChildGroups> =>
    new Map(
      parents
        .map((parent) => [parent, clustersBelow(parent, limit)] as const)
        .filter(([, { groups, complete }]) => groups.length > 0 || !complete),
    );

  const keysAround = (parent: string, child: string, limit: number): readonly string[] => {
    const row = connection.prepare(placeInTime).get(child);
    const place = [(row === undefined ? undefined : optionalNumber(row, "at")) ?? 0, child] as const;
    const before = (most: number) => keysAndTimes(connection, childrenBefore, [parent, ...place, most]);
    const half = Math.ceil(limit / 2);
    const earlier = before(half);
    const later = keysAndTimes(connection, childrenAfter, [parent, ...place, limit - earlier.length]);
    const isMore = earlier.length === half && earlier.length + later.length < limit;
    const all = isMore ? before(limit - later.length) : earlier;
    return [...all.toReversed(), ...later].map(([, key]) => key);
  };

  return {
    process: async (key) => node(key),
    async processes(keys) {
      const shown = shownKeys(connection, keys);
      const nodes = new Map(readNodes(connection, [...new Set(shown.values())]).map((one) => [one.key, one]));
      return new Map([...shown].flatMap(([key, current]) => pair(key, nodes.get(current))));
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
    ancestors: async (key, limit) => pathOf(key, limit).slice(1),
    children: async (key, query) => children(key, query),
    childGroups: async (parents, limit) => childClusters(parents, limit),
    async runs(query) {
      const { keys, total, next } = pageOfRuns(connection, query);
      return pageOf(readNodes(connection, keys), total, next);
    },
    neighbourhood: (key, limit) =>
      neighbourhoodOf(
        {
          path: async (one, most) => pathOf(one, most),
          nodes: async (keys) => readNodes(connection, keys),
          firstChildren: async (parents, most) =>
            connection.prepare(firstChildren).all(JSON.stringify(parents), most).map(childOf),
          keysAround: async (parent, child, most) => keysAround(parent, child, most),
          childGroups: async (parents, most) => childClusters(parents, most),
          sessionsByKey: async (keys) => sessionsByKey(connection, keys),
        },
        key,
        limit,
      ),
    session: async (key) => sessionsByKey(connection, [key])[0],
    sessions: async (query) => pageOfSessions(connection, query),
    processesIn: async (query) => {
      const { keys, total, next } = pageOfProcesses(connection, query);
      return pageOf(readNodes(connection, keys), total, next);
    },
    hosts: async () => hostList(connection),
    hostsLabelled: async (labels) => hostsLabelled(connection, labels),
    users: async () => userList(connection),
    async counts() {
      const row = connection
        .prepare(
          "SELECT coalesce(sum(processes), 0) AS processes, coalesce(sum(sessions), 0) AS sessions FROM host_counts",
        )
        .get();
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: async (probes, limit) => probes.map((probe) => logonFactsOf(connection, probe, limit)),
    addresses: async (of) => addressesOf(connection, of),
    accountTies: async () => accountTies(connection),
  };
}

function childOf(row: Row): Child {
  return { key: text(row, "key"), childCount: number(row, "child_count") };
}

function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}

function pageOf(items: readonly ProcessNode[], total: number, next: string | undefined): Page<ProcessNode> {
  return {
    items,
    total,
    ...(next === undefined ? {} : { next, truncationReason: `${items.length} of ${total} are shown at once` }),
  };
}
