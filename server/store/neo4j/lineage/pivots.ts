import type { Page } from "#contracts/event";
import { account, type LogonSession } from "#contracts/lineage";
import { firstLabel } from "../../../lineage/aliases.ts";
import { logonSession } from "../../../lineage/sessions.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { LineageReader, ProcessQuery, SessionQuery } from "../../lineage/port.ts";
import { type ProcessPart, processParts } from "../../lineage/process-parts.ts";
import { list, number, optionalNumber, optionalText, type Queries, type Row, text } from "../connection.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { sessionRow } from "./rows.ts";

const LATEST = [Number.MAX_SAFE_INTEGER, "~"] as const;

/** Pages of started processes along the index of one property, newest first; the other two filter. */
const pageBy = (property: "sessionKey" | "userKey" | "host") => `
  UNWIND $parts AS part
  CALL (part) {
    MATCH (p:Identity) USING INDEX p:Identity(${property}, at, key)
    WHERE p.${property} = part.${property} AND p.at <= $at AND p.key IS NOT NULL AND (p.at < $at OR p.key < $key)
      AND p.started
      AND (part.sessionKey IS NULL OR p.sessionKey = part.sessionKey)
      AND (part.userKey IS NULL OR p.userKey = part.userKey)
      AND (part.host IS NULL OR p.host = part.host)
    RETURN p.key AS key, p.at AS at
    ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT $most
  }
  RETURN key, at ORDER BY at DESC, key DESC LIMIT $most`;
const pages = { session: pageBy("sessionKey"), user: pageBy("userKey"), host: pageBy("host") };

const totalOf = (counted: string) => `
  UNWIND $parts AS part
  ${counted}
  RETURN coalesce(sum(processes), 0) AS total`;
const totals = {
  session: totalOf(`
    MATCH (s:Session {key: part.sessionKey}) WHERE part.host IS NULL OR s.host = part.host
    WITH s.processes AS processes`),
  userInSession: totalOf(`
    MATCH (:User {key: part.userKey})-[r:ACTIVE_IN]->(s:Session {key: part.sessionKey})
    WHERE part.host IS NULL OR s.host = part.host
    WITH r.processes AS processes`),
  user: totalOf("MATCH (:User {key: part.userKey})-[r:ACTIVE_ON]->() WITH r.processes AS processes"),
  userOnHost: totalOf(
    "MATCH (:User {key: part.userKey})-[r:ACTIVE_ON]->(:Host {name: part.host}) WITH r.processes AS processes",
  ),
  host: totalOf("MATCH (h:Host {name: part.host}) WITH h.processes AS processes"),
};

const SESSION = `s.body AS body, coalesce(s.processes, 0) AS processes,
  COLLECT { MATCH (u:User)-[r:ACTIVE_IN]->(s) RETURN u.body ORDER BY r.processes DESC, u.key LIMIT 1 }[0] AS mainUser`;
const sessionsOfKeys = `UNWIND $keys AS key MATCH (s:Session {key: key}) RETURN ${SESSION}`;
const sessionsFrom = {
  keys: "UNWIND $keys AS key MATCH (s:Session {key: key})",
  users: "UNWIND $userKeys AS userKey MATCH (:User {key: userKey})-[:OF|ACTIVE_IN]-(s:Session)",
  hosts:
    "UNWIND $hosts AS host MATCH (s:Session) USING INDEX s:Session(host, logonId) WHERE s.host = host AND s.logonId IS NOT NULL",
  all: "MATCH (s:Session)",
};
const sessionsWhere = `
  WITH DISTINCT s
  WHERE ($hosts IS NULL OR s.host IN $hosts)
    AND ($userKeys IS NULL OR EXISTS { MATCH (s)-[:OF|ACTIVE_IN]-(u:User) WHERE u.key IN $userKeys })`;

const hosts = `
  MATCH (h:Host) WHERE h.processes IS NOT NULL
  RETURN h.name AS host, h.processes AS processes,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
      WHERE p.host = h.name AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.host, p.at, p.key LIMIT 1
    }[0] AS first,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
      WHERE p.host = h.name AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.host DESC, p.at DESC, p.key DESC LIMIT 1
    }[0] AS last
  ORDER BY host`;
const labelledHosts = `
  UNWIND $labels AS label
  CALL (label) {
    MATCH (h:Host {name: label}) WHERE h.processes IS NOT NULL RETURN h.name AS host
    UNION
    MATCH (h:Host) WHERE h.name STARTS WITH label + '.' AND h.processes IS NOT NULL RETURN h.name AS host
  }
  RETURN DISTINCT host ORDER BY host`;
