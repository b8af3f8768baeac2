import { type IncidentRisk, incidentRisk, type RiskPart } from "../../../alert/incident-risk.ts";
import { memoizeByVersion } from "../../memoize.ts";
import type { Queries } from "../connection.ts";
import { number, text } from "../row.ts";

type Ranks = ReadonlyMap<string, IncidentRisk>;

/**
 * The ranks of all incidents, computed when they are asked for and kept as long as nothing is written. SQLite keeps
 * them with the alerts instead, because its readers are several threads. See docs/decisions/0064.
 */
export function incidentRanks(queries: Queries, version: () => Promise<number>): () => Promise<Ranks> {
  const ranks = memoizeByVersion<Ranks>(version);
  return () => ranks("ranks", () => computed(queries));
}

async function computed(queries: Queries): Promise<Ranks> {
  const rows = await queries.run(
    `MATCH (a:Alert) WHERE NOT a.buildingBlock
     RETURN a.itemKey AS key, a.ruleId AS rule, coalesce(a.shape, '') AS shape, a.severityRank AS severity,
       a.host AS host, a.status = 'closed' AND coalesce(a.closeReason, '') <> 'true-positive' AS dismissed,
       count(*) AS alerts`,
  );
  const kindOf = (rule: string, shape: string) => JSON.stringify([rule, shape]);
  const incidents = new Map<string, Set<string>>();
  for (const row of rows) {
    const kind = kindOf(text(row, "rule"), text(row, "shape"));
    const those = incidents.get(kind) ?? new Set();
    incidents.set(kind, those.add(text(row, "key")));
  }
  const parts = Map.groupBy(rows, (row) => text(row, "key"));
  return new Map(
    [...parts].map(([key, own]) => [
      key,
      incidentRisk(
        own.map((row): RiskPart => {
          const [ruleId, shape] = [text(row, "rule"), text(row, "shape")];
          return {
            ruleId,
            ...(shape === "" ? {} : { commandTemplate: shape }),
            severity: number(row, "severity"),
            host: text(row, "host"),
            alerts: number(row, "alerts"),
            dismissed: row["dismissed"] === true,
            incidents: incidents.get(kindOf(ruleId, shape))?.size ?? 1,
          };
        }),
      ),
    ]),
  );
}
