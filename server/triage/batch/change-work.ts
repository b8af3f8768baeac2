import type { BatchAction } from "#contracts/batch";
import type { BatchPart, PartIncident } from "../../store/batches/port.ts";
import { assigned, changeRecordIn, tagged } from "../incident/work.ts";
import type { IncidentOutcome, LeftCode } from "./outcome.ts";
import type { Slice } from "./slice.ts";

export type WorkAction = Extract<BatchAction, { kind: "assign" | "tag" }>;

/** Assigns or tags the incidents of a part. In order. */
export async function changeWork(
  slice: Slice,
  { incidents }: Pick<BatchPart, "incidents">,
  action: WorkAction,
): Promise<readonly IncidentOutcome[]> {
  const outcomes: IncidentOutcome[] = [];
  for (const incident of incidents) {
    outcomes.push(await changeIncident(slice, incident, action));
  }
  return outcomes;
}

async function changeIncident(slice: Slice, incident: PartIncident, action: WorkAction): Promise<IncidentOutcome> {
  const { transaction, actor, at, newId, batch } = slice;
  const { key, alerts, continues } = incident;
  const nothing = { changed: { key, alerts: [] }, left: new Map<LeftCode, readonly string[]>(), whole: true };
  if (continues === true) {
    return nothing;
  }
  const edit = action.kind === "assign" ? assigned(action.assignee) : tagged(action);
  const changed = await changeRecordIn(transaction, { key, actor, at, newId, batch: batch.id }, edit);
  switch (changed.kind) {
    case "changed":
      return { ...nothing, changed: { key, alerts: [], work: { before: changed.before, after: changed.after } } };
    case "same":
      return { ...nothing, left: new Map([["workflow.same-status", alerts.slice(0, 1)]]) };
    case "no-incident":
      return { ...nothing, left: new Map([["alert.not-found", alerts.slice(0, 1)]]) };
  }
}
