import { account } from "#contracts/account";
import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { logonSession } from "../../../lineage/logon-session.ts";
import { truncation } from "../../lineage/pages.ts";
import type { SessionQuery } from "../../lineage/port.ts";
import { number, optionalText, type Queries, type Row, text } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { sessionRow } from "./rows.ts";

const SESSION = `s.body AS body, coalesce(s.processes, 0) AS processes,
  COLLECT { MATCH (u:User)-[r:ACTIVE_IN]->(s) RETURN u.body ORDER BY r.processes DESC, u.key LIMIT 1 }[0] AS mainUser`;
const sessionsWithKeys = `UNWIND $keys AS key MATCH (s:Session {key: key}) RETURN ${SESSION}`;
const sessionsBy = {
  keys: "UNWIND $keys AS key MATCH (s:Session {key: key})",
  users: "UNWIND $userKeys AS userKey MATCH (:User {key: userKey})-[:OF|ACTIVE_IN]-(s:Session)",
  hosts:
    "UNWIND $hosts AS host MATCH (s:Session) USING INDEX s:Session(host, logonId) WHERE s.host = host AND s.logonId IS NOT NULL",
  all: "MATCH (s:Session)",
};
const filter = `
  WITH DISTINCT s
  WHERE ($hosts IS NULL OR s.host IN $hosts)
    AND ($userKeys IS NULL OR EXISTS { MATCH (s)-[:OF|ACTIVE_IN]-(u:User) WHERE u.key IN $userKeys })`;

export async function sessionsByKey(queries: Queries, keys: readonly string[]): Promise<readonly LogonSession[]> {
  return keys.length === 0 ? [] : (await queries.run(sessionsWithKeys, { keys })).map(sessionOf);
}

/** Sessions by host, by user (who opened it or runs a process in it) or by key. */
export async function pageOfSessions(queries: Queries, query: SessionQuery): Promise<Page<LogonSession>> {
  const { keys, userKeys, hosts, limit } = query;
  const from = startOf(query);
  const parameters = {
    keys,
    hosts: hosts?.map(indexed),
    userKeys: userKeys?.map(indexed),
    limit,
    never: Number.MIN_SAFE_INTEGER,
  };
  const [rows, [counted]] = await Promise.all([
    queries.run(
      `${from} ${filter}
       WITH s, coalesce(s.openedAt, $never) AS opened ORDER BY opened DESC, s.key LIMIT $limit
       RETURN ${SESSION} ORDER BY opened DESC, s.key`,
      parameters,
    ),
    queries.run(`${from} ${filter} RETURN count(s) AS total`, parameters),
  ]);
  const items = rows.map(sessionOf);
  const total = counted === undefined ? 0 : number(counted, "total");
  return total > items.length ? { items, total, truncationReason: truncation(items, total) } : { items, total };
}

/** The most selective pattern for a query; the filter checks the rest. */
function startOf({ keys, userKeys, hosts }: SessionQuery): string {
  if (keys !== undefined) {
    return sessionsBy.keys;
  }
  if (userKeys !== undefined) {
    return sessionsBy.users;
  }
  return hosts !== undefined ? sessionsBy.hosts : sessionsBy.all;
}

function sessionOf(row: Row): LogonSession {
  const mainUser = optionalText(row, "mainUser");
  return logonSession(sessionRow(text(row, "body")), {
    processes: number(row, "processes"),
    mainUser: mainUser === undefined ? undefined : account.parse(JSON.parse(mainUser)),
  });
}
