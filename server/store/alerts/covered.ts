import type { AccountResolver } from "../../lineage/account-identity.ts";
import { stored } from "../damage.ts";
import { number, text } from "../row.ts";
import { statusOf } from "./body.ts";
import type { AlertSelection, AlertState, CoveredAlert } from "./port.ts";
import { withScopes } from "./queue-accounts.ts";
import { withEveryName } from "./queue-hosts.ts";
import type { QueueFilterQuery, QueueRows } from "./queue-rows.ts";

/** What a store has to provide to select alerts: columns only, in any order. */
export interface CoveredRows {
  passing(query: QueueFilterQuery): Promise<readonly CoveredAlert[]>;
  ofIncidents(keys: readonly string[]): Promise<readonly CoveredAlert[]>;
  withIds(ids: readonly string[]): Promise<readonly CoveredAlert[]>;
}

/** The alerts of a selection at one moment, in any order. */
export async function coveredAlerts(
  covered: CoveredRows,
  queue: Pick<QueueRows, "incidents">,
  accounts: () => Promise<AccountResolver>,
  selection: AlertSelection,
): Promise<readonly CoveredAlert[]> {
  switch (selection.kind) {
    case "incidents":
      return covered.ofIncidents(selection.keys);
    case "alerts":
      return covered.withIds(selection.ids);
    case "filter": {
      const { query } = selection;
      const resolver = await accounts();
      const asked = withEveryName(withScopes(query, resolver), resolver.hosts);
      const all = await covered.passing(asked);
      if (query.shape === undefined) {
        return all;
      }
      const { groups } = await queue.incidents(asked, undefined);
      const shaped = new Set(groups.filter(({ rank }) => rank?.signature === query.shape).map(({ key }) => key));
      return all.filter(({ incidentKey }) => shaped.has(incidentKey));
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

export const alertStateOf = stored(
  "alert",
  (row: Row): AlertState => ({
    id: text(row, "id"),
    incidentKey: text(row, "incidentKey"),
    buildingBlock: Boolean(row["buildingBlock"]),
    ...statusOf(row),
  }),
);

export const coveredAlertOf = stored(
  "alert",
  (row: Row): CoveredAlert => ({
    id: text(row, "id"),
    incidentKey: text(row, "incidentKey"),
    ruleId: text(row, "ruleId"),
    status: statusOf(row).status,
    buildingBlock: Boolean(row["buildingBlock"]),
    time: number(row, "time"),
  }),
);

/** States by the ids that were asked for. `current` has the current ids of former ones. */
export function statesByAskedId(
  asked: readonly string[],
  states: readonly AlertState[],
  current: ReadonlyMap<string, string>,
): ReadonlyMap<string, AlertState> {
  const byId = new Map(states.map((state) => [state.id, state]));
  return new Map(
    asked.flatMap((id) => {
      const state = byId.get(id) ?? byId.get(current.get(id) ?? "");
      return state === undefined ? [] : [[id, state] as const];
    }),
  );
}
