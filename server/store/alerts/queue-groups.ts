import { number, text } from "../row.ts";
import type { AccountGroup, GroupSortKey, QueueGroup } from "./queue-rows.ts";

/** Adds up the rows with one key, in the order of the queue. */
export function foldGroups(rows: readonly AccountGroup[], keyOf: (row: AccountGroup) => string): readonly QueueGroup[] {
  const groups = new Map<string, QueueGroup>();
  for (const row of rows) {
    const key = keyOf(row);
    const { severity, risk, latest, alerts } = groups.get(key) ?? { ...row, alerts: 0 };
    groups.set(key, {
      key,
      severity: Math.max(severity, row.severity),
      risk: Math.max(risk, row.risk),
      latest: Math.max(latest, row.latest),
      alerts: alerts + row.alerts,
    });
  }
  return [...groups.values()].sort(inQueueOrder);
}

/** The group in a row of either store. */
export function queueGroupOf(row: Readonly<Record<string, unknown>>): QueueGroup {
  return {
    key: text(row, "key"),
    severity: number(row, "severity"),
    risk: number(row, "risk"),
    latest: number(row, "latest"),
    alerts: number(row, "alerts"),
  };
}

/** See `QueueRows.groups`. */
export function inQueueOrder(a: GroupSortKey, b: GroupSortKey): number {
  return b.severity - a.severity || b.latest - a.latest || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}
