import { alertStateOf, type CoveredRows, coveredAlertOf, statesByAskedId } from "../../alerts/covered.ts";
import type { AlertState, CoveredAlert } from "../../alerts/port.ts";
import { readable } from "../../damage.ts";
import { type Clause, oneOf } from "../clause.ts";
import { type Connection, text } from "../connection.ts";
import { queueClause } from "./queue-filter.ts";

/** Selects alerts by columns only. */
export function coveredRows(connection: Connection): CoveredRows {
  const where = (clause: Clause): readonly CoveredAlert[] =>
    readable(
      connection
        .prepare(
          `SELECT alerts.id AS id, item_key AS incidentKey, rule_id AS ruleId, status, building_block AS buildingBlock,
             time
           FROM alerts WHERE ${clause.sql}`,
        )
        .all(...clause.parameters),
      coveredAlertOf,
    );
  return {
    passing: async (query) => where(queueClause(query)),
    ofIncidents: async (keys) =>
      where({
        sql: `building_block = 0 AND ${oneOf("item_key", keys).sql}`,
        parameters: oneOf("item_key", keys).parameters,
      }),
    async withIds(ids) {
      const current = currentIds(connection, ids);
      return where(oneOf("alerts.id", [...new Set(ids.map((id) => current.get(id) ?? id))]));
    },
  };
}

/** The current ids of former ones. */
function currentIds(connection: Connection, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    connection
      .prepare("SELECT old_id, id FROM alert_aliases WHERE old_id IN (SELECT value FROM json_each(?))")
      .all(JSON.stringify(ids))
      .map((row) => [text(row, "old_id"), text(row, "id")] as const),
  );
}

/** States by current or former id. */
export function alertStates(connection: Connection, ids: readonly string[]): ReadonlyMap<string, AlertState> {
  const current = currentIds(connection, ids);
  const rows = connection
    .prepare(
      `SELECT a.id AS id, item_key AS incidentKey, building_block AS buildingBlock, status, close_reason AS closeReason
       FROM json_each(?) wanted CROSS JOIN alerts a ON a.id = wanted.value`,
    )
    .all(JSON.stringify([...new Set(ids.map((id) => current.get(id) ?? id))]));
  return statesByAskedId(ids, readable(rows, alertStateOf), current);
}

/** Everything else about the alert, and what is searched of it, stays as it is. */
export function putState(connection: Connection, state: AlertState): void {
  connection
    .prepare("UPDATE alerts SET status = ?, close_reason = ? WHERE id = ?")
    .run(state.status, state.closeReason, state.id);
}
