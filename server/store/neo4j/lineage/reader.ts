import type { Page } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import { type Child, type ChildGroups, neighbourhoodOf } from "../../../lineage/neighbourhood.ts";
import { processKeyOf } from "../../../lineage/process-of.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { list, number, optionalText, type Queries, type Row, text } from "../connection.ts";
import { histories } from "./find.ts";
import { accountTies, addressesOf, logonFactsOf } from "./logons.ts";
import { nodesByAnyKey, pathUp, readNodes, shownKeys } from "./nodes.ts";
import { hostList, hostsLabelled, pageOfProcesses, pageOfSessions, sessionsByKey, userList } from "./pivots.ts";
import { pageOfRuns } from "./runs.ts";

/** Members of a group that are told with it: a smaller group is shown whole. */
const FIRST_OF_CLUSTER = 3;

const childCount = "MATCH (p:Identity {key: $key}) RETURN COUNT { (p)-[:SPAWNED]->() } AS total";
const childrenAfter = `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
  WHERE p.parentKey = $parent AND p.at >= $at AND p.key IS NOT NULL AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.parentKey, p.at, p.key LIMIT $most`;
/** Those nearest in time to one of them, itself among the earlier ones; `most` on either side. */
const childrenAround = `
  MATCH (child:Identity {key: $child})
  WITH coalesce(child.at, 0) AS place
  CALL (place) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parent AND p.at <= place AND p.key IS NOT NULL AND (p.at < place OR p.key <= $child)
    RETURN p.key AS key, p.at AS at, false AS later ORDER BY p.parentKey DESC, p.at DESC, p.key DESC LIMIT $most
    UNION ALL
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parent AND p.at >= place AND p.key IS NOT NULL AND (p.at > place OR p.key > $child)
    RETURN p.key AS key, p.at AS at, true AS later ORDER BY p.parentKey, p.at, p.key LIMIT $most
  }
  RETURN key, later ORDER BY at, key`;
/** Not more than `most` of each parent. */
const firstChildren = `
  UNWIND range(0, size($parents) - 1) AS number
  CALL (number) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parents[number] AND p.at IS NOT NULL AND p.key IS NOT NULL
    RETURN p ORDER BY p.parentKey, p.at, p.key LIMIT $most
  }
  RETURN p.key AS key, COUNT { (p)-[:SPAWNED]->() } AS children ORDER BY number, p.at, key`;
const clusterAfter = `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, cluster, at, key)
  WHERE p.parentKey = $parent AND p.cluster = $cluster AND p.at >= $at AND p.key IS NOT NULL AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.parentKey, p.cluster, p.at, p.key LIMIT $most`;
const clusterCount = "MATCH (g:ChildGroup {parentKey: $key, cluster: $cluster}) RETURN g.processes AS total";
/** One group more than asked for tells that there are more, and then none is told. */
const clustersOf = `
  UNWIND $parents AS parent
  WITH parent, COLLECT {
    MATCH (g:ChildGroup) USING INDEX g:ChildGroup(parentKey, cluster)
    WHERE g.parentKey = parent AND g.cluster IS NOT NULL
    RETURN g ORDER BY g.parentKey, g.cluster LIMIT $limit + 1
  } AS groups
  WHERE size(groups) > 0
  WITH parent, size(groups) <= $limit AS complete, groups
  WITH parent, complete, CASE WHEN complete THEN groups ELSE [] END AS groups
  RETURN parent, complete, COLLECT {
    UNWIND groups AS g
    RETURN {
      key: g.cluster, total: g.processes,
      first: COLLECT {
        MATCH (p:Identity) USING INDEX p:Identity(parentKey, cluster, at, key)
        WHERE p.parentKey = parent AND p.cluster = g.cluster AND p.at IS NOT NULL AND p.key IS NOT NULL
        RETURN {key: p.key, children: COUNT { (p)-[:SPAWNED]->() }}
        ORDER BY p.parentKey, p.cluster, p.at, p.key LIMIT ${FIRST_OF_CLUSTER}
      }
    } ORDER BY g.cluster
  } AS clusters`;
const exitOwner = "MATCH (x:Exit {eventId: $eventId}) RETURN x.processKey AS key";
const allCounts = `
  MATCH (h:Host) RETURN coalesce(sum(h.processes), 0) AS processes, coalesce(sum(h.sessions), 0) AS sessions`;

const EARLIEST = [Number.MIN_SAFE_INTEGER, ""] as const;

