import type { Account } from "#contracts/account";
import { derivedOf, logonPlace } from "../../../lineage/derived.ts";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { LineageTables, StartProbe } from "../../../lineage/tables.ts";
import { type CountedProcess, type LineageCounts, lineageCounts } from "../../lineage/counts.ts";
import { writeBody } from "../../lineage/process-body.ts";
import { type Connection, number, optionalText, type Row, text } from "../connection.ts";
import { accountWriter } from "./accounts.ts";
import { writeCounts } from "./counts.ts";
import { currentKeys } from "./nodes.ts";
import { loadHistory, loadRows, logonFact, processRow, ROW_COLUMNS, sessionRow } from "./rows.ts";

const startsByPid = "SELECT key FROM processes WHERE host = ? AND pid = ? AND at BETWEEN ? AND ?";
const startsByName = "SELECT key FROM processes WHERE host = ? AND at BETWEEN ? AND ? AND name = ?";
const startsByNameWithoutPid = `
  SELECT key FROM processes WHERE pid IS NULL AND host = ? AND name = ? AND at BETWEEN ? AND ?`;
const isPidReferenced = `
  SELECT 1 WHERE EXISTS (SELECT 1 FROM process_exits WHERE host = ? AND pid = ?)
    OR EXISTS (SELECT 1 FROM processes WHERE host = ? AND creator_pid = ?)`;
