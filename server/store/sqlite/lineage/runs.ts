import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { RunQuery } from "../../lineage/port.ts";
import { allOf, equalsIfSet, within } from "../clause.ts";
import { type Connection, number } from "../connection.ts";
import { sortKeys } from "./rows.ts";

/** Comparable process starts, read from the covering index of their image or hash. */
export function pageOfRuns(connection: Connection, query: RunQuery): KeyPage {
  const where = allOf(
    ...("hash" in query
      ? equalsIfSet("hash", query.hash)
      : [
          { sql: "started = 1", parameters: [] },
          ...equalsIfSet("name", query.name),
          ...equalsIfSet("cluster", query.childGroup),
        ]),
    ...equalsIfSet("host", query.host),
    within("at", query),
  );
  const counted = connection
    .prepare(`SELECT count(*) AS total FROM processes WHERE ${where.sql}`)
    .get(...where.parameters);
  const [after, direction, start] =
    query.order === "oldest-first" ? ([">", "ASC", beforeAll] as const) : (["<", "DESC", afterAll] as const);
  const rows = sortKeys(
    connection,
    `SELECT key, at FROM processes WHERE ${where.sql} AND (at, key) ${after} (?, ?)
     ORDER BY at ${direction}, key ${direction} LIMIT ?`,
    [...where.parameters, ...(decodeCursor(query.cursor, ["number", "string"]) ?? start), query.limit + 1],
  );
  return keyPage(rows, query.limit, counted === undefined ? 0 : number(counted, "total"));
}
