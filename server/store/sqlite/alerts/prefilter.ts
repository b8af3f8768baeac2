import type { Fields } from "#contracts/event";
import type { AlertIndexes, AlertPlaces } from "../../alerts/prefilter.ts";
import { subjectColumns, subjectOf } from "../../alerts/subjects.ts";
import { indexedValues, UNKNOWN_VALUE } from "../../alerts/values.ts";
import { type Connection, number, text } from "../connection.ts";
import { type Clause, oneOf, prefilter } from "../events/prefilter.ts";

const insertSubject = `
  INSERT INTO alert_subjects (host, user, user_id, body) VALUES (?, ?, ?, ?) ON CONFLICT (body) DO NOTHING`;
const subjectOfBody = "SELECT id FROM alert_subjects WHERE body = ?";

/** The number of what an alert's document says in the fields of subjects. */
export function subjectNumber(connection: Connection, document: Fields): number {
  const { host, user, userId, body } = subjectOf(document);
  const find = () => connection.prepare(subjectOfBody).get(body);
  const stored = find();
  if (stored !== undefined) {
    return number(stored, "id");
  }
  connection.prepare(insertSubject).run(host, user, userId, body);
  return number(find() ?? {}, "id");
}

/**
 * Keeps what an alert says. Values that it said before may stay: they lead to an alert that does not match any more, which
 * the evaluator sees.
 */
export function keepValues(connection: Connection, id: string, document: Fields): void {
  const insert = connection.prepare("INSERT INTO alert_values (value, alert_id) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const values = indexedValues(document);
  if (!values.has(UNKNOWN_VALUE)) {
    connection.prepare("DELETE FROM alert_values WHERE value = ? AND alert_id = ?").run(UNKNOWN_VALUE, id);
  }
  for (const value of values) {
    insert.run(value, id);
  }
}

/** For an alert that goes. */
export function forgetValues(connection: Connection, id: string, document: Fields): void {
  const remove = connection.prepare("DELETE FROM alert_values WHERE value = ? AND alert_id = ?");
  for (const value of [UNKNOWN_VALUE, ...indexedValues(document)]) {
    remove.run(value, id);
  }
}

/** By `alert_subjects` and `alert_values`. */
export function alertIndexes(connection: Connection): AlertIndexes<number> {
  return {
    async saying(values, most) {
      const said = oneOf("value", values);
      return connection
        .prepare(`SELECT DISTINCT alert_id FROM alert_values WHERE ${said.sql} LIMIT ?`)
        .all(...said.parameters, most)
        .map((row) => text(row, "alert_id"));
    },
    async subjects(predicate) {
      const candidates = prefilter(predicate, columnOf);
      return connection
        .prepare(`SELECT id, body FROM alert_subjects WHERE ${candidates.sql}`)
        .all(...candidates.parameters)
        .map((row) => ({ id: number(row, "id"), body: text(row, "body") }));
    },
  };
}

function columnOf(field: string): string | undefined {
  const column = subjectColumns.get(field);
  return column === "userId" ? "user_id" : column;
}

/**
 * `alerts` in a FROM, whatever else stands before it; its parameters come before those of the conditions. The joins lead
 * through their indexes: without statistics the planner would take an IN through time.
 */
export function alertsAt(places: AlertPlaces<number>): Clause {
  if (places.kind === "everywhere") {
    return { sql: "alerts", parameters: [] };
  }
  const column = places.kind === "alerts" ? "alerts.id" : "subject";
  const led = `json_each(?) wanted CROSS JOIN alerts ON ${column} = wanted.value`;
  const ids = JSON.stringify(places.ids);
  return places.kind === "alerts" && places.subjects !== undefined
    ? {
        sql: `${led} AND subject IN (SELECT value FROM json_each(?))`,
        parameters: [ids, JSON.stringify(places.subjects)],
      }
    : { sql: led, parameters: [ids] };
}
