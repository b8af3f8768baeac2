import { alertStatus } from "#contracts/alert";
import type { StatusCounts } from "#contracts/incident";

/** Counts of alerts by incident and status. */
export function countsByKey(
  rows: readonly { readonly key: string; readonly status: string; readonly alerts: number }[],
): ReadonlyMap<string, StatusCounts> {
  const counts = new Map<string, StatusCounts>();
  for (const { key, status, alerts } of rows) {
    const known = counts.get(key) ?? { open: 0, acknowledged: 0, escalated: 0, closed: 0 };
    counts.set(key, { ...known, [alertStatus.parse(status)]: alerts });
  }
  return counts;
}
