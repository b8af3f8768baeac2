import { headPages, headsByRequest, slicesOf } from "../../alerts/heads.ts";
import type { AlertHeads } from "../../alerts/port.ts";
import type { Queries } from "../connection.ts";
import type { Parameter } from "../driver-value.ts";
import { indexed } from "../indexed.ts";
import { number, type Row } from "../row.ts";
import { index } from "../schema.ts";

/** For reports: alerts in the order of being raised, and those of them that are not closed. */
export const alertHeadSchema: readonly string[] = [
  index("alert_detected", "Alert", "detectedAt"),
  index("alert_status_detected", "Alert", "status", "detectedAt"),
];

const columns = `a.id AS id, a.ruleId AS ruleId, a.ruleName AS ruleName, a.severityRank AS severity, a.status AS status,
  a.closeReason AS closeReason, a.itemKey AS incidentKey, a.host AS host, a.detectedAt AS detectedAt`;

const inOrder = (filter: string) => `
  MATCH (a:Alert) WHERE ${filter} a.detectedAt >= $at AND a.detectedAt < $to
    AND NOT a.buildingBlock AND (a.detectedAt > $at OR a.id > $id)
  RETURN ${columns} ORDER BY detectedAt, id LIMIT $limit`;
const raised = inOrder("");
const notClosed = inOrder("a.status IN ['open', 'acknowledged', 'escalated'] AND");

const byId = `
  UNWIND $values AS requested
  OPTIONAL MATCH (former:AlertAlias {oldId: requested})
  WITH requested, coalesce(former.id, requested) AS current
  MATCH (a:Alert {id: current}) WHERE NOT a.buildingBlock
  RETURN requested, ${columns}`;

const first = `
  UNWIND range(0, size($values) - 1) AS position
  MATCH (a:Alert {itemKey: $values[position]}) WHERE NOT a.buildingBlock
  RETURN position, min(a.detectedAt) AS first`;

export function alertHeads(queries: Queries): AlertHeads {
  const pages = (cypher: string, from: number, to: number) =>
    headPages(from, ({ at, id }, limit) => queries.run(cypher, { at, id, to, limit }));
  async function* inSlices(cypher: string, values: readonly string[]): AsyncIterable<[readonly string[], Row]> {
    for (const slice of slicesOf(values)) {
      const parameters: Record<string, Parameter> = { values: slice.map(indexed) };
      for (const row of await queries.run(cypher, parameters)) {
        yield [slice, row];
      }
    }
  }
  return {
    raised: ({ from, to }) => pages(raised, from, to),
    notClosed: (before) => pages(notClosed, Number.MIN_SAFE_INTEGER, before),
    async heads(ids) {
      return headsByRequest((await Array.fromAsync(inSlices(byId, [...new Set(ids)]))).map(([, row]) => row));
    },
    async firstRaised(keys) {
      const rows = await Array.fromAsync(inSlices(first, [...new Set(keys)]));
      return new Map(rows.map(([slice, row]) => [slice[number(row, "position")] ?? "", number(row, "first")]));
    },
  };
}
