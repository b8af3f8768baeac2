import { decodeCursor } from "../../../lib/cursor.ts";
import type { Child, ChildGroups } from "../../../lineage/collapse-children.ts";
import { beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { ChildrenQuery } from "../../lineage/port.ts";
import { roundedLimit } from "../parameters.ts";
import type { Reads } from "../reads.ts";
import { list, number, type Row, text } from "../row.ts";
import { sortKeyOf } from "./rows.ts";

/** Members listed per child group. */
const FIRST_MEMBERS = 3;

const childCount = "COUNT { (parent)-[:SPAWNED]->() }";
const childrenAfter = (limit: number) => `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
  WHERE p.parentKey = parent.key AND p.at >= one.at AND p.key IS NOT NULL AND (p.at > one.at OR p.key > one.key)
  RETURN {key: p.key, at: p.at} ORDER BY p.parentKey, p.at, p.key LIMIT ${roundedLimit(limit)}`;
const groupTotal =
  "COLLECT { MATCH (g:ChildGroup {parentKey: parent.key, cluster: one.childGroup}) RETURN g.processes }[0]";
const groupMembersAfter = (limit: number) => `
  MATCH (p:Identity) USING INDEX p:Identity(parentKey, cluster, at, key)
  WHERE p.parentKey = parent.key AND p.cluster = one.childGroup AND p.at >= one.at AND p.key IS NOT NULL
    AND (p.at > one.at OR p.key > one.key)
  RETURN {key: p.key, at: p.at} ORDER BY p.parentKey, p.cluster, p.at, p.key LIMIT ${roundedLimit(limit)}`;
const pages = {
  children: { page: childrenAfter, total: childCount },
  group: { page: groupMembersAfter, total: groupTotal },
};
/**
 * The children nearest in time to one of them, `limit` or more on either side if there are as many; the child itself is
 * among the earlier ones.
 */
const childrenAround = (limit: number) => `
  MATCH (c:Identity {key: one.child})
  WITH one, coalesce(c.at, 0) AS childAt
  CALL (one, childAt) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = one.parent AND p.at <= childAt AND p.key IS NOT NULL AND (p.at < childAt OR p.key <= one.child)
    RETURN p.key AS key, p.at AS at, false AS later ORDER BY p.parentKey DESC, p.at DESC, p.key DESC LIMIT ${roundedLimit(limit)}
    UNION ALL
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = one.parent AND p.at >= childAt AND p.key IS NOT NULL AND (p.at > childAt OR p.key > one.child)
    RETURN p.key AS key, p.at AS at, true AS later ORDER BY p.parentKey, p.at, p.key LIMIT ${roundedLimit(limit)}
  }
  RETURN {key: key, later: later} ORDER BY at, key`;
const firstChildrenOf = (parents: string, limit: number) => `
  UNWIND range(0, size(${parents}) - 1) AS number
  CALL (ask, number) {
    MATCH (p:Identity) USING INDEX p:Identity(parentKey, at, key)
    WHERE p.parentKey = ${parents}[number] AND p.at IS NOT NULL AND p.key IS NOT NULL
    RETURN p ORDER BY p.parentKey, p.at, p.key LIMIT ${roundedLimit(limit)}
  }
  RETURN {number: number, key: p.key, children: COUNT { (p)-[:SPAWNED]->() }} ORDER BY number, p.at, p.key`;
/** One group more than the limit shows that there are more; then none is returned. */
const groupsOf = (parents: string, limit: number) => `
  UNWIND ${parents} AS parent
  WITH parent, COLLECT {
    MATCH (g:ChildGroup) USING INDEX g:ChildGroup(parentKey, cluster)
    WHERE g.parentKey = parent AND g.cluster IS NOT NULL
    RETURN g ORDER BY g.parentKey, g.cluster LIMIT ${limit} + 1
  } AS groups
  WHERE size(groups) > 0
  WITH parent, size(groups) <= ${limit} AS complete, groups
  WITH parent, complete, CASE WHEN complete THEN groups ELSE [] END AS groups
  RETURN {parent: parent, complete: complete, childGroups: COLLECT {
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
  }}`;

/** A page of children that is asked for, by current or former key of the parent. */
export interface ChildrenOf {
  readonly of: string;
  readonly query: ChildrenQuery;
}

/** Queries that one query answers together: what is the same in all of them. */
export function childrenQueryKind({ query }: ChildrenOf): string {
  return JSON.stringify([query.limit, query.childGroup !== undefined]);
}

/** Children of processes, or the members of child groups, by start time, for queries of one kind. */
export async function pagesOfChildren(reads: Reads, asked: readonly ChildrenOf[]): Promise<readonly KeyPage[]> {
  const [first] = asked;
  if (first === undefined) {
    return [];
  }
  const asks = asked.map(({ of, query }, number) => {
    const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? beforeAll;
    return { number, of, childGroup: query.childGroup, at, key };
  });
  const { childGroup, limit } = first.query;
  const { page, total } = childGroup === undefined ? pages.children : pages.group;
  const rows = await reads.rows(
    (parameters) => `
      UNWIND ${parameters.add(asks)} AS one
      MATCH (given:Identity {key: one.of})
      WITH one, COLLECT { MATCH (given)-[:JOINED_TO*0..]->(p:Process) RETURN p }[0] AS parent WHERE parent IS NOT NULL
      RETURN {number: one.number, page: COLLECT { ${page(limit + 1)} }, total: coalesce(${total}, 0)}`,
  );
  const byNumber = new Map(rows.map((row) => [number(row, "number"), row]));
  return asked.map((_, index) => {
    const row = byNumber.get(index);
    const keys = row === undefined ? [] : list(row, "page").map(sortKeyOf);
    return keyPage(keys, limit, row === undefined ? 0 : number(row, "total"));
  });
}

export async function firstChildren(
  reads: Reads,
  parents: readonly string[],
  limit: number,
): Promise<readonly Child[]> {
  const rows = await reads.rows((parameters) => firstChildrenOf(parameters.add(parents), limit));
  const ofParents = Map.groupBy(rows, (row) => number(row, "number"));
  return [...ofParents.values()].flatMap((children) => children.slice(0, limit)).map(childOf);
}

/** The child groups of each parent that has any. */
export async function childGroupsOf(
  reads: Reads,
  parents: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, ChildGroups>> {
  const rows = parents.length === 0 ? [] : await reads.rows((parameters) => groupsOf(parameters.add(parents), limit));
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
  reads: Reads,
  parent: string,
  child: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await reads.rows(
    (parameters) => `WITH ${parameters.add({ parent, child })} AS one ${childrenAround(limit)}`,
  );
  const sides = Map.groupBy(rows, (row) => row["later"] === true);
  const [earlier, later] = [sides.get(false) ?? [], sides.get(true) ?? []];
  const fromEarlier = Math.max(limit - later.length, Math.ceil(limit / 2));
  return [...earlier.slice(-fromEarlier), ...later].slice(0, limit).map((row) => text(row, "key"));
}

function childOf(row: Row): Child {
  return { key: text(row, "key"), childCount: number(row, "children") };
}
