import type { StatusCounts } from "#contracts/incident";
import { changeStatus, type StatusChange } from "../../alert/change-status.ts";
import type { AlertState } from "../../store/alerts/port.ts";
import type { ChangedAlert } from "../../store/batches/port.ts";
import type { Slice } from "./slice.ts";

/** An alert as it is, and what becomes of it. */
export interface AlertChange {
  readonly state: AlertState;
  readonly change: Omit<StatusChange, "at" | "batch">;
}

/**
 * Changes the status of alerts of one incident. Returns what each was before, and the alerts of the incident by status
 * afterwards, where `counts` has them from before.
 */
export async function changeAlerts(
  { transaction, at, batch }: Pick<Slice, "transaction" | "at" | "batch">,
  changes: readonly AlertChange[],
  counts: StatusCounts | undefined,
): Promise<{ readonly changed: readonly ChangedAlert[]; readonly after: StatusCounts }> {
  const tables = { ...transaction, alerts: { put: transaction.alerts.putState } };
  const after = { open: 0, acknowledged: 0, escalated: 0, closed: 0, ...counts };
  const changed: ChangedAlert[] = [];
  for (const { state, change } of changes) {
    const result = await changeStatus(tables, state, { ...change, at, batch: batch.id });
    if (!result.ok) {
      throw new Error(`alert ${state.id} cannot become ${change.to}: ${result.error.message}`);
    }
    changed.push({ id: state.id, from: state.status, reason: state.closeReason });
    if (!state.buildingBlock) {
      after[state.status] -= 1;
      after[change.to] += 1;
    }
  }
  return { changed, after };
}
