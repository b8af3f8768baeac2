import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, keyPage, nodePage } from "../../lineage/pages.ts";
import type { ProcessQuery } from "../../lineage/port.ts";
import { type ProcessScope, processScopes } from "../../lineage/process-scopes.ts";
import { indexedIfAny } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { list, number } from "../row.ts";
import { node, nodesOf } from "./nodes.ts";
import { sortKeyOf } from "./rows.ts";

/** Pages of started processes along the index of one property, newest first. The other two properties filter. */
const pageBy = (property: "sessionKey" | "userKey" | "host") => (limit: number) =>
  `
  UNWIND one.scopes AS scope
  CALL (one, scope) {
    MATCH (p:Identity) USING INDEX p:Identity(${property}, at, key)
    WHERE p.${property} = scope.${property} AND p.at <= one.at AND p.key IS NOT NULL
      AND (p.at < one.at OR p.key < one.key)
      AND p.started
      AND (scope.sessionKey IS NULL OR p.sessionKey = scope.sessionKey)
      AND (scope.userKey IS NULL OR p.userKey = scope.userKey)
      AND (scope.host IS NULL OR p.host = scope.host)
    RETURN p.key AS key, p.at AS at
    ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT ${limit}
  }
  WITH key, at ORDER BY at DESC, key DESC LIMIT ${limit}
  MATCH (p:Identity {key: key}) ${node("requested: p.key")} ORDER BY at DESC, key DESC`;
const pages = { session: pageBy("sessionKey"), user: pageBy("userKey"), host: pageBy("host") };

const totalOf = (processes: string) => `
  UNWIND one.scopes AS scope
  ${processes}
  RETURN coalesce(sum(processes), 0)`;
const totals = {
  session: totalOf(`
    MATCH (s:Session {key: scope.sessionKey}) WHERE scope.host IS NULL OR s.host = scope.host
    WITH s.processes AS processes`),
  userInSession: totalOf(`
    MATCH (:User {key: scope.userKey})-[r:ACTIVE_IN]->(s:Session {key: scope.sessionKey})
    WHERE scope.host IS NULL OR s.host = scope.host
    WITH r.processes AS processes`),
  user: totalOf(`
    MATCH (:User {key: scope.userKey})-[r:ACTIVE_ON]->(h:Host) WHERE scope.host IS NULL OR h.name = scope.host
    WITH r.processes AS processes`),
  userOnHost: totalOf(
    "MATCH (:User {key: scope.userKey})-[r:ACTIVE_ON]->(:Host {name: scope.host}) WITH r.processes AS processes",
  ),
  host: totalOf("MATCH (h:Host {name: scope.host}) WITH h.processes AS processes"),
};

/** Queries that one query answers together: what is the same in all of them. */
export function processQueryKind(query: ProcessQuery): string {
  const kinds = processScopes(query).map(({ host, userKey, sessionKey }) =>
    JSON.stringify([host, userKey, sessionKey].map((value) => value !== undefined)),
  );
  return JSON.stringify([query.limit, [...new Set(kinds)]]);
}

/**
 * Started processes of hosts, users or a session (or a combination), newest first, with the exact total, for queries of
 * one kind.
 */
export async function pagesOfProcesses(
  reads: Reads,
  asked: readonly ProcessQuery[],
): Promise<readonly Page<ProcessNode>[]> {
  const [first] = asked;
  if (first === undefined) {
    return [];
  }
  const asks = asked.map((query, number) => {
    const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? afterAll;
    const scopes = processScopes(query).map(({ host, userKey, sessionKey }) => ({
      host: indexedIfAny(host),
      userKey: indexedIfAny(userKey),
      sessionKey,
    }));
    return { number, scopes, at, key };
  });
  const [pageQuery, total] = queriesFor(processScopes(first));
  const rows = await reads.rows(
    (parameters) => `
      UNWIND ${parameters.add(asks)} AS one
      CALL (one) { ${total} AS total }
      RETURN {number: one.number, page: COLLECT { ${pageQuery(first.limit + 1)} }, total: total}`,
  );
  const byNumber = new Map(rows.map((row) => [number(row, "number"), row]));
  const pages = asked.map((query, index) => {
    const row = byNumber.get(index);
    const found = row === undefined ? [] : list(row, "page");
    return { found, page: keyPage(found.map(sortKeyOf), query.limit, row === undefined ? 0 : number(row, "total")) };
  });
  const nodes = new Map(
    await nodesOf(
      reads,
      pages.flatMap(({ found }) => found),
    ),
  );
  return pages.map(({ page }) =>
    nodePage(
      page,
      page.keys.flatMap((key) => nodes.get(key) ?? []),
    ),
  );
}

/** Pages come from the index that leaves the least to filter; totals from counters, without scanning. */
function queriesFor(scopes: readonly ProcessScope[]): readonly [page: (limit: number) => string, total: string] {
  const [scope] = scopes;
  if (scope?.sessionKey !== undefined) {
    return [pages.session, scope.userKey === undefined ? totals.session : totals.userInSession];
  }
  if (scope?.userKey !== undefined) {
    return [pages.user, scopes.every(({ host }) => host !== undefined) ? totals.userOnHost : totals.user];
  }
  return [pages.host, totals.host];
}
