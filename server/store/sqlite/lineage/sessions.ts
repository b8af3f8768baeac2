import type { Account } from "#contracts/account";
import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { logonSession } from "../../../lineage/logon-session.ts";
import { truncation } from "../../lineage/pages.ts";
import type { SessionQuery } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import { allOf, anyOf, type Clause } from "../clause.ts";
import { type Connection, number, type Row } from "../connection.ts";
import { sessionRow } from "./rows.ts";

const sessionsWithKeys = "SELECT key, body, processes FROM sessions WHERE key IN (SELECT value FROM json_each(?))";
const sessionsWithProcesses = `
  SELECT key, body, processes FROM sessions WHERE key IN (
    SELECT session_key FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value)`;
const mainUserOf = `
  SELECT users.key, users.body FROM user_sessions JOIN users ON users.key = user_key
  WHERE session_key = ? AND processes > 0 ORDER BY processes DESC, user_key LIMIT 1`;

export function sessionsByKey(connection: Connection, keys: readonly string[]): readonly LogonSession[] {
  if (keys.length === 0) {
    return [];
  }
  return connection
    .prepare(sessionsWithKeys)
    .all(JSON.stringify(keys))
    .map((row) => sessionOf(connection, row));
}

/** The sessions that processes run in, each once. */
export function sessionsOfProcesses(connection: Connection, keys: readonly string[]): readonly LogonSession[] {
  return connection
    .prepare(sessionsWithProcesses)
    .all(JSON.stringify(keys))
    .map((row) => sessionOf(connection, row));
}

/** Sessions by host, by user (who opened it or runs a process in it) or by key. */
export function pageOfSessions(connection: Connection, query: SessionQuery): Page<LogonSession> {
  const where = clauseOf(query);
  const counted = connection
    .prepare(`SELECT count(*) AS total FROM sessions WHERE ${where.sql}`)
    .get(...where.parameters);
  const total = counted === undefined ? 0 : number(counted, "total");
  const items = connection
    .prepare(`SELECT key, body, processes FROM sessions WHERE ${where.sql} ORDER BY opened DESC, key LIMIT ?`)
    .all(...where.parameters, query.limit)
    .map((row) => sessionOf(connection, row));
  return total > items.length ? { items, total, truncationReason: truncation(items, total) } : { items, total };
}

function clauseOf({ accounts, hosts, userKeys, keys, logons }: SessionQuery): Clause {
  const filter = (values: readonly string[] | undefined, sql: string, uses = 1): Clause[] =>
    values === undefined ? [] : [{ sql, parameters: new Array(uses).fill(JSON.stringify(values)) }];
  return allOf(
    ...(accounts === undefined ? [] : [anyOf(...accounts.map((scope) => clauseOf({ ...scope, limit: 0 })))]),
    ...filter(hosts, "host IN (SELECT value FROM json_each(?))"),
    ...filter(
      userKeys,
      `(user_key IN (SELECT value FROM json_each(?)) OR key IN (
        SELECT session_key FROM user_sessions WHERE user_key IN (SELECT value FROM json_each(?)) AND processes > 0))`,
      2,
    ),
    ...filter(keys, "key IN (SELECT value FROM json_each(?))"),
    ...(logons === undefined
      ? []
      : [
          {
            sql: `(host, logon_id) IN (
              SELECT json_extract(value, '$.host'), json_extract(value, '$.logonId') FROM json_each(?))`,
            parameters: [JSON.stringify(logons)],
          },
        ]),
  );
}

function sessionOf(connection: Connection, row: Row): LogonSession {
  const session = sessionRow(row);
  const mainUser = session.user === undefined ? userOf(connection.prepare(mainUserOf).get(session.key)) : undefined;
  return logonSession(session, { processes: number(row, "processes"), mainUser });
}

function userOf(row: Row | undefined): Account | undefined {
  return row === undefined ? undefined : accountOf(row);
}
