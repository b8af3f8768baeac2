import type { Account } from "#contracts/account";
import { logonPlace } from "../../../lineage/derived.ts";
import { SERVICE_LOGONS } from "../../../lineage/keys.ts";
import type { LineageCounts } from "../../lineage/counts.ts";
import type { LogonTables } from "../../lineage/port.ts";
import { type Connection, text } from "../connection.ts";
import { addLogonCounts, saveAccountTies } from "./accounts.ts";
import { writeCounts } from "./counts.ts";
import { logonFact, processRow, ROW_COLUMNS, sessionRow } from "./rows.ts";

const factsOfLogon = "SELECT body FROM logon_facts WHERE host = ? AND logon_id = ?";
const sessionsOfLogon = "SELECT body FROM sessions WHERE host = ? AND logon_id = ? ORDER BY opened, key";
const insertLogon = `
  INSERT INTO logon_facts (event_id, host, logon_id, what, time, address, target, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO NOTHING`;
const upsertAddress = `
  INSERT INTO host_addresses (host, name, address, first, last) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (address, host, name) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`;
const upsertSession = `
  INSERT INTO sessions (key, host, logon_id, opened, user_key, processes, body) VALUES (?, ?, ?, ?, ?, 0, ?)
  ON CONFLICT (key) DO UPDATE SET opened = excluded.opened, user_key = excluded.user_key, body = excluded.body`;
const deleteSession = "DELETE FROM sessions WHERE key = ?";
const usedLogons = `
  SELECT DISTINCT host, logon_id FROM sessions
  WHERE host IN (SELECT value FROM json_each(?)) AND processes > 0
    AND logon_id NOT IN (SELECT value FROM json_each(?))`;
const rowsOfLogon = `
  SELECT ${ROW_COLUMNS} FROM processes
  WHERE session_key IN (SELECT key FROM sessions WHERE host = ? AND logon_id = ?)`;

export function logonTables(
  connection: Connection,
  counts: LineageCounts,
  saveAccount: (user: Account) => string,
): LogonTables {
  return {
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
    usedLogons: async (hosts) =>
      connection
        .prepare(usedLogons)
        .all(JSON.stringify(hosts), JSON.stringify([...SERVICE_LOGONS.keys()]))
        .map((row) => ({ host: text(row, "host"), logonId: text(row, "logon_id") })),
    rowsInSessions: async (ids) =>
      ids.flatMap(({ host, logonId }) =>
        connection
          .prepare(rowsOfLogon)
          .all(host, logonId)
          .map((row) => processRow(row)),
      ),
    async saveAddresses(addresses) {
      for (const { host, recordedHost = host, address, first, last } of addresses) {
        connection.prepare(upsertAddress).run(host, recordedHost, address, first, last);
      }
    },
    async saveAccountTies(ties) {
      saveAccountTies(connection, ties);
    },
    async addLogonCounts(added) {
      addLogonCounts(connection, added, saveAccount);
    },
  };
}
