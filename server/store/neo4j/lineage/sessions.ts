import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { logonSession } from "../../../lineage/logon-session.ts";
import { truncation } from "../../lineage/pages.ts";
import type { SessionQuery } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import { indexed } from "../indexed.ts";
import { inAccounts, type QueryParameters } from "../parameters.ts";
import type { Reads } from "../reads.ts";
import { number, optionalText, type Row, text } from "../row.ts";
import { sessionRow } from "./rows.ts";

/** What a query returns for a session `s`. */
export const SESSION = `{body: s.body, processes: coalesce(s.processes, 0),
  mainUser: COLLECT { MATCH (u:User)-[r:ACTIVE_IN]->(s) RETURN u.body ORDER BY r.processes DESC, u.key LIMIT 1 }[0]}`;
export async function sessionsByKey(reads: Reads, keys: readonly string[]): Promise<readonly LogonSession[]> {
  const rows =
    keys.length === 0
      ? []
      : await reads.rows(
          (parameters) => `UNWIND ${parameters.add(keys)} AS key MATCH (s:Session {key: key}) RETURN ${SESSION}`,
        );
  return rows.map(sessionOf);
}

/** The sessions that processes run in, each once. */
export async function sessionsOfProcesses(reads: Reads, keys: readonly string[]): Promise<readonly LogonSession[]> {
  const rows =
    keys.length === 0
      ? []
      : await reads.rows(
          (parameters) => `
            UNWIND ${parameters.add(keys)} AS key
            MATCH (p:Identity {key: key})
            WITH DISTINCT p.sessionKey AS sessionKey
            MATCH (s:Session {key: sessionKey})
            RETURN ${SESSION}`,
        );
  return rows.map(sessionOf);
}

/** The sessions that processes and their ancestors run in, each once. The number never comes from outside. */
export async function sessionsOnPaths(
  reads: Reads,
  keys: readonly string[],
  generations: number,
): Promise<readonly LogonSession[]> {
  const rows =
    keys.length === 0
      ? []
      : await reads.rows(
          (parameters) => `
            UNWIND ${parameters.add(keys)} AS key
            MATCH (given:Identity {key: key})
            WITH COLLECT { MATCH (given)-[:JOINED_TO*0..]->(p:Process) RETURN p }[0] AS p WHERE p IS NOT NULL
            MATCH (p)<-[:SPAWNED*0..${Math.trunc(generations)}]-(up:Identity)
            WITH DISTINCT up.sessionKey AS sessionKey
            MATCH (s:Session {key: sessionKey})
            RETURN ${SESSION}`,
        );
  return rows.map(sessionOf);
}

/** Sessions by host, by user (who opened it or runs a process in it) or by key. */
export async function pageOfSessions(reads: Reads, query: SessionQuery): Promise<Page<LogonSession>> {
  const [total, rows] = await Promise.all([
    reads.count((parameters) => `${matching(query, parameters)} RETURN s`),
    reads.rows(
      (parameters) => `
        ${matching(query, parameters)}
        WITH s ORDER BY coalesce(s.openedAt, ${Number.MIN_SAFE_INTEGER}) DESC, s.key
        LIMIT ${Math.trunc(query.limit)}
        RETURN ${SESSION}`,
    ),
  ]);
  const items = rows.map(sessionOf);
  return total > items.length ? { items, total, truncationReason: truncation(items, total) } : { items, total };
}

/** Starts from the most selective pattern and filters by the rest. */
function matching({ accounts, keys, userKeys, hosts, logons }: SessionQuery, parameters: QueryParameters): string {
  const conditions = [
    ...(accounts === undefined
      ? []
      : [
          `EXISTS { MATCH (s)-[:OF|ACTIVE_IN]-(u:User) WHERE ${inAccounts(accounts, { user: "u.key", host: "s.host" }, parameters)} }`,
        ]),
    ...(hosts === undefined ? [] : [`s.host IN ${parameters.add(hosts.map(indexed))}`]),
    ...(userKeys === undefined
      ? []
      : [`EXISTS { MATCH (s)-[:OF|ACTIVE_IN]-(u:User) WHERE u.key IN ${parameters.add(userKeys.map(indexed))} }`]),
  ];
  const started = { keys, userKeys: userKeys ?? accounts?.flatMap((scope) => scope.userKeys), hosts, logons };
  return `${startOf(started, parameters)}
    WITH DISTINCT s ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`}`;
}

function startOf({ keys, userKeys, hosts, logons }: Omit<SessionQuery, "limit">, parameters: QueryParameters): string {
  if (keys !== undefined) {
    return `UNWIND ${parameters.add(keys)} AS key MATCH (s:Session {key: key})`;
  }
  if (logons !== undefined) {
    const asked = logons.map(({ host, logonId }) => ({ host: indexed(host), logonId }));
    return `UNWIND ${parameters.add(asked)} AS one MATCH (s:Session {host: one.host, logonId: one.logonId})`;
  }
  if (userKeys !== undefined) {
    return `UNWIND ${parameters.add(userKeys.map(indexed))} AS userKey
      MATCH (:User {key: userKey})-[:OF|ACTIVE_IN]-(s:Session)`;
  }
  return hosts === undefined
    ? "MATCH (s:Session)"
    : `UNWIND ${parameters.add(hosts.map(indexed))} AS host
      MATCH (s:Session) USING INDEX s:Session(host, logonId) WHERE s.host = host AND s.logonId IS NOT NULL`;
}

export function sessionOf(row: Row): LogonSession {
  const mainUser = optionalText(row, "mainUser");
  return logonSession(sessionRow(text(row, "body")), {
    processes: number(row, "processes"),
    mainUser: mainUser === undefined ? undefined : accountOf({ body: mainUser }),
  });
}
