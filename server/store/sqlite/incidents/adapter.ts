import { incidentRecordOf, workByKey } from "../../incidents/body.ts";
import type { IncidentReader, IncidentWriter } from "../../incidents/port.ts";
import { oneOf } from "../clause.ts";
import { type Connection, text } from "../connection.ts";
import { currentId } from "../triage/adapter.ts";

const columns = "id, alert_id AS alertId, item_key AS itemKey, body";

export function incidentReader(connection: Connection): IncidentReader {
  return {
    async work(keys) {
      const wanted = oneOf("item_key", [...new Set(keys)]);
      const rows = connection.prepare(`SELECT ${columns} FROM incidents WHERE ${wanted.sql}`).all(...wanted.parameters);
      return workByKey(rows, (row) => text(row, "itemKey"));
    },
    async keysOf(ids) {
      const wanted = oneOf("id", [...new Set(ids)]);
      const rows = connection
        .prepare(`SELECT id, item_key AS key FROM incidents WHERE ${wanted.sql} AND item_key IS NOT NULL`)
        .all(...wanted.parameters);
      return new Map(rows.map((row) => [text(row, "id"), text(row, "key")]));
    },
  };
}

export function incidentWriter(connection: Connection): IncidentWriter {
  return {
    ...incidentReader(connection),
    async records(key) {
      return connection.prepare(`SELECT ${columns} FROM incidents WHERE item_key = ?`).all(key).map(incidentRecordOf);
    },
    async put(record) {
      const alertId = currentId(connection, record.alertId);
      connection
        .prepare(
          `INSERT INTO incidents (id, alert_id, item_key, body)
           VALUES (?1, ?2, (SELECT item_key FROM alerts WHERE id = ?2), ?3)
           ON CONFLICT (id) DO UPDATE SET alert_id = excluded.alert_id, item_key = excluded.item_key, body = excluded.body`,
        )
        .run(record.id, alertId, JSON.stringify({ ...record, alertId }));
    },
  };
}
