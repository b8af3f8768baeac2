import type { Activity } from "#contracts/lineage";
import { userKeyOf } from "../../../lineage/account.ts";
import { logonPlace } from "../../../lineage/derived.ts";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { LineageTables, LogonIdentity, SessionRow } from "../../../lineage/tables.ts";
import { lineageCounts } from "../../lineage/counts.ts";
import { list, number, type Queries, text, type Writes } from "../connection.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { AccountWriter } from "./accounts.ts";
import { writeCounts } from "./counts.ts";
import { histories, namedPids, startsAround, startsNear } from "./find.ts";
import { logonFact, STORED_ROW, type StoredRow, sessionRow, storedRow } from "./rows.ts";
import { saveRows, sendAll } from "./save.ts";

const rowsByKey = `
  UNWIND $keys AS key MATCH (p:Identity {key: key}) RETURN ${STORED_ROW}`;
const deleteUnusedPlaceholders = `
  UNWIND $keys AS key MATCH (p:Identity {key: key})
  WHERE p.unused AND NOT (p)-[:SPAWNED]->()
  DETACH DELETE p`;
const mergeExits = `
  UNWIND $exits AS exit
  MERGE (x:Exit {eventId: exit.eventId})
  ON CREATE SET x.host = exit.host, x.pid = exit.pid, x.time = exit.time, x.body = exit.body
  SET x.processKey = coalesce(exit.processKey, x.processKey)`;
const addActivityCounts = `
  UNWIND $activity AS one
  MATCH (p:Identity {key: one.key})
  SET p.network = coalesce(p.network, 0) + one.network, p.dns = coalesce(p.dns, 0) + one.dns,
    p.file = coalesce(p.file, 0) + one.file, p.registry = coalesce(p.registry, 0) + one.registry,
    p.module = coalesce(p.module, 0) + one.module, p.access = coalesce(p.access, 0) + one.access,
    p.injection = coalesce(p.injection, 0) + one.injection`;
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
  MERGE (h)-[had:HAD]->(e)
  SET had.first = CASE WHEN had.first <= one.first THEN had.first ELSE one.first END,
    had.last = CASE WHEN had.last >= one.last THEN had.last ELSE one.last END`;
const mergeTies = `
  UNWIND $ties AS tie
  MERGE (t:AccountTie {userKey: tie.userKey, sid: tie.sid})`;
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
const rowsOfLogon = `
  MATCH (:Session {host: $host, logonId: $logonId})<-[:IN]-(p:Identity) RETURN ${STORED_ROW}`;

/** The tables of lineage within one write transaction. Nobody else writes meanwhile, so rows are read only once. */
export function lineageTables(writes: Writes): LineageTables {
  const loaded = new Map<string, StoredRow | undefined>();
  const counts = lineageCounts();
  const accounts = new AccountWriter(writes);
  /** The number of sessions of each logon id that was read. */
  const sessionCounts = new Map<string, number>();

  const load = async (keys: Iterable<string>): Promise<void> => {
    const missing = [...new Set(keys)].filter((key) => !loaded.has(key));
    if (missing.length === 0) {
      return;
    }
    const found = new Map(
      (await writes.run(rowsByKey, { keys: missing })).map((row) => [text(row, "key"), storedRow(row)]),
    );
    for (const key of missing) {
      loaded.set(key, found.get(key));
    }
  };
  const rowsOf = (found: readonly StoredRow[]): readonly ProcessRow[] => {
    for (const stored of found) {
      loaded.set(stored.row.key, stored);
    }
    return found.map(({ row }) => row);
  };

  return {
    async rows(keys) {
      await load(keys);
      return new Map(keys.flatMap((key) => pair(key, loaded.get(key)?.row)));
    },
    async mergedKeys(keys) {
      const next = (key: string) => loaded.get(key)?.row.mergedInto;
      for (let open: readonly string[] = keys; open.length > 0; open = open.flatMap((key) => next(key) ?? [])) {
        await load(open);
      }
      const end = (key: string): string => {
        const to = next(key);
        return to === undefined ? key : end(to);
      };
      return new Map(keys.filter((key) => next(key) !== undefined).map((key) => [key, end(key)]));
    },
    startsNear: async (probes, known) => rowsOf(await startsNear(writes, probes, known)),
    namedPids: (pids) => namedPids(writes, pids),
    startsAround: (ranges) => startsAround(writes, ranges),
    histories: (probes) => histories(writes, probes, (stored) => loaded.set(stored.row.key, stored)),
    async saveRows(rows) {
      if (rows.length === 0) {
        return;
      }
      await load(rows.flatMap(({ key, duplicate }) => (duplicate === undefined ? [key] : [key, duplicate])));
      await saveRows(writes, rows, { rows: loaded, counts, accounts });
      writeCounts(writes, counts.drain());
    },
    async dropUnused(placeholders) {
      if (placeholders.length > 0) {
        writes.later(deleteUnusedPlaceholders, { keys: placeholders });
        for (const key of placeholders) {
          loaded.delete(key);
        }
      }
    },
    async saveExits(exits) {
      if (exits.length > 0) {
        writes.later(mergeExits, {
          exits: exits.map(({ fact, processKey }) => ({
            eventId: fact.source.eventId,
            host: indexed(fact.host),
            pid: fact.pid ?? -1,
            time: fact.time,
            processKey,
            body: JSON.stringify(fact),
          })),
        });
      }
    },
    async addActivity(activity: ReadonlyMap<string, Activity>) {
      if (activity.size > 0) {
        writes.later(addActivityCounts, { activity: [...activity].map(([key, counters]) => ({ key, ...counters })) });
      }
    },
    async logons(ids) {
      if (ids.length === 0) {
        return [];
      }
      const asked = ids.map(({ host, logonId }, number) => ({ host: indexed(host), logonId, number }));
      const rows = await writes.run(logonsOf, { ids: asked, never: Number.MIN_SAFE_INTEGER });
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
      await accounts.save(changes.flatMap(({ sessions }) => sessions.flatMap(({ user }) => user ?? [])));
      const counted = changes.map((change) => ({ ...change, stored: sessionCounts.get(logonText(change)) ?? 0 }));
      for (const { stored, ...change } of counted) {
        counts.addSessions(change.host, change.sessions.length - stored);
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
      writeCounts(writes, counts.drain());
    },
    rowsInSessions: async ({ host, logonId }) =>
      rowsOf((await writes.run(rowsOfLogon, { host: indexed(host), logonId })).map(storedRow)),
    async saveAddresses(addresses) {
      sendAll(writes, [
        [
          mergeAddresses,
          "addresses",
          addresses.map((one) => ({ ...one, host: indexed(one.host), address: indexed(one.address) })),
        ],
      ]);
    },
    async saveAccountTies(ties) {
      sendAll(writes, [
        [mergeTies, "ties", ties.map(({ userKey, sid }) => ({ userKey: indexed(userKey), sid: indexed(sid) }))],
      ]);
    },
  };
}

/** Adds the number of sessions of each logon id to `counted`. */
async function countSessions(
  queries: Queries,
  ids: readonly LogonIdentity[],
  counted: Map<string, number>,
): Promise<void> {
  if (ids.length === 0) {
    return;
  }
  const asked = ids.map(({ host, logonId }, number) => ({ host: indexed(host), logonId, number }));
  const rows = await queries.run(countSessionsOf, { ids: asked });
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

function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
