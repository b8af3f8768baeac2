import { setImmediate } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { incidentKey, mergedLineageKey, removedIncidentKey } from "../../../alert/incident-key.ts";
import { hostGroups } from "../../../lineage/hosts/host-groups.ts";
import { positionOf } from "../../../lineage/process-row.ts";
import { alertOf } from "../../alerts/body.ts";
import { DamagedValue, readable, toleratingDamage } from "../../damage.ts";
import type { IntegrityReader, IntegrityStep } from "../../integrity/port.ts";
import { danglingReference, derivedDiffers } from "../../integrity/problems.ts";
import { linkOf, passkeyOf, passwordOf, personOf } from "../../people/rows.ts";
import { wrongRanks } from "../alerts/ranks.ts";
import { type Connection, number, type Row } from "../connection.ts";
import { allHosts } from "../lineage/hosts.ts";
import { processRow, ROW_COLUMNS } from "../lineage/rows.ts";
import { sessionOf, tokenOf } from "../people/rows.ts";
import { attachedTextsMissing, derivations, references } from "./references.ts";

/** Faults that SQLite lists per table; more of one table say nothing new. */
const mostFaults = 20;
/** Rows of people read at a time. */
const PAGE = 500;

export function integrityReader(connection: Connection, path: string): IntegrityReader {
  return {
    async steps() {
      const tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .all()
        .map((row) => String(row["name"]));
      return [
        ...tables.map((table) => structureOf(connection, path, table)),
        ...people.map((one) => bodiesOf(connection, one)),
        ...references.map(
          ({ what, from: [table, column], to: [other, key] }): IntegrityStep => ({
            name: what,
            run: async () =>
              counted(
                connection,
                `SELECT c."${column}" AS example FROM "${table}" c WHERE c."${column}" IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM "${other}" p WHERE p."${key}" = c."${column}")`,
                (count, example) => danglingReference(what, count, example),
              ),
          }),
        ),
        {
          name: "attached texts of answers",
          run: async () =>
            counted(connection, attachedTextsMissing, (count, example) =>
              danglingReference("attached texts of answers", count, example),
            ),
        },
        { name: "hosts of names", run: () => hostsOfNames(connection) },
        { name: "columns of processes", run: () => columnsOfProcesses(connection) },
        { name: "incidents of alerts", run: () => incidentsOfAlerts(connection) },
        { name: "ranks of incidents", run: () => ranksOfIncidents(connection) },
        ...derivations.map(
          ({ what, sql }): IntegrityStep => ({
            name: what,
            run: async () => counted(connection, sql, (count, example) => derivedDiffers(what, count, example)),
          }),
        ),
      ];
    },
  };
}

/** The host of each name is what all names and the evidence give. A name may not be decided yet. */
async function hostsOfNames(connection: Connection): Promise<readonly Problem[]> {
  const { value, damage } = await toleratingDamage(async () => allHosts(connection));
  if (damage !== undefined) {
    // The sections of names and evidence name what cannot be read.
    return [];
  }
  const { names, evidence } = value;
  const groups = hostGroups(names.keys(), evidence);
  const wrong = [...names].filter(([name, host]) => host !== undefined && host !== groups.get(name)?.host);
  return wrong.length === 0 ? [] : [derivedDiffers("hosts of names", wrong.length, wrong[0]?.[0])];
}

/** What processes are looked up by is what their facts give. */
async function columnsOfProcesses(connection: Connection): Promise<readonly Problem[]> {
  const wrong: string[] = [];
  for (let after = ""; ; await setImmediate()) {
    const rows = connection
      .prepare(`SELECT ${ROW_COLUMNS}, pid, name, at FROM processes WHERE key > ? ORDER BY key LIMIT ${PAGE}`)
      .all(after);
    // The section of processes names those that cannot be read.
    const { value } = await toleratingDamage(async () => readable(rows, (row) => ({ row, process: processRow(row) })));
    for (const { row, process } of value) {
      const { pid, name, at } = positionOf(process);
      const expected = [pid, name, process.kind === "placeholder" ? undefined : at];
      if ([row["pid"], row["name"], row["at"]].some((column, index) => (column ?? undefined) !== expected[index])) {
        wrong.push(process.key);
      }
    }
    const last = rows.at(-1)?.["key"];
    if (rows.length < PAGE || typeof last !== "string") {
      return wrong.length === 0 ? [] : [derivedDiffers("columns of processes", wrong.length, wrong[0])];
    }
    after = last;
  }
}

