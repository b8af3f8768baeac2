import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { ProcessQuery } from "../../lineage/port.ts";
import { type ProcessScope, processScopes } from "../../lineage/process-scopes.ts";
import { allOf, equalsIfSet } from "../clause.ts";
import { type Connection, optionalNumber } from "../connection.ts";
import { sortKeys } from "./rows.ts";
import { sessionsByKey } from "./sessions.ts";

/**
 * Started processes of hosts, users or a session (or a combination), newest first, with the exact total. Each scope is
 * read along its index and the lists are merged: an IN would sort all processes of an account.
 */
export function pageOfProcesses(connection: Connection, query: ProcessQuery): KeyPage {
  const { limit } = query;
  const before = decodeCursor(query.cursor, ["number", "string"]) ?? afterAll;
  const scopes = processScopes(query);
  const rows = scopes
    .flatMap(({ host, userKey, sessionKey }) => {
      const scope = allOf(
        ...equalsIfSet("session_key", sessionKey),
        ...equalsIfSet("user_key", userKey),
        ...equalsIfSet("host", host),
      );
      const sql = `SELECT key, at FROM processes WHERE ${scope.sql}
        AND started = 1 AND (at, key) < (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
      return sortKeys(connection, sql, [...scope.parameters, ...before, limit + 1]);
    })
    .sort(([at, key], [otherAt, otherKey]) => otherAt - at || (otherKey < key ? -1 : 1));
  return keyPage(
    rows,
    limit,
    scopes.reduce((sum, scope) => sum + totalOf(connection, scope), 0),
  );
}

/** From counters, without scanning. */
function totalOf(connection: Connection, { host, userKey, sessionKey }: ProcessScope): number {
  const sum = (sql: string, ...parameters: readonly string[]) => {
    const row = connection.prepare(sql).get(...parameters);
    return row === undefined ? 0 : (optionalNumber(row, "total") ?? 0);
  };
  if (sessionKey !== undefined) {
    const isOnOtherHost = host !== undefined && sessionsByKey(connection, [sessionKey])[0]?.host !== host;
    if (isOnOtherHost) {
      return 0;
    }
    return userKey === undefined
      ? sum("SELECT processes AS total FROM sessions WHERE key = ?", sessionKey)
      : sum("SELECT processes AS total FROM user_sessions WHERE session_key = ? AND user_key = ?", sessionKey, userKey);
  }
  if (userKey !== undefined) {
    return host === undefined
      ? sum("SELECT sum(processes) AS total FROM user_hosts WHERE user_key = ?", userKey)
      : sum("SELECT processes AS total FROM user_hosts WHERE user_key = ? AND host = ?", userKey, host);
  }
  return host === undefined ? 0 : sum("SELECT processes AS total FROM host_counts WHERE host = ?", host);
}
