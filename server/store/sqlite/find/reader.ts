import { alertOf } from "../../alerts/body.ts";
import { hashesOfValue } from "../../alerts/values.ts";
import { readable } from "../../damage.ts";
import {
  type AlertsByWords,
  type AlertWords,
  type FindReader,
  type FoundAddress,
  type FoundRun,
  MOST_COUNTED,
} from "../../find/port.ts";
import { hasValue, LATEST, listed, MOST_TEXTS } from "../../find/words.ts";
import { allOf, type Clause, oneOf } from "../clause.ts";
import { type Connection, number, optionalText, type Row, text } from "../connection.ts";

/** Names of programs that were started: there are few, however many processes there are. */
export const programNames = `
  CREATE TABLE program_names (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  INSERT INTO program_names SELECT DISTINCT name FROM processes WHERE started = 1 AND name IS NOT NULL;
`;

/** Texts per query: between two of them it is noticed that nobody waits any more. */
const CHUNK = 10_000;

const like = (part: string) => part.replaceAll(/[\\%_]/g, "\\$&");
const containing = (column: string, parts: readonly string[]): Clause =>
  allOf(...parts.map((part) => ({ sql: `${column} LIKE ? ESCAPE '\\'`, parameters: [`%${like(part)}%`] })));

export function findReader(connection: Connection): FindReader {
  return {
    alerts: async (query) => alertsWithWords(connection, query),
    async alertsWithValue(value, limit) {
      const matching = oneOf("value", hashesOfValue(value));
      const rows = connection
        .prepare(
          `SELECT a.id AS id, body, status, close_reason AS closeReason
           FROM (SELECT DISTINCT alert_id FROM alert_values WHERE ${matching.sql} LIMIT ?)
           JOIN alerts a ON a.id = alert_id JOIN alert_bodies b ON b.id = alert_id`,
        )
        .all(...matching.parameters, limit);
      return readable(rows, alertOf).filter((alert) => !alert.buildingBlock && hasValue(alert, value));
    },
    async programs(part, limit) {
      const matching = containing("name", [part]);
      const rows = connection
        .prepare(
          `SELECT name, count(*) OVER () AS total FROM program_names WHERE ${matching.sql}
           ORDER BY name NOT LIKE ? ESCAPE '\\', name LIMIT ?`,
        )
        .all(...matching.parameters, `${like(part)}%`, limit);
      const items = rows.flatMap((row) => latestRun(connection, "name", text(row, "name")) ?? []);
      const [first] = rows;
      return { items, total: first === undefined ? 0 : number(first, "total") };
    },
    async hashes(prefix, limit) {
      const values = distinct(connection, "processes", "hash", prefix, limit + 1);
      const { items, total } = listed(values, limit);
      return { items: items.flatMap((value) => latestRun(connection, "hash", value) ?? []), total };
    },
    async addresses(prefix, limit) {
      const values = ["host_addresses", "logon_facts"].flatMap((table) =>
        distinct(connection, table, "address", prefix, limit + 1),
      );
      const { items, total } = listed([...new Set(values)].toSorted(), limit);
      return { items: items.map((address) => foundAddress(connection, address)), total };
    },
  };
}