/** Which incident an alert is in is what its body gives, with what people moved by hand. */
async function incidentsOfAlerts(connection: Connection): Promise<readonly Problem[]> {
  const wrong: string[] = [];
  for (let after = ""; ; await setImmediate()) {
    const rows = connection
      .prepare(
        `SELECT id, body, status, close_reason AS closeReason, item_key, left_item, merge_from FROM alerts JOIN alert_bodies USING (id)
         WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
      )
      .all(after);
    // The section of alerts names those that cannot be read.
    const { value } = await toleratingDamage(async () => readable(rows, (row) => ({ row, alert: alertOf(row) })));
    for (const { row, alert } of value) {
      const expected = [incidentKey(alert), removedIncidentKey(alert), mergedLineageKey(alert)];
      const columns = [row["item_key"], row["left_item"], row["merge_from"]];
      if (columns.some((column, index) => (column ?? undefined) !== expected[index])) {
        wrong.push(alert.id);
      }
    }
    const last = rows.at(-1)?.["id"];
    if (rows.length < PAGE || typeof last !== "string") {
      return wrong.length === 0 ? [] : [derivedDiffers("incidents of alerts", wrong.length, wrong[0])];
    }
    after = last;
  }
}

async function ranksOfIncidents(connection: Connection): Promise<readonly Problem[]> {
  const wrong = await wrongRanks(connection);
  return wrong.length === 0 ? [] : [derivedDiffers("ranks of incidents", wrong.length, wrong[0])];
}

/** SQLite's own check of a table and its indexes: pages, order, types of columns, missing and surplus entries. */
function structureOf(connection: Connection, path: string, table: string): IntegrityStep {
  return {
    name: `structure of ${table}`,
    async run() {
      const rows = connection.prepare(`PRAGMA integrity_check('${table.replaceAll("'", "''")}')`).all();
      const faults = rows.map((row) => String(row["integrity_check"])).filter((line) => line !== "ok");
      return faults.slice(0, mostFaults).map(
        (fault): Problem => ({
          code: "store.damaged",
          message: `table ${table}: ${fault}`,
          at: { file: path },
          remedy: "Restore a backup with stemma restore, or ingest the captures again into a new store.",
        }),
      );
    },
  };
}

interface Bodies {
  readonly table: string;
  readonly key: string;
  readonly read: (row: Row) => unknown;
}

/** The tables about people, which are no section of a snapshot: see docs/decisions/0039. */
const people: readonly Bodies[] = [
  { table: "people", key: "id", read: personOf },
  { table: "passwords", key: "person_id", read: passwordOf },
  { table: "passkeys", key: "id", read: passkeyOf },
  { table: "sign_in_links", key: "person_id", read: linkOf },
  { table: "sign_in_sessions", key: "id", read: sessionOf },
  { table: "service_tokens", key: "id", read: tokenOf },
];

function bodiesOf(connection: Connection, { table, key, read }: Bodies): IntegrityStep {
  return {
    name: `rows of ${table}`,
    async run() {
      const found: Problem[] = [];
      for (let after = ""; ; ) {
        const rows = connection
          .prepare(`SELECT ${key} AS id, * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${PAGE}`)
          .all(after);
        for (const row of rows) {
          try {
            read(row);
          } catch (error) {
            if (!(error instanceof DamagedValue)) {
              throw error;
            }
            found.push(error.problem);
          }
        }
        const last = rows.at(-1)?.["id"];
        if (rows.length < PAGE || typeof last !== "string") {
          return found;
        }
        after = last;
      }
    },
  };
}

function counted(
  connection: Connection,
  sql: string,
  problem: (count: number, example: string) => Problem,
): readonly Problem[] {
  const row = connection.prepare(`SELECT count(*) AS count, min(example) AS example FROM (${sql})`).get();
  const count = row === undefined ? 0 : number(row, "count");
  return count === 0 ? [] : [problem(count, String(row?.["example"]))];
}
