import { stored } from "../../damage.ts";
import type { TriageReader, TriageWriter } from "../../triage/port.ts";
import { answerOf, answersByAlert, attachedText, transitionOf } from "../../triage/rows.ts";
import { bytes, type Connection, type Row, text } from "../connection.ts";

/** Texts that were pasted as evidence: as bytes, because a text may have any character, NUL included. */
export const attachedTextTable = `
  CREATE TABLE attached_texts (id TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
`;

export const attachedTextOf = stored("attached text", (row: Row) =>
  attachedText(text(row, "id"), bytes(row, "content")),
);

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
    async attachedTexts(hashes) {
      const rows = connection
        .prepare("SELECT id, content FROM attached_texts WHERE id IN (SELECT value FROM json_each(?))")
        .all(JSON.stringify(hashes));
      return new Map(rows.map(attachedTextOf).map((one) => [one.sha256, one.text]));
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
    async putAttachedText({ sha256, text }) {
      connection
        .prepare("INSERT INTO attached_texts (id, content) VALUES (?, ?) ON CONFLICT (id) DO NOTHING")
        .run(sha256, Buffer.from(text));
    },
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
