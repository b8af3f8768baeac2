import type { Fields } from "#contracts/event";
import type { AlertCandidates, AlertIndexes } from "../../alerts/prefilter.ts";
import { subjectColumns, subjectOf } from "../../alerts/subjects.ts";
import { indexedValues, UNKNOWN_VALUE } from "../../alerts/values.ts";
import { type Clause, oneOf } from "../clause.ts";
import { type Connection, number, text } from "../connection.ts";
import { prefilter } from "../events/prefilter.ts";

const insertSubject = `
  INSERT INTO alert_subjects (host, user, user_id, body) VALUES (?, ?, ?, ?) ON CONFLICT (body) DO NOTHING`;
const subjectWithBody = "SELECT id FROM alert_subjects WHERE body = ?";
const insertValue = "INSERT INTO alert_values (value, alert_id) VALUES (?, ?) ON CONFLICT DO NOTHING";
const deleteValue = "DELETE FROM alert_values WHERE value = ? AND alert_id = ?";

/** The id of the subject of an alert document, which is stored if it is new. */
export function subjectId(connection: Connection, document: Fields): number {
  const { host, user, userId, body } = subjectOf(document);
  const find = () => connection.prepare(subjectWithBody).get(body);
  const stored = find();
  if (stored !== undefined) {
    return number(stored, "id");
  }
  connection.prepare(insertSubject).run(host, user, userId, body);
  return number(find() ?? {}, "id");
}

/**
 * Indexes the values of an alert document. Values of an earlier version may remain: they lead to an alert that no
 * longer matches, which the evaluator notices.
 */
export function saveAlertValues(connection: Connection, id: string, document: Fields): void {
  const values = indexedValues(document);
  if (!values.has(UNKNOWN_VALUE)) {
    connection.prepare(deleteValue).run(UNKNOWN_VALUE, id);
  }
  for (const value of values) {
    connection.prepare(insertValue).run(value, id);
  }
}

/** For an alert that is about to be deleted. */
export function deleteAlertValues(connection: Connection, id: string, document: Fields): void {
  for (const value of [...indexedValues(document), UNKNOWN_VALUE]) {
    connection.prepare(deleteValue).run(value, id);
  }
}

/** The indexes `alert_subjects` and `alert_values`. */
export function alertIndexes(connection: Connection): AlertIndexes<number> {
  return {
    async withValues(values, limit) {
      const matching = oneOf("value", values);
      return connection
        .prepare(`SELECT DISTINCT alert_id FROM alert_values WHERE ${matching.sql} LIMIT ?`)
        .all(...matching.parameters, limit)
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
 * `alerts` as the source of a FROM; its parameters come before those of the WHERE. The joins force the use of their
 * indexes: without statistics the planner would walk an IN by time.
 */
export function fromCandidates(candidates: AlertCandidates<number>): Clause {
  if (candidates.kind === "all") {
    return { sql: "alerts", parameters: [] };
  }
  const column = candidates.kind === "alerts" ? "alerts.id" : "subject";
  const join = `json_each(?) wanted CROSS JOIN alerts ON ${column} = wanted.value`;
  const ids = JSON.stringify(candidates.ids);
  return candidates.kind === "alerts" && candidates.subjects !== undefined
    ? {
        sql: `${join} AND subject IN (SELECT value FROM json_each(?))`,
        parameters: [ids, JSON.stringify(candidates.subjects)],
      }
    : { sql: join, parameters: [ids] };
}
