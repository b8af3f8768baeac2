import { decodeCursor } from "../../../lib/cursor.ts";
import type { Child, ChildGroups } from "../../../lineage/collapse-children.ts";
import { beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { ChildrenQuery } from "../../lineage/port.ts";
import { list, number, type Queries, type Row, text } from "../connection.ts";
import { sortKeyOf } from "./rows.ts";

/** Members listed per child group. */
const FIRST_MEMBERS = 3;

const childCount = "MATCH (p:Identity {key: $parent}) RETURN COUNT { (p)-[:SPAWNED]->() } AS total";
const childrenAfter = `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
  WHERE p.parentKey = $parent AND p.at >= $at AND p.key IS NOT NULL AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.parentKey, p.at, p.key LIMIT $limit`;
const groupTotal = "MATCH (g:ChildGroup {parentKey: $parent, cluster: $childGroup}) RETURN g.processes AS total";
const groupMembersAfter = `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, cluster, at, key)
  WHERE p.parentKey = $parent AND p.cluster = $childGroup AND p.at >= $at AND p.key IS NOT NULL
    AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.parentKey, p.cluster, p.at, p.key LIMIT $limit`;
/**
 * The children nearest in time to one of them, at most `limit` on either side; the child itself is among the earlier
 * ones.
 */
const childrenAround = `
  MATCH (child:Identity {key: $child})
  WITH coalesce(child.at, 0) AS childAt
  CALL (childAt) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parent AND p.at <= childAt AND p.key IS NOT NULL AND (p.at < childAt OR p.key <= $child)
    RETURN p.key AS key, p.at AS at, false AS later ORDER BY p.parentKey DESC, p.at DESC, p.key DESC LIMIT $limit
    UNION ALL
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parent AND p.at >= childAt AND p.key IS NOT NULL AND (p.at > childAt OR p.key > $child)
    RETURN p.key AS key, p.at AS at, true AS later ORDER BY p.parentKey, p.at, p.key LIMIT $limit
  }
  RETURN key, later ORDER BY at, key`;
const firstChildrenOf = `
  UNWIND range(0, size($parents) - 1) AS number
  CALL (number) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = $parents[number] AND p.at IS NOT NULL AND p.key IS NOT NULL
    RETURN p ORDER BY p.parentKey, p.at, p.key LIMIT $limit
  }
  RETURN p.key AS key, COUNT { (p)-[:SPAWNED]->() } AS children ORDER BY number, p.at, key`;
/** One group more than the limit shows that there are more; then none is returned. */
const groupsOf = `
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
        ORDER BY p.parentKey, p.cluster, p.at, p.key LIMIT ${FIRST_MEMBERS}
      }
    } ORDER BY g.cluster
  } AS childGroups`;

/** Children of a process, or the members of one of its child groups, by start time. */
export async function pageOfChildren(queries: Queries, parent: string, query: ChildrenQuery): Promise<KeyPage> {
  const { childGroup, limit } = query;
  const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? beforeAll;
  const [[counted], rows] = await Promise.all([
    queries.run(childGroup === undefined ? childCount : groupTotal, { parent, childGroup }),
    queries.run(childGroup === undefined ? childrenAfter : groupMembersAfter, {
      parent,
      childGroup,
      at,
      key,
      limit: limit + 1,
    }),
  ]);
  return keyPage(rows.map(sortKeyOf), limit, counted === undefined ? 0 : number(counted, "total"));
}

export async function firstChildren(
  queries: Queries,
  parents: readonly string[],
  limit: number,
): Promise<readonly Child[]> {
  return (await queries.run(firstChildrenOf, { parents, limit })).map(childOf);
}

/** The child groups of each parent that has any. */
export async function childGroupsOf(
  queries: Queries,
  parents: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, ChildGroups>> {
  const rows = parents.length === 0 ? [] : await queries.run(groupsOf, { parents, limit });
  return new Map(
    rows.map((row) => {
      const groups = list(row, "childGroups").map((group) => ({
        key: text(group, "key"),
        total: number(group, "total"),
        first: list(group, "first").map(childOf),
      }));
      return [text(row, "parent"), { groups, complete: row["complete"] === true }];
    }),
  );
}

/** Keys of the children that started nearest to one of them, which is included, in order of time. */
export async function keysAround(
  queries: Queries,
  parent: string,
  child: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await queries.run(childrenAround, { parent, child, limit });
  const sides = Map.groupBy(rows, (row) => row["later"] === true);
  const [earlier, later] = [sides.get(false) ?? [], sides.get(true) ?? []];
  const fromEarlier = Math.max(limit - later.length, Math.ceil(limit / 2));
  return [...earlier.slice(-fromEarlier), ...later].slice(0, limit).map((row) => text(row, "key"));
}

function childOf(row: Row): Child {
  return { key: text(row, "key"), childCount: number(row, "children") };
}
