import type { Page } from "#contracts/event";
import { type Account, account, type LogonSession } from "#contracts/lineage";
import { firstLabel } from "../../../lineage/aliases.ts";
import { logonSession } from "../../../lineage/sessions.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { LineageReader, ProcessQuery, SessionQuery } from "../../lineage/port.ts";
import { type ProcessPart, processParts } from "../../lineage/process-parts.ts";
import { type Connection, number, optionalNumber, type Row, type SqlValue, text } from "../connection.ts";
import { sessionRow } from "./rows.ts";

const LATEST = [Number.MAX_SAFE_INTEGER, "~"] as const;

const sessionsOfKeys = "SELECT key, body, processes FROM sessions WHERE key IN (SELECT value FROM json_each(?))";
const mainUserOf = `
  SELECT users.body FROM user_sessions JOIN users ON users.key = user_key
  WHERE session_key = ? AND processes > 0 ORDER BY processes DESC, user_key LIMIT 1`;
const hosts = `
  SELECT host, processes,
    (SELECT min(at) FROM processes p WHERE p.host = h.host) AS first,
    (SELECT max(at) FROM processes p WHERE p.host = h.host) AS last
  FROM host_counts h ORDER BY host`;
/** A name that goes on after its first label lies between "label." and "label/". */
const labelledHosts = `
  SELECT host FROM json_each(?) wanted CROSS JOIN host_counts ON host = wanted.value
  UNION SELECT host FROM json_each(?) wanted CROSS JOIN host_counts
    ON host >= wanted.value || '.' AND host < wanted.value || '/'
  ORDER BY host`;
const users = `
  SELECT users.key, users.body, json_group_array(host ORDER BY host) AS hosts, sum(processes) AS processes,
    (SELECT max(at) FROM processes p WHERE p.user_key = users.key) AS last
  FROM users JOIN user_hosts ON user_hosts.user_key = users.key
  WHERE processes > 0 GROUP BY users.key ORDER BY users.key`;

/** Keys with their place in time, as pages are cut by it. */
export function keysAndTimes(
  connection: Connection,
  sql: string,
  parameters: readonly SqlValue[],
): readonly (readonly [number, string])[] {
  return connection
    .prepare(sql)
    .all(...parameters)
    .map((row) => [number(row, "at"), text(row, "key")] as const);
}

/**
 * Started processes of hosts, users or a session (or of several of them at once), newest first, with the exact total. Each
 * host and key is read along its index and the lists are merged: an IN would sort all processes of the account.
 */
export function pageOfProcesses(
  connection: Connection,
  query: ProcessQuery,
): { readonly keys: readonly string[]; readonly total: number; readonly next: string | undefined } {
  const { limit } = query;
  const before = decodeCursor(query.cursor, ["number", "string"]) ?? LATEST;
  const parts = processParts(query);
  const rows = parts
    .flatMap(({ host, userKey, sessionKey }) => {
      const asked = [
        ...(sessionKey === undefined ? [] : [["session_key = ?", sessionKey] as const]),
        ...(userKey === undefined ? [] : [["user_key = ?", userKey] as const]),
        ...(host === undefined ? [] : [["host = ?", host] as const]),
      ];
      const sql = `SELECT key, at FROM processes WHERE ${asked.map(([condition]) => condition).join(" AND ")}
        AND started = 1 AND (at, key) < (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
      return keysAndTimes(connection, sql, [...asked.map(([, value]) => value), ...before, limit + 1]);
    })
    .sort(([at, key], [otherAt, otherKey]) => otherAt - at || (otherKey < key ? -1 : 1));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    keys: page.map(([, key]) => key),
    total: parts.reduce((sum, part) => sum + totalOf(connection, part), 0),
    next: rows.length > limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}

/** From the counters, never by scanning. A session is of one host. */
function totalOf(connection: Connection, { host, userKey, sessionKey }: ProcessPart): number {
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
    .map((row) => sessionOf(connection, row));
}

/** Sessions by host, user (who opened it or runs something in it) or key, the latest opened first, those without an opening last. */
export function pageOfSessions(connection: Connection, query: SessionQuery): Page<LogonSession> {
  const asked = [
    ...(query.hosts === undefined
      ? []
      : [["host IN (SELECT value FROM json_each(?))", [JSON.stringify(query.hosts)]] as const]),
    ...(query.userKeys === undefined
      ? []
      : [
          [
            `(user_key IN (SELECT value FROM json_each(?)) OR key IN (
              SELECT session_key FROM user_sessions WHERE user_key IN (SELECT value FROM json_each(?)) AND processes > 0))`,
            [JSON.stringify(query.userKeys), JSON.stringify(query.userKeys)],
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
    .map((row) => sessionOf(connection, row));
  return total > items.length
    ? { items, total, truncationReason: `${items.length} of ${total} are shown at once` }
    : { items, total };
}

function sessionOf(connection: Connection, row: Row): LogonSession {
  const session = sessionRow(row);
  const mainUser = session.user === undefined ? userOf(connection.prepare(mainUserOf).get(session.key)) : undefined;
  return logonSession(session, { processes: number(row, "processes"), mainUser });
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

export function hostsLabelled(connection: Connection, labels: readonly string[]): readonly string[] {
  const asked = JSON.stringify(labels);
  return connection
    .prepare(labelledHosts)
    .all(asked, asked)
    .map((row) => text(row, "host"))
    .filter((host) => labels.includes(firstLabel(host)));
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
