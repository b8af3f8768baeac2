import { z } from "zod";
import { incidentClosing, incidentComment, incidentReopening } from "#contracts/incident";
import { type CombinedWork, combineWork, type IncidentRecord } from "../../alert/incident-record.ts";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

type Row = Readonly<Record<string, unknown>>;

const schema = z.object({
  id: z.string(),
  alertId: z.string(),
  assignee: z.string().optional(),
  tags: z.array(z.string()),
  comments: z.array(incidentComment),
  closed: incidentClosing.optional(),
  reopened: incidentReopening.optional(),
  changedAt: z.number(),
});

/** A record from its `body` and its `alertId`, which changes when the alert gets another id. */
export const incidentRecordOf = stored(
  "work on an incident",
  (row: Row): IncidentRecord => ({ ...schema.parse(JSON.parse(text(row, "body"))), alertId: text(row, "alertId") }),
);

/** Combines the records of each incident. `keyOf` reads the key of a row. */
export function workByKey(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, CombinedWork> {
  const groups = Map.groupBy(rows, keyOf);
  return new Map(
    [...groups].flatMap(([key, members]) => {
      const work = combineWork(members.map(incidentRecordOf));
      return work === undefined ? [] : [[key, work] as const];
    }),
  );
}
