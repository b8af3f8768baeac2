import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { ProcessQuery } from "../../lineage/port.ts";
import { type ProcessScope, processScopes } from "../../lineage/process-scopes.ts";
import { number, type Queries } from "../connection.ts";
import { indexedIfAny } from "../indexed.ts";
import { sortKeyOf } from "./rows.ts";

/** Pages of started processes along the index of one property, newest first. The other two properties filter. */
const pageBy = (property: "sessionKey" | "userKey" | "host") => `
  UNWIND $scopes AS scope
  CALL (scope) {
    MATCH (p:Identity) USING INDEX p:Identity(${property}, at, key)
    WHERE p.${property} = scope.${property} AND p.at <= $at AND p.key IS NOT NULL AND (p.at < $at OR p.key < $key)
      AND p.started
      AND (scope.sessionKey IS NULL OR p.sessionKey = scope.sessionKey)
      AND (scope.userKey IS NULL OR p.userKey = scope.userKey)
      AND (scope.host IS NULL OR p.host = scope.host)
    RETURN p.key AS key, p.at AS at
    ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT $limit
  }
  RETURN key, at ORDER BY at DESC, key DESC LIMIT $limit`;
const pages = { session: pageBy("sessionKey"), user: pageBy("userKey"), host: pageBy("host") };

const totalOf = (processes: string) => `
  UNWIND $scopes AS scope
  ${processes}
  RETURN coalesce(sum(processes), 0) AS total`;
const totals = {
  session: totalOf(`
    MATCH (s:Session {key: scope.sessionKey}) WHERE scope.host IS NULL OR s.host = scope.host
    WITH s.processes AS processes`),
  userInSession: totalOf(`
    MATCH (:User {key: scope.userKey})-[r:ACTIVE_IN]->(s:Session {key: scope.sessionKey})
    WHERE scope.host IS NULL OR s.host = scope.host
    WITH r.processes AS processes`),
  user: totalOf("MATCH (:User {key: scope.userKey})-[r:ACTIVE_ON]->() WITH r.processes AS processes"),
  userOnHost: totalOf(
    "MATCH (:User {key: scope.userKey})-[r:ACTIVE_ON]->(:Host {name: scope.host}) WITH r.processes AS processes",
  ),
  host: totalOf("MATCH (h:Host {name: scope.host}) WITH h.processes AS processes"),
};

/** Started processes of hosts, users or a session (or a combination), newest first, with the exact total. */
export async function pageOfProcesses(queries: Queries, query: ProcessQuery): Promise<KeyPage> {
  const { limit } = query;
  const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? afterAll;
  const scopes = processScopes(query).map(({ host, userKey, sessionKey }) => ({
    host: indexedIfAny(host),
    userKey: indexedIfAny(userKey),
    sessionKey,
  }));
  const [page, total] = queriesFor(scopes[0]);
  const [rows, [counted]] = await Promise.all([
    queries.run(page, { scopes, at, key, limit: limit + 1 }),
    queries.run(total, { scopes }),
  ]);
  return keyPage(rows.map(sortKeyOf), limit, counted === undefined ? 0 : number(counted, "total"));
}

/** Pages come from the index that leaves the least to filter; totals from counters, without scanning. */
function queriesFor(scope: ProcessScope | undefined): readonly [page: string, total: string] {
  if (scope?.sessionKey !== undefined) {
    return [pages.session, scope.userKey === undefined ? totals.session : totals.userInSession];
  }
  if (scope?.userKey !== undefined) {
    return [pages.user, scope.host === undefined ? totals.user : totals.userOnHost];
  }
  return [pages.host, totals.host];
}
