import { alertStateOf, type CoveredRows, coveredAlertOf, statesByAskedId } from "../../alerts/covered.ts";
import type { AlertState, CoveredAlert } from "../../alerts/port.ts";
import { readable } from "../../damage.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { QueryParameters } from "../parameters.ts";
import { text } from "../row.ts";
import { queueFilter } from "./queue.ts";

/** Selects alerts by properties only. */
export function coveredRows(queries: Queries): CoveredRows {
  const where = async (condition: string, parameters: QueryParameters): Promise<readonly CoveredAlert[]> =>
    readable(
      await queries.run(
        `MATCH (a:Alert) WHERE ${condition}
         RETURN a.id AS id, a.itemKey AS incidentKey, a.ruleId AS ruleId, a.status AS status,
           a.buildingBlock AS buildingBlock, a.time AS time`,
        parameters.all,
      ),
      coveredAlertOf,
    );
  return {
    passing(query) {
      const parameters = new QueryParameters();
      return where(queueFilter(query, parameters), parameters);
    },
    ofIncidents(keys) {
      const parameters = new QueryParameters();
      return where(`a.itemKey IN ${parameters.add(keys.map(indexed))} AND NOT a.buildingBlock`, parameters);
    },
    async withIds(ids) {
      const parameters = new QueryParameters();
      const current = await currentIds(queries, ids);
      return where(`a.id IN ${parameters.add([...new Set(ids.map((id) => current.get(id) ?? id))])}`, parameters);
    },
  };
}

/** The current ids of former ones. */
async function currentIds(queries: Queries, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await queries.run("MATCH (x:AlertAlias) WHERE x.oldId IN $ids RETURN x.oldId AS oldId, x.id AS id", {
    ids,
  });
  return new Map(rows.map((row) => [text(row, "oldId"), text(row, "id")] as const));
}

/** States by current or former id. */
export async function alertStates(queries: Queries, ids: readonly string[]): Promise<ReadonlyMap<string, AlertState>> {
  const current = await currentIds(queries, ids);
  const rows = await queries.run(
    `MATCH (a:Alert) WHERE a.id IN $ids
     RETURN a.id AS id, a.itemKey AS incidentKey, a.buildingBlock AS buildingBlock, a.status AS status,
       a.closeReason AS closeReason`,
    { ids: [...new Set(ids.map((id) => current.get(id) ?? id))] },
  );
  return statesByAskedId(ids, readable(rows, alertStateOf), current);
}

/** Everything else about the alert, and what is searched of it, stays as it is. */
export function putState(writes: Writes, state: AlertState): void {
  writes.later("MATCH (a:Alert {id: $id}) SET a.status = $status, a.closeReason = $closeReason", {
    id: state.id,
    status: state.status,
    closeReason: state.closeReason,
  });
}