function alertsWithWords(connection: Connection, { words, limit }: AlertWords): AlertsByWords {
  const matching = containing("x.search", words);
  const { stored } = connection.prepare("SELECT coalesce(sum(alerts), 0) AS stored FROM alert_counts").get() ?? {};
  const all = Number(stored ?? 0);
  const latest = connection
    .prepare(
      `WITH latest AS MATERIALIZED (
         SELECT id, time, building_block, status, close_reason FROM alerts ORDER BY time DESC, id DESC LIMIT ${LATEST}
       )
       SELECT b.id AS id, b.body AS body, status, close_reason AS closeReason
       FROM latest CROSS JOIN alert_texts x ON x.id = latest.id CROSS JOIN alert_bodies b ON b.id = latest.id
       WHERE building_block = 0 AND ${matching.sql} ORDER BY time DESC, latest.id DESC LIMIT ?`,
    )
    .all(...matching.parameters, limit + 1);
  if (latest.length > limit) {
    const alerts = readable(latest.slice(0, limit), alertOf);
    return { alerts, total: undefined, searched: Math.min(all, LATEST), stored: all };
  }
  const found: { readonly id: string; readonly time: number }[] = [];
  let total = 0;
  const { last } = connection.prepare("SELECT coalesce(max(rowid), 0) AS last FROM alert_texts").get() ?? {};
  const end = Number(last ?? 0);
  const start = Math.max(0, end - MOST_TEXTS);
  // Texts one after the other, as they are stored, are read ten times as fast as in the order of time.
  for (let to = end; to > start; to -= CHUNK) {
    const rows = connection
      .prepare(
        `SELECT a.id AS id, a.time AS time, count(*) OVER () AS total
         FROM alert_texts x CROSS JOIN alerts a ON a.id = x.id
         WHERE x.rowid > ? AND x.rowid <= ? AND ${matching.sql} AND a.building_block = 0
         ORDER BY a.time DESC, a.id DESC LIMIT ?`,
      )
      .all(Math.max(start, to - CHUNK), to, ...matching.parameters, limit);
    total += rows[0] === undefined ? 0 : number(rows[0], "total");
    found.push(...rows.map((row) => ({ id: text(row, "id"), time: number(row, "time") })));
  }
  const ids = found.toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
  const body = connection.prepare(
    "SELECT id, body, status, close_reason AS closeReason FROM alerts JOIN alert_bodies USING (id) WHERE id = ?",
  );
  const rows = ids.slice(0, limit).flatMap((id) => rowsOf(body.get(id)));
  return { alerts: readable(rows, alertOf), total, searched: Math.min(all, end - start), stored: all };
}

const rowsOf = (row: Row | undefined): readonly Row[] => (row === undefined ? [] : [row]);

/** The distinct values of an indexed column that begin with a text, in order: one step along the index for each. */
function distinct(
  connection: Connection,
  table: string,
  column: "hash" | "address",
  prefix: string,
  limit: number,
): readonly string[] {
  return connection
    .prepare(
      `WITH RECURSIVE found (value) AS (
         SELECT min(${column}) FROM ${table} WHERE ${column} >= ?1 AND ${column} < ?2
         UNION ALL
         SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > value AND ${column} < ?2)
         FROM found WHERE value IS NOT NULL LIMIT ?3
       )
       SELECT value FROM found WHERE value IS NOT NULL`,
    )
    .all(prefix, `${prefix}\u{10ffff}`, limit)
    .map((row) => text(row, "value"));
}

/** Undefined for a name whose processes have been merged away. */
function latestRun(connection: Connection, column: "name" | "hash", value: string): FoundRun | undefined {
  const of = column === "name" ? "started = 1 AND name = ?" : "hash = ?";
  const row: Row | undefined = connection
    .prepare(
      `SELECT name, host, at,
         (SELECT count(*) FROM (SELECT 1 FROM processes WHERE ${of} LIMIT ${MOST_COUNTED})) AS runs
       FROM processes WHERE ${of} ORDER BY at DESC, key DESC LIMIT 1`,
    )
    .get(value, value);
  return row === undefined
    ? undefined
    : {
        value,
        name: optionalText(row, "name"),
        host: text(row, "host"),
        last: number(row, "at"),
        runs: number(row, "runs"),
      };
}

function foundAddress(connection: Connection, address: string): FoundAddress {
  const hosts = connection
    .prepare("SELECT DISTINCT host FROM host_addresses WHERE address = ? ORDER BY host")
    .all(address);
  const counted = connection
    .prepare(`SELECT count(*) AS logons FROM (SELECT 1 FROM logon_facts WHERE address = ? LIMIT ${MOST_COUNTED})`)
    .get(address);
  return {
    address,
    hosts: hosts.map((row) => text(row, "host")),
    logons: counted === undefined ? 0 : number(counted, "logons"),
  };
}
