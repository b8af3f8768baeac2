import type { Account } from "#contracts/lineage";
import { fold, observed } from "../../lineage/fold.ts";
import { type ProcessRow, positionOf } from "../../lineage/process-row.ts";
import type { LineageTables, StartProbe } from "../../lineage/tables.ts";
import { type Connection, number, optionalText, type Row, text } from "./connection.ts";
import { lineageCounts } from "./lineage-counts.ts";
import { bodyOf, loadHistory, loadRows, logonFact, processRow, ROW_COLUMNS, sessionRow } from "./lineage-rows.ts";

const mergedKeys =
  "SELECT key, merged_into FROM processes WHERE merged_into IS NOT NULL AND key IN (SELECT value FROM json_each(?))";
const startsByPid = `SELECT ${ROW_COLUMNS} FROM processes WHERE host = ? AND pid = ? AND at BETWEEN ? AND ?`;
const startsByName = `SELECT ${ROW_COLUMNS} FROM processes WHERE host = ? AND at BETWEEN ? AND ? AND name = ?`;
const startsByNameWithoutPid = `
  SELECT ${ROW_COLUMNS} FROM processes WHERE pid IS NULL AND host = ? AND name = ? AND at BETWEEN ? AND ?`;
const isNamed = `
  SELECT 1 WHERE EXISTS (SELECT 1 FROM process_exits WHERE host = ? AND pid = ?)
    OR EXISTS (SELECT 1 FROM processes WHERE host = ? AND creator_pid = ?)`;
const startsBefore = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at < ? ORDER BY at DESC LIMIT 2";
const startsAfter = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at > ? ORDER BY at LIMIT 2";
const derivedOfRow = "SELECT started, host, user_key, session_key, parent_key FROM processes WHERE key = ?";
const upsertRow = `
  INSERT INTO processes (key, host, pid, name, at, shown, started, observed, unused, user_key, session_key, parent_key,
    creator_pid, merged_into, twin, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET pid = excluded.pid, name = excluded.name, at = excluded.at, shown = excluded.shown,
    started = excluded.started, observed = excluded.observed, unused = excluded.unused, user_key = excluded.user_key,
    session_key = excluded.session_key, parent_key = excluded.parent_key, creator_pid = excluded.creator_pid,
    merged_into = excluded.merged_into, twin = excluded.twin, body = excluded.body`;
const dropPlaceholder = "DELETE FROM processes WHERE key = ? AND unused = 1 AND child_count = 0";
const upsertExit = `
  INSERT INTO process_exits (event_id, host, pid, time, process_key, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO UPDATE SET process_key = coalesce(excluded.process_key, process_key)`;
const addCounters = `
  INSERT INTO process_activity (key, network, dns, file, registry, module, access, injection)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET network = network + excluded.network, dns = dns + excluded.dns, file = file + excluded.file,
    registry = registry + excluded.registry, module = module + excluded.module, access = access + excluded.access,
    injection = injection + excluded.injection`;
const factsOfLogon = "SELECT body FROM logon_facts WHERE host = ? AND logon_id = ?";
const sessionsOfLogon = "SELECT body FROM sessions WHERE host = ? AND logon_id = ? ORDER BY opened, key";
const insertLogon = `
  INSERT INTO logon_facts (event_id, host, logon_id, body) VALUES (?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`;
const upsertSession = `
  INSERT INTO sessions (key, host, logon_id, opened, user_key, processes, body) VALUES (?, ?, ?, ?, ?, 0, ?)
  ON CONFLICT (key) DO UPDATE SET opened = excluded.opened, user_key = excluded.user_key, body = excluded.body`;
const dropSession = "DELETE FROM sessions WHERE key = ?";
const rowsOfLogon = `
  SELECT ${ROW_COLUMNS} FROM processes
  WHERE session_key IN (SELECT key FROM sessions WHERE host = ? AND logon_id = ?)`;

