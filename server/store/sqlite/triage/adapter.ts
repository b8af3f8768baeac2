import type { TriageReader, TriageWriter } from "../../triage/port.ts";
import { answerOf, answersByAlert, transitionOf } from "../../triage/rows.ts";
import { type Connection, text } from "../connection.ts";

/** Resolves a former alert id: the work on an alert is stored under its current id. */
export function currentId(connection: Connection, id: string): string {
  const row = connection.prepare("SELECT id FROM alert_aliases WHERE old_id = ?").get(id);
  return row === undefined ? id : text(row, "id");
}

export function triageReader(connection: Connection): TriageReader {
  return {
    async answers(alertId) {
      return connection
        .prepare(
          `SELECT number, body FROM answers WHERE number IN
             (SELECT max(number) FROM answers WHERE alert_id = ? GROUP BY step_id) ORDER BY number`,
        )
        .all(currentId(connection, alertId))
        .map(answerOf);
    },
    async answersOn(alertIds) {
      const ids = [...new Set(alertIds.map((id) => currentId(connection, id)))];
      const rows = connection
        .prepare(
          `SELECT number, alert_id AS alertId, body FROM answers WHERE number IN
             (SELECT max(number) FROM answers WHERE alert_id IN (SELECT value FROM json_each(?))
              GROUP BY alert_id, step_id)
           ORDER BY number`,
        )
        .all(JSON.stringify(ids));
      return answersByAlert(rows);
    },
    async checked(alertId) {
      const rows = connection
        .prepare("SELECT item FROM checked_items WHERE alert_id = ?")
        .all(currentId(connection, alertId));
      return new Set(rows.map((row) => text(row, "item")));
    },
    async transitions(alertIds) {
      const ids = [...new Set(alertIds.map((id) => currentId(connection, id)))];
      return connection
        .prepare(
          "SELECT number, alert_id AS alertId, body FROM transitions WHERE alert_id IN (SELECT value FROM json_each(?)) ORDER BY number",
        )
        .all(JSON.stringify(ids))
        .map(transitionOf);
    },
  };
}

export function triageWriter(connection: Connection): TriageWriter {
  return {
    ...triageReader(connection),
    async putAnswer(alertId, answer) {
      connection
        .prepare("INSERT INTO answers (alert_id, step_id, body) VALUES (?, ?, ?)")
        .run(currentId(connection, alertId), answer.stepId, JSON.stringify(answer));
    },
    async setChecked(alertId, item, done) {
      connection
        .prepare(
          done
            ? "INSERT INTO checked_items (alert_id, item) VALUES (?, ?) ON CONFLICT DO NOTHING"
            : "DELETE FROM checked_items WHERE alert_id = ? AND item = ?",
        )
        .run(currentId(connection, alertId), item);
    },
    async addTransition(transition) {
      connection
        .prepare("INSERT INTO transitions (alert_id, body) VALUES (?, ?)")
        .run(currentId(connection, transition.alertId), JSON.stringify(transition));
    },
  };
}
