import type { AlertRecord } from "./record.ts";

type Placed = Pick<AlertRecord, "id" | "host" | "processKey" | "rootKey" | "originRootKey" | "removed">;

/**
 * The key under which alerts stand together in the queue: one item per lineage root, whatever rule raised them, and
 * where a logon from another host led there, the root on that host. Alerts without a process stand together per host; one that a person took out stands for itself. Stores keep it with the alert.
 */
export function incidentKey(alert: Placed): string {
  return alert.removed === undefined ? homeKey(alert) : `alert:${alert.id}`;
}

/** The key of the item that an alert was taken out of; undefined where it stands in its item. */
export function removedIncidentKey(alert: Placed): string | undefined {
  return alert.removed === undefined ? undefined : homeKey(alert);
}

function homeKey({ originRootKey, rootKey, processKey, host }: Placed): string {
  return originRootKey ?? rootKey ?? processKey ?? `host:${host}`;
}
