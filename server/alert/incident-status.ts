import type { AlertStatus } from "#contracts/alert";
import type { StatusCounts } from "#contracts/incident";

/** The status of an incident: escalated if one of its alerts is, else open or acknowledged likewise. */
export function incidentStatus(statuses: readonly AlertStatus[]): AlertStatus {
  const order = ["escalated", "open", "acknowledged"] as const;
  return order.find((status) => statuses.includes(status)) ?? "closed";
}

export function statusOfCounts(counts: StatusCounts): AlertStatus {
  return incidentStatus((Object.keys(counts) as AlertStatus[]).filter((status) => counts[status] > 0));
}