/** Lineage as Neo4j tells it. Work per call grows with what is shown, not with what is stored. */
export function lineageReader(queries: Queries): LineageReader {
  const shownKey = async (key: string) => (await shownKeys(queries, [key])).get(key);

  const node = async (key: string): Promise<ProcessNode | undefined> => (await readNodes(queries, [key]))[0];

  const places = async (
    query: string,
    of: { readonly parent: string; readonly cluster?: string },
    [at, key]: readonly [number, string],
    most: number,
  ) =>
    (await queries.run(query, { ...of, at, key, most })).map((row) => [number(row, "at"), text(row, "key")] as const);

  const childClusters = async (
    parents: readonly string[],
    limit: number,
  ): Promise<ReadonlyMap<string, ChildGroups>> => {
    const rows = parents.length === 0 ? [] : await queries.run(clustersOf, { parents, limit });
    return new Map(
      rows.map((row) => {
        const clusters = list(row, "clusters").map((group) => ({
          key: text(group, "key"),
          total: number(group, "total"),
          first: list(group, "first").map(childOf),
        }));
        return [text(row, "parent"), { groups: clusters, complete: row["complete"] === true }];
      }),
    );
  };

  const keysAround = async (parent: string, child: string, limit: number): Promise<readonly string[]> => {
    const rows = await queries.run(childrenAround, { parent, child, most: limit });
    const keys = Map.groupBy(rows, (row) => row["later"] === true);
    const [earlier, later] = [keys.get(false) ?? [], keys.get(true) ?? []];
    const fromEarlier = Math.max(limit - later.length, Math.ceil(limit / 2));
    return [...earlier.slice(-fromEarlier), ...later].slice(0, limit).map((row) => text(row, "key"));
  };

  return {
    process: node,
    processes: (keys) => nodesByAnyKey(queries, keys),
    async processOf(event) {
      const key = await processKeyOf(
        {
          async exitOwner(eventId) {
            const [row] = await queries.run(exitOwner, { eventId });
            return row === undefined ? undefined : optionalText(row, "key");
          },
          async history(probe) {
            const [history] = await histories(queries, [probe]);
            return history ?? { rows: [], exits: [], referrers: [] };
          },
        },
        event,
      );
      return key === undefined ? undefined : node(key);
    },
    ancestors: async (key, limit) => (await pathUp(queries, key, limit)).slice(1),
    async children(key, query) {
      const { childGroup } = query;
      const shown = (await shownKey(key)) ?? key;
      const after = decodeCursor(query.cursor, ["number", "string"]) ?? EARLIEST;
      const [counted, found] = await Promise.all([
        queries.run(childGroup === undefined ? childCount : clusterCount, { key: shown, cluster: childGroup }),
        places(
          childGroup === undefined ? childrenAfter : clusterAfter,
          { parent: shown, cluster: childGroup },
          after,
          query.limit + 1,
        ),
      ]);
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      return pageOf(
        await readNodes(
          queries,
          page.map(([, child]) => child),
        ),
        counted[0] === undefined ? 0 : number(counted[0], "total"),
        found.length > query.limit && last !== undefined ? encodeCursor(last) : undefined,
      );
    },
    childGroups: childClusters,
    neighbourhood: (key, limit) =>
      neighbourhoodOf(
        {
          path: (one, most) => pathUp(queries, one, most),
          nodes: (keys) => readNodes(queries, keys),
          firstChildren: async (parents, most) => (await queries.run(firstChildren, { parents, most })).map(childOf),
          childGroups: childClusters,
          keysAround,
          sessionsByKey: (keys) => sessionsByKey(queries, keys),
        },
        key,
        limit,
      ),
    async runs(query) {
      const { keys, total, next } = await pageOfRuns(queries, query);
      return pageOf(await readNodes(queries, keys), total, next);
    },
    session: async (key) => (await sessionsByKey(queries, [key]))[0],
    sessions: (query) => pageOfSessions(queries, query),
    async processesIn(query) {
      const { keys, total, next } = await pageOfProcesses(queries, query);
      return pageOf(await readNodes(queries, keys), total, next);
    },
    hosts: () => hostList(queries),
    hostsLabelled: (labels) => hostsLabelled(queries, labels),
    users: () => userList(queries),
    async counts() {
      const [row] = await queries.run(allCounts);
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
    logonFacts: (probes, limit) => logonFactsOf(queries, probes, limit),
    addresses: (of) => addressesOf(queries, of),
    accountTies: () => accountTies(queries),
  };
}

function childOf(row: Row): Child {
  return { key: text(row, "key"), childCount: number(row, "children") };
}

function pageOf(items: readonly ProcessNode[], total: number, next: string | undefined): Page<ProcessNode> {
  return {
    items,
    total,
    ...(next === undefined ? {} : { next, truncationReason: `${items.length} of ${total} are shown at once` }),
  };
}
