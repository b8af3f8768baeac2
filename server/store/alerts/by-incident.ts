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

/** Values by the key that they are of. */
export function valuesByKey(
  pairs: readonly (readonly [key: string, value: string])[],
): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(pairs, ([key]) => key);
  return new Map([...groups].map(([key, own]) => [key, own.map(([, value]) => value)]));
}
