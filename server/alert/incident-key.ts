import type { AlertRecord } from "./record.ts";

type GroupedAlert = Pick<
  AlertRecord,
  "id" | "host" | "processKey" | "rootKey" | "originRootKey" | "removed" | "merged"
>;

/**
 * The key of the incident that an alert belongs to: one incident per lineage, unless an analyst merged it with another
 * one, or removed the alert. Stores keep the key with the alert. See docs/decisions/0025 and 0061.
 */
export function incidentKey(alert: GroupedAlert): string {
  const { removed } = alert;
  return removed === undefined ? sharedKey(alert) : (removed.merged?.into ?? removed.to ?? `alert:${alert.id}`);
}

/** The key of the incident that an alert was removed from; undefined if it was not removed. */
export function removedIncidentKey(alert: GroupedAlert): string | undefined {
  return alert.removed === undefined ? undefined : sharedKey(alert);
}

/** The lineage of an alert whose incident was merged; undefined if it was not. */
export function mergedLineageKey(alert: GroupedAlert): string | undefined {
  return alert.merged === undefined ? undefined : lineageKey(alert);
}

/**
 * What alerts are grouped by of themselves: the lineage root, whichever rules raised them, or the origin root if a
 * logon from another host led there. Alerts without a process are grouped by host.
 */
export function lineageKey({ originRootKey, rootKey, processKey, host }: GroupedAlert): string {
  return originRootKey ?? rootKey ?? processKey ?? `host:${host}`;
}

function sharedKey(alert: GroupedAlert): string {
  return alert.merged?.into ?? lineageKey(alert);
}
