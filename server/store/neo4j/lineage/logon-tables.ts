import { userKeyOf } from "../../../lineage/account.ts";
import { logonPlace } from "../../../lineage/derived.ts";
import { SERVICE_LOGONS } from "../../../lineage/keys.ts";
import { distinctLogons } from "../../../lineage/resolve/assign-sessions.ts";
import type { LogonIdentity, SessionRow } from "../../../lineage/tables.ts";
import type { LogonTables } from "../../lineage/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { list, number, text } from "../row.ts";
import { addLogonCounts, saveAccountTies } from "./accounts.ts";
import { writeCounts } from "./counts.ts";
import { remember } from "./process-tables.ts";
import { logonFact, STORED_ROW, sessionRow, storedRow } from "./rows.ts";
import { sendAll, type TransactionState } from "./save.ts";

const logonsOf = `
  UNWIND $ids AS id
  RETURN id.number AS number,
    COLLECT { MATCH (l:Logon {host: id.host, logonId: id.logonId}) RETURN {body: l.body} } AS facts,
    COLLECT { MATCH (s:Session {host: id.host, logonId: id.logonId}) RETURN {body: s.body} ORDER BY coalesce(s.openedAt, $never), s.key } AS sessions`;
const mergeLogons = `
  UNWIND $facts AS fact
  MERGE (l:Logon {eventId: fact.eventId})
  ON CREATE SET l += fact`;
const mergeAddresses = `
  UNWIND $addresses AS one
  MERGE (h:Host {name: one.host})
  MERGE (e:Endpoint {address: one.address})
  MERGE (h)-[had:HAD {name: one.name}]->(e)
  SET had.first = CASE WHEN had.first <= one.first THEN had.first ELSE one.first END,
    had.last = CASE WHEN had.last >= one.last THEN had.last ELSE one.last END`;
const countSessionsOf = `
  UNWIND $ids AS id
  RETURN id.number AS number, COUNT { MATCH (s:Session {host: id.host, logonId: id.logonId}) } AS sessions`;
const deleteOtherSessions = `
  UNWIND $ids AS id
  MATCH (s:Session {host: id.host, logonId: id.logonId}) WHERE NOT s.key IN id.remaining DETACH DELETE s`;
const mergeSessions = `
  UNWIND $sessions AS session
  MERGE (s:Session {key: session.key})
  SET s += session.properties, s.opened = datetime(session.opened), s.closed = datetime(session.closed)
  WITH s, session
  MERGE (h:Host {name: session.properties.host})
  MERGE (s)-[:ON]->(h)
  WITH s, session
  OPTIONAL MATCH (s)-[old:OF|FROM]->()
  DELETE old
  WITH DISTINCT s, session
  FOREACH (userKey IN session.userKey | MERGE (u:User {key: userKey}) CREATE (s)-[:OF]->(u))
  FOREACH (address IN session.address | MERGE (e:Endpoint {address: address}) CREATE (s)-[:FROM {port: session.properties.sourcePort}]->(e))`;
const usedLogons = `
  UNWIND $hosts AS host
  MATCH (s:Session) USING INDEX s:Session(host, logonId)
  WHERE s.host = host AND s.logonId IS NOT NULL AND s.processes > 0 AND NOT s.logonId IN $services
  RETURN DISTINCT s.body AS body`;
const rowsOfLogons = `
  UNWIND $ids AS id
  MATCH (:Session {host: id.host, logonId: id.logonId})<-[:IN]-(p:Identity) RETURN ${STORED_ROW}`;

