import type { Page } from "#contracts/event";
import { type Account, account, type LogonSession } from "#contracts/lineage";
import { SERVICE_LOGONS } from "../../lineage/keys.ts";
import type { LineageReader } from "../port.ts";
import { type Connection, number, optionalNumber, type Row, text } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { sessionRow } from "./lineage-rows.ts";

type ProcessQuery = Parameters<LineageReader["processesIn"]>[0];
type SessionQuery = Parameters<LineageReader["sessions"]>[0];

const LATEST = [Number.MAX_SAFE_INTEGER, "~"] as const;

const sessionsOfKeys = "SELECT key, body, processes FROM sessions WHERE key IN (SELECT value FROM json_each(?))";
const mainUser = `
  SELECT users.body FROM user_sessions JOIN users ON users.key = user_key
  WHERE session_key = ? AND processes > 0 ORDER BY processes DESC, user_key LIMIT 1`;
const hosts = `
  SELECT host, processes,
    (SELECT min(at) FROM processes p WHERE p.host = h.host) AS first,
    (SELECT max(at) FROM processes p WHERE p.host = h.host) AS last
  FROM host_counts h ORDER BY host`;
const users = `
  SELECT users.key, users.body, json_group_array(host ORDER BY host) AS hosts, sum(processes) AS processes,
    (SELECT max(at) FROM processes p WHERE p.user_key = users.key) AS last
  FROM users JOIN user_hosts ON user_hosts.user_key = users.key
  WHERE processes > 0 GROUP BY users.key ORDER BY users.key`;

/** Keys with their place in time, as pages are cut by it. */
export function keysAndTimes(
  connection: Connection,
  sql: string,
  parameters: readonly (string | number)[],
): readonly (readonly [number, string])[] {
  return connection
    .prepare(sql)
    .all(...parameters)
    .map((row) => [number(row, "at"), text(row, "key")] as const);
}

/** Started processes of a host, user or session (or of several of them at once), newest first, with the exact total. */
export function pageOfProcesses(
  connection: Connection,
  query: ProcessQuery,
): { readonly keys: readonly string[]; readonly total: number; readonly next: string | undefined } {
  const { host, userKey, sessionKey, limit } = query;
  const asked = [
    ...(sessionKey === undefined ? [] : [["session_key = ?", sessionKey] as const]),
    ...(userKey === undefined ? [] : [["user_key = ?", userKey] as const]),
    ...(host === undefined ? [] : [["host = ?", host] as const]),
  ];
  if (asked.length === 0) {
    throw new Error("processes are listed by host, user or session");
  }
  const before = decodeCursor(query.cursor, ["number", "string"]) ?? LATEST;
  const sql = `SELECT key, at FROM processes WHERE ${asked.map(([condition]) => condition).join(" AND ")}
    AND started = 1 AND (at, key) < (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
  const rows = keysAndTimes(connection, sql, [...asked.map(([, value]) => value), ...before, limit + 1]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    keys: page.map(([, key]) => key),
    total: totalOf(connection, query),
    next: rows.length > limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}

/** From the counters, never by scanning. A session is of one host. */
function totalOf(connection: Connection, { host, userKey, sessionKey }: ProcessQuery): number {
  const sum = (sql: string, ...parameters: readonly string[]) => {
    const row = connection.prepare(sql).get(...parameters);
    return row === undefined ? 0 : (optionalNumber(row, "total") ?? 0);
  };
  if (sessionKey !== undefined) {
    const elsewhere = host !== undefined && sessionsByKey(connection, [sessionKey])[0]?.host !== host;
    if (elsewhere) {
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

export function sessionsByKey(connection: Connection, keys: readonly string[]): readonly LogonSession[] {
  if (keys.length === 0) {
    return [];
  }
  return connection
    .prepare(sessionsOfKeys)
    .all(JSON.stringify(keys))
    .map((row) => logonSession(connection, row));
}

/** Sessions by host, user (who opened it or runs something in it) or key, the latest opened first, those without an opening last. */
export function pageOfSessions(connection: Connection, query: SessionQuery): Page<LogonSession> {
  const asked = [
    ...(query.host === undefined ? [] : [["host = ?", [query.host]] as const]),
    ...(query.userKey === undefined
      ? []
      : [
          [
            "(user_key = ? OR key IN (SELECT session_key FROM user_sessions WHERE user_key = ? AND processes > 0))",
            [query.userKey, query.userKey],
          ] as const,
        ]),
    ...(query.keys === undefined
      ? []
      : [["key IN (SELECT value FROM json_each(?))", [JSON.stringify(query.keys)]] as const]),
  ];
  const where = asked.length === 0 ? "" : `WHERE ${asked.map(([condition]) => condition).join(" AND ")}`;
  const parameters = asked.flatMap(([, values]) => values);
  const counted = connection.prepare(`SELECT count(*) AS total FROM sessions ${where}`).get(...parameters);
  const total = counted === undefined ? 0 : number(counted, "total");
  const items = connection
    .prepare(`SELECT key, body, processes FROM sessions ${where} ORDER BY opened DESC, key LIMIT ?`)
    .all(...parameters, query.limit)
    .map((row) => logonSession(connection, row));
  return total > items.length
    ? { items, total, cut: `${items.length} of ${total} are shown at once` }
    : { items, total };
}

function logonSession(connection: Connection, row: Row): LogonSession {
  const { key, host, logonId, opened, closed, privileged, user } = sessionRow(row);
  return {
    key,
    host,
    logonId,
    user: user ?? userOf(connection.prepare(mainUser).get(key)),
    logonType: opened?.logonType,
    logonTypeName: opened?.logonTypeName,
    authenticationPackage: opened?.authenticationPackage,
    opened: opened === undefined ? undefined : new Date(opened.time).toISOString(),
    closed: closed === undefined ? undefined : new Date(closed).toISOString(),
    sourceIp: opened?.sourceIp,
    sourcePort: opened?.sourcePort,
    sourceHost: opened?.sourceHost,
    openedBy: opened?.source,
    service: SERVICE_LOGONS.has(logonId),
    privileged,
    processCount: number(row, "processes"),
  };
}

function userOf(row: Row | undefined): Account | undefined {
  return row === undefined ? undefined : account.parse(JSON.parse(text(row, "body")));
}

export function hostList(connection: Connection): Awaited<ReturnType<LineageReader["hosts"]>> {
  return connection
    .prepare(hosts)
    .all()
    .map((row) => ({
      host: text(row, "host"),
      processes: number(row, "processes"),
      first: optionalNumber(row, "first"),
      last: optionalNumber(row, "last"),
    }));
}

export function userList(connection: Connection): Awaited<ReturnType<LineageReader["users"]>> {
  return connection
    .prepare(users)
    .all()
    .map((row) => ({
      key: text(row, "key"),
      account: account.parse(JSON.parse(text(row, "body"))),
      hosts: JSON.parse(text(row, "hosts")) as string[],
      processes: number(row, "processes"),
      last: optionalNumber(row, "last"),
    }));
}
