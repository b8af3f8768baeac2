import { headPages, headsByRequest, slicesOf } from "../../alerts/heads.ts";
import type { AlertHeads } from "../../alerts/port.ts";
import { type Connection, number, type Row, text } from "../connection.ts";

/** For reports: alerts in the order of being raised, and those of them that are not closed. */
export const alertHeadIndexes = `
  CREATE INDEX alerts_detected ON alerts (detected_at, id);
  CREATE INDEX alerts_not_closed ON alerts (detected_at, id) WHERE status <> 'closed';
`;

const columns = `alerts.id AS id, rule_id AS ruleId, rule_name AS ruleName, severity, status, close_reason AS closeReason,
  item_key AS incidentKey, host, detected_at AS detectedAt`;

const inOrder = (filter: string) =>
  `SELECT ${columns} FROM alerts WHERE building_block = 0 AND (detected_at, id) > (?, ?) AND detected_at < ? ${filter}
   ORDER BY detected_at, id LIMIT ?`;
const raised = inOrder("");
const notClosed = inOrder("AND status <> 'closed'");

const byId = `
  SELECT requested.value AS requested, ${columns} FROM json_each(?) requested
  LEFT JOIN alert_aliases former ON former.old_id = requested.value
  JOIN alerts ON alerts.id = coalesce(former.id, requested.value) WHERE building_block = 0`;

const first = `
  SELECT item_key AS key, min(detected_at) AS first FROM alerts
  WHERE item_key IN (SELECT value FROM json_each(?)) AND building_block = 0 GROUP BY item_key`;

export function alertHeads(connection: Connection): AlertHeads {
  const pages = (sql: string, from: number, to: number) =>
    headPages(from, async ({ at, id }, limit) => connection.prepare(sql).all(at, id, to, limit));
  const inSlices = (sql: string, values: readonly string[]): Row[] =>
    slicesOf(values).flatMap((slice) => connection.prepare(sql).all(jsonOf(slice)));
  return {
    raised: ({ from, to }) => pages(raised, from, to),
    notClosed: (before) => pages(notClosed, Number.MIN_SAFE_INTEGER, before),
    heads: async (ids) => headsByRequest(inSlices(byId, [...new Set(ids)])),
    async firstRaised(keys) {
      const rows = inSlices(first, [...new Set(keys)]);
      return new Map(rows.map((row) => [text(row, "key"), number(row, "first")]));
    },
  };
}

function jsonOf(values: readonly string[]): string {
  return JSON.stringify(values.map((value) => value.toWellFormed()));
}