/** Lineage's tables inside one write transaction of a SQLite connection. */
export function lineageTables(connection: Connection): LineageTables {
  const counts = lineageCounts(connection);
  return {
    rows: async (keys) => loadRows(connection, keys),
    mergedKeys: async (keys) =>
      new Map(
        connection
          .prepare(mergedKeys)
          .all(JSON.stringify(keys))
          .map((row) => [text(row, "key"), text(row, "merged_into")]),
      ),
    startsNear: async (probes, known) => {
      const found = new Map<string, ProcessRow>();
      for (const probe of probes) {
        for (const row of startsOf(connection, probe)) {
          const key = text(row, "key");
          if (!known.has(key) && !found.has(key)) {
            found.set(key, processRow(row));
          }
        }
      }
      return [...found.values()];
    },
    namedPids: async (pids) =>
      [...new Map(pids.map((one) => [`${one.host}\u0000${one.pid}`, one])).values()].filter(
        ({ host, pid }) => connection.prepare(isNamed).get(host, pid, host, pid) !== undefined,
      ),
    startsAround: async (ranges) =>
      ranges.map(({ host, pid, from, to }) => ({
        before: connection
          .prepare(startsBefore)
          .all(host, pid, from)
          .map((row) => number(row, "at")),
        after: connection
          .prepare(startsAfter)
          .all(host, pid, to)
          .map((row) => number(row, "at")),
      })),
    histories: async (probes) => probes.map((probe) => loadHistory(connection, probe)),
    async saveRows(rows) {
      for (const row of rows) {
        saveRow(connection, row, counts);
      }
      counts.flush();
    },
    async dropUnused(placeholders) {
      for (const key of placeholders) {
        connection.prepare(dropPlaceholder).run(key);
      }
    },
    async saveExits(exits) {
      for (const { fact, processKey } of exits) {
        connection
          .prepare(upsertExit)
          .run(fact.source.eventId, fact.host, fact.pid ?? -1, fact.time, processKey, JSON.stringify(fact));
      }
    },
    async addActivity(activity) {
      const statement = connection.prepare(addCounters);
      for (const [key, { network, dns, file, registry, module, access, injection }] of activity) {
        statement.run(key, network, dns, file, registry, module, access, injection);
      }
    },
    logons: async (ids) =>
      ids.map(({ host, logonId }) => ({
        facts: connection.prepare(factsOfLogon).all(host, logonId).map(logonFact),
        sessions: connection.prepare(sessionsOfLogon).all(host, logonId).map(sessionRow),
      })),
    async saveLogons(facts) {
      for (const fact of facts) {
        connection.prepare(insertLogon).run(fact.source.eventId, fact.host, fact.logonId, JSON.stringify(fact));
      }
    },
    async replaceSessions({ host, logonId }, sessions) {
      const known = connection.prepare(sessionsOfLogon).all(host, logonId).map(sessionRow);
      const kept = new Set(sessions.map((session) => session.key));
      for (const session of known.filter(({ key }) => !kept.has(key))) {
        connection.prepare(dropSession).run(session.key);
      }
      for (const session of sessions) {
        const user = session.user === undefined ? undefined : counts.user(session.user);
        connection
          .prepare(upsertSession)
          .run(session.key, host, logonId, session.opened?.time, user, JSON.stringify(session));
      }
      counts.sessions(host, sessions.length - known.length);
      counts.flush();
    },
    rowsInSessions: async ({ host, logonId }) =>
      connection
        .prepare(rowsOfLogon)
        .all(host, logonId)
        .map((row) => processRow(row)),
  };
}

function startsOf(connection: Connection, probe: StartProbe): readonly Row[] {
  const { host, from, to } = probe;
  switch (probe.by) {
    case "pid":
      return connection.prepare(startsByPid).all(host, probe.pid, from, to);
    case "name":
      return connection.prepare(startsByName).all(host, from, to, probe.name);
    case "name-without-pid":
      return connection.prepare(startsByNameWithoutPid).all(host, probe.name, from, to);
  }
}

function saveRow(connection: Connection, row: ProcessRow, counts: ReturnType<typeof lineageCounts>): void {
  const twin = row.twin === undefined ? undefined : loadRows(connection, [row.twin]).get(row.twin);
  const { pid, name, at } = positionOf(row);
  const shown = row.mergedInto === undefined;
  const known = fold(row, twin);
  const started = shown && !known.placeholder;
  const user: Account | undefined = started ? known.user : undefined;
  const after = {
    started,
    host: row.host,
    userKey: user === undefined ? undefined : counts.user(user),
    sessionKey: started ? row.sessionKey : undefined,
    parentKey: row.parent?.key,
  };
  const stored = connection.prepare(derivedOfRow).get(row.key);
  counts.move(
    stored === undefined
      ? undefined
      : {
          started: number(stored, "started") === 1,
          host: text(stored, "host"),
          userKey: optionalText(stored, "user_key"),
          sessionKey: optionalText(stored, "session_key"),
          parentKey: optionalText(stored, "parent_key"),
        },
    after,
  );
  connection.prepare(upsertRow).run(
    row.key,
    row.host,
    pid,
    name,
    // A placeholder by pid has no place of its own in time.
    row.kind === "placeholder" ? undefined : at,
    shown ? 1 : 0,
    started ? 1 : 0,
    observed(row) ? 1 : 0,
    row.kind === "placeholder" && row.exit === undefined ? 1 : 0,
    after.userKey,
    after.sessionKey,
    after.parentKey,
    row.creatorPid,
    row.mergedInto,
    row.twin,
    bodyOf(row),
  );
}