const users = `
  MATCH (u:User)-[r:ACTIVE_ON]->(h:Host)
  WITH u, r, h ORDER BY h.name
  WITH u, collect(h.name) AS hosts, sum(r.processes) AS processes
  RETURN u.key AS key, u.body AS body, hosts, processes,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(userKey, at, key)
      WHERE p.userKey = u.key AND p.at IS NOT NULL AND p.key IS NOT NULL
      RETURN p.at ORDER BY p.userKey DESC, p.at DESC, p.key DESC LIMIT 1
    }[0] AS last
  ORDER BY key`;

/** Started processes of hosts, users or a session (or of several of them at once), newest first, with the exact total. */
export async function pageOfProcesses(
  queries: Queries,
  query: ProcessQuery,
): Promise<{ readonly keys: readonly string[]; readonly total: number; readonly next: string | undefined }> {
  const { limit } = query;
  const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? LATEST;
  const parts = processParts(query).map(({ host, userKey, sessionKey }) => ({
    host: indexedIfAny(host),
    userKey: indexedIfAny(userKey),
    sessionKey,
  }));
  const [page, total] = queriesFor(parts[0]);
  const [rows, counted] = await Promise.all([
    queries.run(page, { parts, at, key, most: limit + 1 }),
    queries.run(total, { parts }),
  ]);
  const places = rows.slice(0, limit).map((row) => [number(row, "at"), text(row, "key")] as const);
  const last = places.at(-1);
  return {
    keys: places.map(([, one]) => one),
    total: counted[0] === undefined ? 0 : number(counted[0], "total"),
    next: rows.length > limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}

/** Pages come from the index that leaves least to filter; totals from counters, never from a scan. A session is of one host. */
function queriesFor(part: ProcessPart | undefined): readonly [page: string, total: string] {
  if (part?.sessionKey !== undefined) {
    return [pages.session, part.userKey === undefined ? totals.session : totals.userInSession];
  }
  if (part?.userKey !== undefined) {
    return [pages.user, part.host === undefined ? totals.user : totals.userOnHost];
  }
  return [pages.host, totals.host];
}

export async function sessionsByKey(queries: Queries, keys: readonly string[]): Promise<readonly LogonSession[]> {
  return keys.length === 0 ? [] : (await queries.run(sessionsOfKeys, { keys })).map(sessionOf);
}

/** Sessions by host, user (who opened it or runs something in it) or key, the latest opened first, those without an opening last. */
export async function pageOfSessions(queries: Queries, query: SessionQuery): Promise<Page<LogonSession>> {
  const { keys, userKeys, hosts: names, limit } = query;
  const from =
    keys !== undefined
      ? sessionsFrom.keys
      : userKeys !== undefined
        ? sessionsFrom.users
        : names !== undefined
          ? sessionsFrom.hosts
          : sessionsFrom.all;
  const asked = {
    keys,
    hosts: names?.map(indexed),
    userKeys: userKeys?.map(indexed),
    limit,
    never: Number.MIN_SAFE_INTEGER,
  };
  const [rows, counted] = await Promise.all([
    queries.run(
      `${from} ${sessionsWhere}
       WITH s, coalesce(s.openedAt, $never) AS opened ORDER BY opened DESC, s.key LIMIT $limit
       RETURN ${SESSION} ORDER BY opened DESC, s.key`,
      asked,
    ),
    queries.run(`${from} ${sessionsWhere} RETURN count(s) AS total`, asked),
  ]);
  const items = rows.map(sessionOf);
  const total = counted[0] === undefined ? 0 : number(counted[0], "total");
  return total > items.length
    ? { items, total, truncationReason: `${items.length} of ${total} are shown at once` }
    : { items, total };
}

function sessionOf(row: Row): LogonSession {
  const mainUser = optionalText(row, "mainUser");
  return logonSession(sessionRow(text(row, "body")), {
    processes: number(row, "processes"),
    mainUser: mainUser === undefined ? undefined : account.parse(JSON.parse(mainUser)),
  });
}

export async function hostList(queries: Queries): ReturnType<LineageReader["hosts"]> {
  return (await queries.run(hosts)).map((row) => ({
    host: text(row, "host"),
    processes: number(row, "processes"),
    first: optionalNumber(row, "first"),
    last: optionalNumber(row, "last"),
  }));
}

export async function hostsLabelled(queries: Queries, labels: readonly string[]): Promise<readonly string[]> {
  const rows = await queries.run(labelledHosts, { labels: labels.map(indexed) });
  return rows.map((row) => text(row, "host")).filter((host) => labels.includes(firstLabel(host)));
}

export async function userList(queries: Queries): ReturnType<LineageReader["users"]> {
  return (await queries.run(users)).map((row) => ({
    key: text(row, "key"),
    account: account.parse(JSON.parse(text(row, "body"))),
    hosts: list(row, "hosts").map(String),
    processes: number(row, "processes"),
    last: optionalNumber(row, "last"),
  }));
}
