import type { ChangesReader, WorkedOn } from "../../changes/port.ts";
import { auditHead } from "../audit/reader.ts";
import { type Connection, number, text } from "../connection.ts";

/** The alerts in `?1` by their current or former ids. */
const ofAlerts = `
  SELECT wanted.value AS id, a.item_key AS key FROM json_each(?1) wanted
  JOIN alerts a ON a.id = coalesce((SELECT x.id FROM alert_aliases x WHERE x.old_id = wanted.value), wanted.value)
  WHERE a.building_block = 0`;
const ofRecords =
  "SELECT id, item_key AS key FROM incidents WHERE id IN (SELECT value FROM json_each(?1)) AND item_key IS NOT NULL";

export function changesReader(connection: Connection): ChangesReader {
  return {
    async look() {
      const changes = connection.prepare("SELECT changes FROM alert_changes").get() ?? {};
      return { audit: auditHead(connection), alerts: number(changes, "changes") };
    },
    async incidentsOf(subjects) {
      const keys = (kind: WorkedOn["kind"], sql: string) => {
        const ids = subjects.filter((subject) => subject.kind === kind).map(({ id }) => id);
        const rows = ids.length === 0 ? [] : connection.prepare(sql).all(JSON.stringify(ids));
        return rows.map((row) => ({ kind, id: text(row, "id"), key: text(row, "key") }));
      };
      return [...keys("alert", ofAlerts), ...keys("incident", ofRecords)];
    },
  };
}
