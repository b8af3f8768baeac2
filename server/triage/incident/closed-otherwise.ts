import type { CloseReason } from "#contracts/alert";
import { incidentKey } from "../../alert/incident-key.ts";
import { incidentStatus } from "../../alert/incident-status.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { pauses } from "../../lib/pause.ts";
import type { StoreTransaction } from "../../store/port.ts";
import { recordTransition } from "./record-transition.ts";
import { isClosed } from "./transition.ts";
import type { IncidentChange } from "./work.ts";

/** Why alerts were closed, and by whom. */
export interface ClosedOtherwise extends Omit<IncidentChange, "key" | "expected"> {
  readonly reason: CloseReason;
  readonly note: string;
}

/**
 * To be called after alerts were closed for another reason than a change of their incidents, such as a new exception:
 * an incident without an open alert was closed as a whole, so that a later alert reopens it and says why.
 */
export async function noteClosedIncidents(
  transaction: Pick<StoreTransaction, "alerts" | "incidents" | "audit" | "deliveries">,
  closed: readonly AlertRecord[],
  change: ClosedOtherwise,
): Promise<void> {
  const { reason, note } = change;
  const byIncident = Map.groupBy(
    closed.filter(({ buildingBlock }) => !buildingBlock),
    incidentKey,
  );
  const pause = pauses();
  for (const [key, alerts] of byIncident) {
    await pause();
    if (await isClosed(transaction, key)) {
      const before = incidentStatus(alerts.map(({ status }) => status));
      const request = { to: "closed", reason, note } as const;
      const transition = { request, before, alerts: alerts.length, closed: true, scope: "alerts" } as const;
      await recordTransition(transaction, { ...change, key }, transition);
    }
  }
}
