import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { RunQuery } from "../../lineage/port.ts";
import { type Connection, number } from "../connection.ts";
import { both, type Clause, within } from "../events/prefilter.ts";
import { keysAndTimes } from "./pivots.ts";

/** Processes that are alike, along the index of their image or hash, which holds all that is asked for. */
export function pageOfRuns(
  connection: Connection,
  query: RunQuery,
): { readonly keys: readonly string[]; readonly total: number; readonly next: string | undefined } {
  const exact = (column: string, value: string | undefined): Clause[] =>
    value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }];
  const all = both(
    ...("hash" in query
      ? exact("hash", query.hash)
      : [{ sql: "started = 1", parameters: [] }, ...exact("name", query.name), ...exact("cluster", query.childGroup)]),
    ...exact("host", query.host),
    within("at", query),
  );
  const counted = connection.prepare(`SELECT count(*) AS total FROM processes WHERE ${all.sql}`).get(...all.parameters);
  const [after, direction, start] =
    query.order === "oldest-first"
      ? ([">", "ASC", [Number.MIN_SAFE_INTEGER, ""]] as const)
      : (["<", "DESC", [Number.MAX_SAFE_INTEGER, "~"]] as const);
  const behind = decodeCursor(query.cursor, ["number", "string"]) ?? start;
  const rows = keysAndTimes(
    connection,
    `SELECT key, at FROM processes WHERE ${all.sql} AND (at, key) ${after} (?, ?)
     ORDER BY at ${direction}, key ${direction} LIMIT ?`,
    [...all.parameters, ...behind, query.limit + 1],
  );
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    keys: page.map(([, key]) => key),
    total: counted === undefined ? 0 : number(counted, "total"),
    next: rows.length > query.limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}
