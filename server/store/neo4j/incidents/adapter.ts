import { incidentRecordOf, workByKey } from "../../incidents/body.ts";
import type { IncidentReader, IncidentWriter } from "../../incidents/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { number, text } from "../row.ts";
import { index, unique } from "../schema.ts";
import { currentIds } from "../triage/adapter.ts";

export const incidentSchema: readonly string[] = [
  unique("incident_id", "Incident", "id"),
  index("incident_alert", "Incident", "alertId"),
  index("incident_item", "Incident", "itemKey"),
  index("alert_merge_from", "Alert", "mergeFrom"),
];

const columns = "i.id AS id, i.alertId AS alertId, i.body AS body";

export function incidentReader(queries: Queries): IncidentReader {
  return {
    async work(keys) {
      const asked = [...new Set(keys)];
      if (asked.length === 0) {
        return new Map();
      }
      const rows = await queries.run(
        `UNWIND $keys AS key MATCH (i:Incident {itemKey: key.indexed}) RETURN key.position AS position, ${columns}`,
        { keys: asked.map((key, position) => ({ indexed: indexed(key), position })) },
      );
      return workByKey(rows, (row) => asked[number(row, "position")] ?? "");
    },
    async keysOf(ids) {
      const rows = await queries.run(
        "UNWIND $ids AS id MATCH (i:Incident {id: id}) WHERE i.itemKey IS NOT NULL RETURN i.id AS id, i.itemKey AS key",
        { ids: [...new Set(ids)] },
      );
      return new Map(rows.map((row) => [text(row, "id"), text(row, "key")]));
    },
  };
}

export function incidentWriter(writes: Writes): IncidentWriter {
  return {
    ...incidentReader(writes),
    async records(key) {
      const rows = await writes.run(`MATCH (i:Incident {itemKey: $key}) RETURN ${columns}`, { key: indexed(key) });
      return rows.map(incidentRecordOf);
    },
    async put(record) {
      writes.later(
        `${currentIds}
         MERGE (i:Incident {id: $incident})
         SET i.alertId = id, i.body = $body, i.assignee = $assignee, i.tags = $tags
         WITH i MATCH (a:Alert {id: i.alertId}) SET i.itemKey = a.itemKey`,
        {
          ids: [record.alertId],
          incident: record.id,
          body: JSON.stringify(record),
          assignee: record.assignee,
          tags: [...record.tags],
        },
      );
    },
  };
}
