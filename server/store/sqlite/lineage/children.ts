import { decodeCursor } from "../../../lib/cursor.ts";
import type { Child, ChildGroups } from "../../../lineage/collapse-children.ts";
import { beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { ChildrenQuery } from "../../lineage/port.ts";
import { type Connection, number, optionalNumber, type Row, text } from "../connection.ts";
import { sortKeys } from "./rows.ts";

const childCount = "SELECT child_count AS total FROM processes WHERE key = ?";
/** Every child has a recorded start, so `at` is never NULL. */
const childrenAfter = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) > (?, ?) ORDER BY at, key LIMIT ?`;
const childrenUpTo = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) <= (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
/** The first children by time of each parent in a JSON array. */
const firstChildrenOf = `
  SELECT c.key, c.child_count FROM json_each(?) wanted CROSS JOIN processes c
  ON c.rowid IN (SELECT rowid FROM processes WHERE parent_key = wanted.value ORDER BY at, key LIMIT ?)
  ORDER BY wanted.id, c.at, c.key`;
const groupMembersAfter = `
  SELECT key, at FROM processes WHERE parent_key = ? AND cluster = ? AND (at, key) > (?, ?) ORDER BY at, key LIMIT ?`;
const groupTotal = "SELECT processes AS total FROM child_clusters WHERE parent_key = ? AND cluster = ?";
const groupsOf = "SELECT cluster, processes FROM child_clusters WHERE parent_key = ? ORDER BY cluster LIMIT ?";
/** The first members of each child group of a parent. */
const firstGroupMembers = `
  SELECT c.cluster, c.key, c.child_count FROM child_clusters g CROSS JOIN processes c
  ON c.rowid IN (SELECT rowid FROM processes WHERE parent_key = g.parent_key AND cluster = g.cluster ORDER BY at, key LIMIT ?)
  WHERE g.parent_key = ? ORDER BY c.at, c.key`;
const startTime = "SELECT at FROM processes WHERE key = ?";
/** Members listed per child group. */
const FIRST_MEMBERS = 3;

/** Children of a process, or the members of one of its child groups, by start time. */
export function pageOfChildren(connection: Connection, parent: string, query: ChildrenQuery): KeyPage {
  const { childGroup, limit } = query;
  const after = decodeCursor(query.cursor, ["number", "string"]) ?? beforeAll;
  const [counted, rows] =
    childGroup === undefined
      ? [connection.prepare(childCount).get(parent), sortKeys(connection, childrenAfter, [parent, ...after, limit + 1])]
      : [
          connection.prepare(groupTotal).get(parent, childGroup),
          sortKeys(connection, groupMembersAfter, [parent, childGroup, ...after, limit + 1]),
        ];
  return keyPage(rows, limit, counted === undefined ? 0 : number(counted, "total"));
}

export function firstChildren(connection: Connection, parents: readonly string[], limit: number): readonly Child[] {
  return connection.prepare(firstChildrenOf).all(JSON.stringify(parents), limit).map(childOf);
}

/** The child groups of each parent that has any. */
export function childGroupsOf(
  connection: Connection,
  parents: readonly string[],
  limit: number,
): ReadonlyMap<string, ChildGroups> {
  return new Map(
    parents
      .map((parent) => [parent, groupsOfParent(connection, parent, limit)] as const)
      .filter(([, { groups, complete }]) => groups.length > 0 || !complete),
  );
}

function groupsOfParent(connection: Connection, parent: string, limit: number): ChildGroups {
  const counted = connection.prepare(groupsOf).all(parent, limit + 1);
  if (counted.length > limit) {
    return { groups: [], complete: false };
  }
  const members = connection.prepare(firstGroupMembers).all(FIRST_MEMBERS, parent);
  const membersByGroup = Map.groupBy(members, (row) => text(row, "cluster"));
  const groups = counted.map((row) => {
    const key = text(row, "cluster");
    return { key, total: number(row, "processes"), first: (membersByGroup.get(key) ?? []).map(childOf) };
  });
  return { groups, complete: true };
}

/** Keys of the children that started nearest to one of them, which is included, in order of time. */
export function keysAround(connection: Connection, parent: string, child: string, limit: number): readonly string[] {
  const row = connection.prepare(startTime).get(child);
  const place = [(row === undefined ? undefined : optionalNumber(row, "at")) ?? 0, child] as const;
  const upTo = (count: number) => sortKeys(connection, childrenUpTo, [parent, ...place, count]);
  const half = Math.ceil(limit / 2);
  const earlier = upTo(half);
  const later = sortKeys(connection, childrenAfter, [parent, ...place, limit - earlier.length]);
  const hasRoom = earlier.length === half && earlier.length + later.length < limit;
  const allEarlier = hasRoom ? upTo(limit - later.length) : earlier;
  return [...allEarlier.toReversed(), ...later].map(([, key]) => key);
}

function childOf(row: Row): Child {
  return { key: text(row, "key"), childCount: number(row, "child_count") };
}
