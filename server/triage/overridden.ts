import type { AlertSummary } from "#contracts/alert";
import type { TransitionRecord } from "../alert/record.ts";
import type { Store } from "../store/port.ts";

/** Marks the alerts that somebody closed against the verdict, from their history: see docs/decisions/0075. */
export async function withOverridden<A extends Pick<AlertSummary, "id" | "status" | "overridden">>(
  { triage }: Pick<Store, "triage">,
  alerts: readonly A[],
): Promise<readonly A[]> {
  const closed = alerts.filter((alert) => alert.status === "closed").map(({ id }) => id);
  return closed.length === 0 ? alerts : markOverridden(alerts, await triage.transitions(closed));
}

/** The same with transitions that were read already. */
export function markOverridden<A extends Pick<AlertSummary, "id" | "status" | "overridden">>(
  alerts: readonly A[],
  transitions: readonly TransitionRecord[],
): readonly A[] {
  const last = new Map(
    transitions.filter(({ incident }) => incident === undefined).map((one) => [one.alertId, one] as const),
  );
  return alerts.map((alert) =>
    alert.status === "closed" && last.get(alert.id)?.overridden === true ? { ...alert, overridden: true } : alert,
  );
}