export function logonTables(writes: Writes, state: TransactionState): LogonTables {
  const { sessionCounts } = state;
  return {
    async logons(ids) {
      if (ids.length === 0) {
        return [];
      }
      const requested = ids.map(({ host, logonId }, number) => ({ host: indexed(host), logonId, number }));
      const rows = await writes.run(logonsOf, { ids: requested, never: Number.MIN_SAFE_INTEGER });
      const found = new Map(rows.map((row) => [number(row, "number"), row]));
      return ids.map((id, index) => {
        const row = found.get(index);
        const facts = row === undefined ? [] : list(row, "facts").map((one) => logonFact(text(one, "body")));
        const sessions = row === undefined ? [] : list(row, "sessions").map((one) => sessionRow(text(one, "body")));
        sessionCounts.set(logonText(id), sessions.length);
        return { facts, sessions };
      });
    },
    async saveLogons(facts) {
      if (facts.length > 0) {
        writes.later(mergeLogons, {
          facts: facts.map((fact) => {
            const { source, host, logonId, what, time } = fact;
            const { address, target } = logonPlace(fact);
            return {
              eventId: source.eventId,
              host: indexed(host),
              logonId,
              what,
              time,
              address: indexedIfAny(address),
              target: indexedIfAny(target),
              body: JSON.stringify(fact),
            };
          }),
        });
      }
    },
    async replaceSessions(changes) {
      await countSessions(
        writes,
        changes.filter((id) => !sessionCounts.has(logonText(id))),
        sessionCounts,
      );
      await state.accounts.save(changes.flatMap(({ sessions }) => sessions.flatMap(({ user }) => user ?? [])));
      const counted = changes.map((change) => ({ ...change, stored: sessionCounts.get(logonText(change)) ?? 0 }));
      for (const { stored, ...change } of counted) {
        state.counts.addSessions(change.host, change.sessions.length - stored);
        sessionCounts.set(logonText(change), change.sessions.length);
      }
      sendAll(writes, [
        [
          deleteOtherSessions,
          "ids",
          counted
            .filter(({ stored }) => stored > 0)
            .map(({ host, logonId, sessions }) => ({
              host: indexed(host),
              logonId,
              remaining: sessions.map(({ key }) => key),
            })),
        ],
        [mergeSessions, "sessions", changes.flatMap(({ sessions }) => sessions.map(sessionParameters))],
      ]);
      writeCounts(writes, state.counts.drain());
    },
    async usedLogons(hosts) {
      const rows = await writes.run(usedLogons, { hosts: hosts.map(indexed), services: [...SERVICE_LOGONS.keys()] });
      return distinctLogons(rows.map((row) => sessionRow(text(row, "body"))));
    },
    async rowsInSessions(ids) {
      if (ids.length === 0) {
        return [];
      }
      const asked = ids.map(({ host, logonId }) => ({ host: indexed(host), logonId }));
      return remember(state, (await writes.run(rowsOfLogons, { ids: asked })).map(storedRow));
    },
    async saveAddresses(addresses) {
      sendAll(writes, [
        [
          mergeAddresses,
          "addresses",
          addresses.map(({ host, recordedHost = host, address, first, last }) => ({
            host: indexed(host),
            name: indexed(recordedHost),
            address: indexed(address),
            first,
            last,
          })),
        ],
      ]);
    },
    async saveAccountTies(ties) {
      saveAccountTies(writes, ties);
    },
    async addLogonCounts(counts) {
      await state.accounts.save(counts.map(({ user }) => user));
      addLogonCounts(writes, counts);
    },
  };
}

async function countSessions(
  queries: Queries,
  ids: readonly LogonIdentity[],
  counted: Map<string, number>,
): Promise<void> {
  if (ids.length === 0) {
    return;
  }
  const requested = ids.map(({ host, logonId }, number) => ({ host: indexed(host), logonId, number }));
  const rows = await queries.run(countSessionsOf, { ids: requested });
  const found = new Map(rows.map((row) => [number(row, "number"), number(row, "sessions")]));
  for (const [index, id] of ids.entries()) {
    counted.set(logonText(id), found.get(index) ?? 0);
  }
}

function logonText({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}

function sessionParameters(session: SessionRow) {
  const { key, host, logonId, opened, closed, privileged, user } = session;
  const userKey = user === undefined ? undefined : indexed(userKeyOf(user));
  const address = opened === undefined ? undefined : logonPlace(opened).address;
  return {
    key,
    userKey: userKey === undefined ? [] : [userKey],
    address: address === undefined ? [] : [indexed(address)],
    opened: opened === undefined ? undefined : new Date(opened.time).toISOString(),
    closed: closed === undefined ? undefined : new Date(closed).toISOString(),
    properties: {
      host: indexed(host),
      logonId,
      openedAt: opened?.time,
      privileged,
      logonType: opened?.logonType,
      logonTypeName: opened?.logonTypeName,
      authenticationPackage: opened?.authenticationPackage,
      sourceHost: opened?.sourceHost,
      sourcePort: opened?.sourcePort,
      body: JSON.stringify(session),
    },
  };
}
