import type { LogonFact } from "../../../lineage/facts.ts";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { ExitRow, HistoryProbe, PidHistory, SessionRow } from "../../../lineage/tables.ts";
import { stored } from "../../damage.ts";
import type { ProcessSortKey } from "../../lineage/pages.ts";
import { readBody } from "../../lineage/process-body.ts";
import { readExit, readLogon, readSession } from "../../lineage/rows.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, type SqlValue, text } from "../connection.ts";

/** The columns from which a row is restored. */
export const ROW_COLUMNS = "key, host, session_key, creator_pid, merged_into, twin, body";

export const processRow = stored("process", (row: Row): ProcessRow => {
  const host = text(row, "host");
  return {
    ...readBody(text(row, "body"), host),
    key: text(row, "key"),
    host,
    duplicate: optionalText(row, "twin"),
    mergedInto: optionalText(row, "merged_into"),
    creatorPid: optionalNumber(row, "creator_pid"),
    sessionKey: optionalText(row, "session_key"),
  };
});

const rowsByKey = `SELECT ${ROW_COLUMNS} FROM processes WHERE key IN (SELECT value FROM json_each(?))`;

export function loadRows(connection: Connection, keys: readonly string[]): ReadonlyMap<string, ProcessRow> {
  if (keys.length === 0) {
    return new Map();
  }
  const rows = connection.prepare(rowsByKey).all(JSON.stringify([...new Set(keys)]));
  return new Map(rows.map((row) => [text(row, "key"), processRow(row)]));
}

/** The sort keys of processes that a query selects as `key, at`. */
export function sortKeys(
  connection: Connection,
  sql: string,
  parameters: readonly SqlValue[],
): readonly ProcessSortKey[] {
  return connection
    .prepare(sql)
    .all(...parameters)
    .map((row) => [number(row, "at"), text(row, "key")] as const);
}

/** How many rows before and after the range of a probe belong to a history: see `PidHistory`. */
const ROWS_BEFORE = 3;
const ROWS_AFTER = 2;

// A NULL `at` (of placeholders) fails every comparison.
// Indexes are named: without statistics SQLite takes that of the host for its order and walks over all its processes.
const ofPid = "FROM processes INDEXED BY processes_pid WHERE host = ? AND pid = ?";
const historyWithin = `SELECT ${ROW_COLUMNS}, at ${ofPid} AND at BETWEEN ? AND ? ORDER BY at, key`;
const historyBefore = `SELECT ${ROW_COLUMNS}, at ${ofPid} AND at < ? ORDER BY at DESC, key DESC LIMIT ${ROWS_BEFORE}`;
const historyAfter = `SELECT ${ROW_COLUMNS}, at ${ofPid} AND at > ? ORDER BY at, key LIMIT ${ROWS_AFTER}`;
const exitsWithin =
  "SELECT event_id, process_key, body FROM process_exits WHERE host = ? AND pid = ? AND time BETWEEN ? AND ? ORDER BY time, event_id";
const referrersWithin = `SELECT ${ROW_COLUMNS} FROM processes INDEXED BY processes_creator WHERE host = ? AND creator_pid = ? AND at BETWEEN ? AND ? ORDER BY at, key`;

/** The part of a pid's history that a probe covers: see `PidHistory`. */
export function loadHistory(connection: Connection, probe: HistoryProbe): PidHistory {
  const { host, pid, from, to } = probe;
  const before = connection.prepare(historyBefore).all(host, pid, from);
  const after = connection.prepare(historyAfter).all(host, pid, to);
  const found = [...before, ...connection.prepare(historyWithin).all(host, pid, from, to), ...after];
  const rows = new Map(found.map((row) => [text(row, "key"), processRow(row)]));
  const duplicates = [...rows.values()].flatMap((row) => row.duplicate ?? row.mergedInto ?? []);
  for (const [key, row] of loadRows(
    connection,
    duplicates.filter((key) => !rows.has(key)),
  )) {
    rows.set(key, row);
  }
  const oldest = before.at(-1);
  const newest = after.at(-1);
  const exits = connection
    .prepare(exitsWithin)
    .all(
      host,
      pid,
      before.length < ROWS_BEFORE || oldest === undefined ? Number.MIN_SAFE_INTEGER : number(oldest, "at"),
      after.length < ROWS_AFTER || newest === undefined ? Number.MAX_SAFE_INTEGER : number(newest, "at"),
    )
    .map(exitRow);
  const referrers = probe.referrers
    ? connection
        .prepare(referrersWithin)
        .all(host, pid, from, to)
        .map((row) => processRow(row))
    : [];
  return { rows: [...rows.values()], exits, referrers };
}

export const exitRow = stored("end of a process", (row: Row): ExitRow => {
  return { fact: readExit(text(row, "body")), processKey: optionalText(row, "process_key") };
});

export const logonFact = stored("logon", (row: Row): LogonFact => readLogon(text(row, "body")));

export const sessionRow = stored("logon session", (row: Row): SessionRow => readSession(text(row, "body")));