const startsBefore = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at < ? ORDER BY at DESC LIMIT 2";
const startsAfter = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at > ? ORDER BY at LIMIT 2";
const countedProcesses = `
  SELECT p.key, started, host, user_key, session_key, parent_key, cluster
  FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const upsertRow = `
  INSERT INTO processes (key, host, pid, name, at, shown, started, observed, unused, user_key, session_key, parent_key,
    creator_pid, merged_into, twin, cluster, hash, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET pid = excluded.pid, name = excluded.name, at = excluded.at, shown = excluded.shown,
    started = excluded.started, observed = excluded.observed, unused = excluded.unused, user_key = excluded.user_key,
    session_key = excluded.session_key, parent_key = excluded.parent_key, creator_pid = excluded.creator_pid,
    merged_into = excluded.merged_into, twin = excluded.twin, cluster = excluded.cluster, hash = excluded.hash,
    body = excluded.body`;
const deleteUnusedPlaceholder = "DELETE FROM processes WHERE key = ? AND unused = 1 AND child_count = 0";
const upsertExit = `
  INSERT INTO process_exits (event_id, host, pid, time, process_key, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO UPDATE SET process_key = coalesce(excluded.process_key, process_key)`;
const addActivityCounts = `
  INSERT INTO process_activity (key, network, dns, file, registry, module, access, injection)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET network = network + excluded.network, dns = dns + excluded.dns, file = file + excluded.file,
    registry = registry + excluded.registry, module = module + excluded.module, access = access + excluded.access,
    injection = injection + excluded.injection`;
const factsOfLogon = "SELECT body FROM logon_facts WHERE host = ? AND logon_id = ?";
const sessionsOfLogon = "SELECT body FROM sessions WHERE host = ? AND logon_id = ? ORDER BY opened, key";
const insertLogon = `
  INSERT INTO logon_facts (event_id, host, logon_id, what, time, address, target, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO NOTHING`;
const upsertAddress = `
  INSERT INTO host_addresses (host, address, first, last) VALUES (?, ?, ?, ?)
  ON CONFLICT (address, host) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`;
const insertTie = "INSERT INTO account_ties (user_key, sid) VALUES (?, ?) ON CONFLICT DO NOTHING";
const upsertSession = `
  INSERT INTO sessions (key, host, logon_id, opened, user_key, processes, body) VALUES (?, ?, ?, ?, ?, 0, ?)
  ON CONFLICT (key) DO UPDATE SET opened = excluded.opened, user_key = excluded.user_key, body = excluded.body`;
const deleteSession = "DELETE FROM sessions WHERE key = ?";
const rowsOfLogon = `
  SELECT ${ROW_COLUMNS} FROM processes
  WHERE session_key IN (SELECT key FROM sessions WHERE host = ? AND logon_id = ?)`;

/** The tables of lineage within one write transaction. */
export function lineageTables(connection: Connection): LineageTables {
  const counts = lineageCounts();
  const saveAccount = accountWriter(connection);
  return {
    rows: async (keys) => loadRows(connection, keys),
    mergedKeys: async (keys) => new Map([...currentKeys(connection, keys)].filter(([key, current]) => key !== current)),
    startsNear: async (probes, known) => {
      const found = new Set<string>();
      for (const probe of probes) {
        for (const row of startsOf(connection, probe)) {
          found.add(text(row, "key"));
        }
      }
      // The caller already has most of what is found: only the rest is read.
      return [
        ...loadRows(
          connection,
          [...found].filter((key) => !known.has(key)),
        ).values(),
      ];
    },
    namedPids: async (pids) =>
      [...new Map(pids.map((one) => [`${one.host}\u0000${one.pid}`, one])).values()].filter(
        ({ host, pid }) => connection.prepare(isPidReferenced).get(host, pid, host, pid) !== undefined,
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
      const before = countedBefore(connection, rows);
      const storedDuplicates = loadRows(
        connection,
        rows.flatMap((row) => row.duplicate ?? []),
      );
      // A duplicate that is saved in the same call has its facts of now, not the stored ones.
      const saved = new Map(rows.map((row) => [row.key, row]));
      for (const row of rows) {
        const duplicate =
          row.duplicate === undefined ? undefined : (saved.get(row.duplicate) ?? storedDuplicates.get(row.duplicate));
        before.set(row.key, saveRow(connection, row, duplicate, before.get(row.key), counts, saveAccount));
      }
      writeCounts(connection, counts.drain());
    },
    async dropUnused(placeholders) {
      for (const key of placeholders) {
        connection.prepare(deleteUnusedPlaceholder).run(key);
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
      const statement = connection.prepare(addActivityCounts);
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
        const { source, host, logonId, what, time } = fact;
        const { address, target } = logonPlace(fact);
        connection
          .prepare(insertLogon)
          .run(source.eventId, host, logonId, what, time, address, target, JSON.stringify(fact));
      }
    },
    async replaceSessions(changes) {
      for (const { host, logonId, sessions } of changes) {
        const stored = connection.prepare(sessionsOfLogon).all(host, logonId).map(sessionRow);
        const remaining = new Set(sessions.map((session) => session.key));
        for (const session of stored.filter(({ key }) => !remaining.has(key))) {
          connection.prepare(deleteSession).run(session.key);
        }
        for (const session of sessions) {
          const user = session.user === undefined ? undefined : saveAccount(session.user);
          connection
            .prepare(upsertSession)
            .run(session.key, host, logonId, session.opened?.time, user, JSON.stringify(session));
        }
        counts.addSessions(host, sessions.length - stored.length);
      }
      writeCounts(connection, counts.drain());
    },
    rowsInSessions: async ({ host, logonId }) =>
      connection
        .prepare(rowsOfLogon)
        .all(host, logonId)
        .map((row) => processRow(row)),
    async saveAddresses(addresses) {
      for (const { host, address, first, last } of addresses) {
        connection.prepare(upsertAddress).run(host, address, first, last);
      }
    },
    async saveAccountTies(ties) {
      for (const { userKey, sid } of ties) {
        connection.prepare(insertTie).run(userKey, sid);
      }
    },
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

/** How the stored versions of these rows were counted. */
function countedBefore(connection: Connection, rows: readonly ProcessRow[]): Map<string, CountedProcess> {
  const stored = connection.prepare(countedProcesses).all(JSON.stringify(rows.map(({ key }) => key)));
  return new Map(
    stored.map((row) => [
      text(row, "key"),
      {
        started: number(row, "started") === 1,
        host: text(row, "host"),
        userKey: optionalText(row, "user_key"),
        sessionKey: optionalText(row, "session_key"),
        parentKey: optionalText(row, "parent_key"),
        childGroup: optionalText(row, "cluster"),
      },
    ]),
  );
}

/** Returns how the row is counted from now on. */
function saveRow(
  connection: Connection,
  row: ProcessRow,
  duplicate: ProcessRow | undefined,
  before: CountedProcess | undefined,
  counts: LineageCounts,
  saveAccount: (user: Account) => string,
): CountedProcess {
  const { pid, name, at, shown, started, observed, unused, user, sessionKey, parentKey, childGroup, hash } = derivedOf(
    row,
    duplicate,
  );
  const userKey = user === undefined ? undefined : saveAccount(user);
  const counted = { started, host: row.host, userKey, sessionKey, parentKey, childGroup };
  counts.replaceProcess(before, counted);
  connection
    .prepare(upsertRow)
    .run(
      row.key,
      row.host,
      pid,
      name,
      at,
      Number(shown),
      Number(started),
      Number(observed),
      Number(unused),
      userKey,
      sessionKey,
      parentKey,
      row.creatorPid,
      row.mergedInto,
      row.duplicate,
      childGroup,
      hash,
      writeBody(row),
    );
  return counted;
}
