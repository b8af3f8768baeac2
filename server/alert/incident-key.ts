import type { AlertRecord } from "./record.ts";

type GroupedAlert = Pick<AlertRecord, "id" | "host" | "processKey" | "rootKey" | "originRootKey" | "removed">;

/**
 * The key of the incident that groups an alert in the queue: one incident per lineage root, whichever rules raised the
 * alerts, or per origin root if a logon from another host led there. Alerts without a process are grouped by host; an
 * alert removed from its incident is on its own. Stores keep the key with the alert. See docs/decisions/0025.
 */
export function incidentKey(alert: GroupedAlert): string {
  return alert.removed === undefined ? sharedKey(alert) : `alert:${alert.id}`;
}

/** The key of the incident that an alert was removed from; undefined if it was not removed. */
export function removedIncidentKey(alert: GroupedAlert): string | undefined {
  return alert.removed === undefined ? undefined : sharedKey(alert);
}

function sharedKey({ originRootKey, rootKey, processKey, host }: GroupedAlert): string {
  return originRootKey ?? rootKey ?? processKey ?? `host:${host}`;
}
