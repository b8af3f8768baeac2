import type { HostEvidence, KnownHosts } from "../../../lineage/hosts/evidence.ts";
import type { HostContent } from "../../../lineage/tables.ts";
import { readable, stored } from "../../damage.ts";
import type { HostTables } from "../../lineage/port.ts";
import { evidenceRow } from "../../lineage/rows.ts";
import { type Connection, number, optionalText, type Row, text } from "../connection.ts";
import { activityOf } from "./nodes.ts";
import { exitRow, logonFact, processRow, ROW_COLUMNS } from "./rows.ts";

/** Names that mean the same hosts as the given ones, or a given name itself. */
const namesOfHosts = `
  SELECT name, host FROM host_names WHERE host IN (SELECT host FROM host_names
    WHERE name IN (SELECT value FROM json_each(?)))`;
const evidenceAbout = `
  SELECT name, body FROM host_evidence WHERE name IN (SELECT value FROM json_each(?1))
  UNION SELECT name, body FROM host_evidence WHERE (kind, value) IN (
    SELECT kind, value FROM host_evidence
    WHERE name IN (SELECT value FROM json_each(?1)) AND kind IN ('id', 'machine'))`;
const evidenceOfMachines =
  "SELECT name, body FROM host_evidence WHERE kind = 'machine' AND value IN (SELECT value FROM json_each(?))";
const upsertName =
  "INSERT INTO host_names (name, host) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET host = excluded.host";
const insertEvidence = "INSERT INTO host_evidence (kind, name, value, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

/** Everything that is stored under a host, in an order in which what is asked for is still there. */
const removals = [
  "DELETE FROM process_activity WHERE key IN (SELECT key FROM processes WHERE host = ?)",
  "DELETE FROM child_clusters WHERE parent_key IN (SELECT key FROM processes WHERE host = ?)",
  "DELETE FROM processes WHERE host = ?",
  "DELETE FROM process_exits WHERE host = ?",
  "DELETE FROM logon_facts WHERE host = ?",
  "DELETE FROM user_sessions WHERE session_key IN (SELECT key FROM sessions WHERE host = ?)",
  "DELETE FROM sessions WHERE host = ?",
  "DELETE FROM user_hosts WHERE host = ?",
  "DELETE FROM host_counts WHERE host = ?",
  "DELETE FROM host_addresses WHERE host = ?",
];

/** The part of `LineageTables` about hosts and their names. */
export function hostTables(connection: Connection): HostTables {
  return {
    hostsNear: async (names) => hostsNear(connection, names),
    async hostsOfMachines(machines) {
      const evidence = evidenceOf(connection.prepare(evidenceOfMachines).all(JSON.stringify(machines)));
      return { names: namesIn(connection, [...new Set(evidence.map(({ name }) => name))]), evidence };
    },
    allHosts: async () => allHosts(connection),
    async saveHosts({ names, evidence }) {
      for (const [name, host] of names) {
        connection.prepare(upsertName).run(name, host);
      }
      for (const one of evidence) {
        connection.prepare(insertEvidence).run(one.kind, one.name, one.value, JSON.stringify(one));
      }
    },
    async takeHost(host) {
      const content = contentOf(connection, host);
      for (const removal of removals) {
        connection.prepare(removal).run(host);
      }
      return content;
    },
  };
}

const hostsOfTheseNames =
  "SELECT name, host FROM host_names WHERE host IS NOT NULL AND name IN (SELECT value FROM json_each(?))";

export function hostsOfNames(connection: Connection, names: readonly string[]): ReadonlyMap<string, string> {
  const rows = connection.prepare(hostsOfTheseNames).all(JSON.stringify(names));
  return new Map(readable(rows, hostOfNameRow));
}

const hostOfNameRow = stored("name of a host", (row: Row) => [text(row, "name"), text(row, "host")] as const);
const hostNameRow = stored("name of a host", (row: Row) => [text(row, "name"), optionalText(row, "host")] as const);

export function hostsNear(connection: Connection, names: readonly string[]): KnownHosts {
  const own = namesIn(connection, names);
  const evidence = evidenceOf(connection.prepare(evidenceAbout).all(JSON.stringify([...own.keys()])));
  const others = [...new Set(evidence.map(({ name }) => name))].filter((name) => !own.has(name));
  return { names: others.length === 0 ? own : new Map([...own, ...namesIn(connection, others)]), evidence };
}

export function allHosts(connection: Connection): KnownHosts {
  return {
    names: namesOf(connection.prepare("SELECT name, host FROM host_names ORDER BY name").all()),
    evidence: evidenceOf(connection.prepare("SELECT name, body FROM host_evidence ORDER BY kind, name, value").all()),
  };
}

function namesIn(connection: Connection, names: readonly string[]): ReadonlyMap<string, string | undefined> {
  return namesOf(connection.prepare(namesOfHosts).all(JSON.stringify(names)));
}

function namesOf(rows: readonly Row[]): ReadonlyMap<string, string | undefined> {
  return new Map(readable(rows, hostNameRow));
}

function evidenceOf(rows: readonly Row[]): readonly HostEvidence[] {
  return readable(rows, evidenceRow);
}

function contentOf(connection: Connection, host: string): HostContent {
  const all = (sql: string) => connection.prepare(sql).all(host);
  return {
    rows: all(`SELECT ${ROW_COLUMNS} FROM processes WHERE host = ? ORDER BY at, key`).map(processRow),
    activity: new Map(
      all("SELECT * FROM process_activity WHERE key IN (SELECT key FROM processes WHERE host = ?)").map((row) => [
        text(row, "key"),
        activityOf(row),
      ]),
    ),
    exits: all("SELECT process_key, body FROM process_exits WHERE host = ? ORDER BY time, event_id").map(
      (row) => exitRow(row).fact,
    ),
    logons: all("SELECT body FROM logon_facts WHERE host = ? ORDER BY time, event_id").map(logonFact),
    addresses: all("SELECT host, name, address, first, last FROM host_addresses WHERE host = ?").map(addressRow),
  };
}

/** A period in which a host had an address, as it was recorded under one name. */
export function addressRow(row: Row): HostContent["addresses"][number] {
  const [host, name] = [text(row, "host"), text(row, "name")];
  return {
    host,
    ...(name === host ? {} : { recordedHost: name }),
    address: text(row, "address"),
    first: number(row, "first"),
    last: number(row, "last"),
  };
}
