import type { AlertRecord } from "../store/port.ts";

type Placed = Pick<AlertRecord, "id" | "host" | "processKey" | "rootKey" | "causeRoot" | "apart">;

/**
 * The key under which alerts stand together in the queue: one item per lineage root, whatever rule raised them, and
 * where a logon from another host led there, the root on that host. Alerts without a process stand together per host; one that a person took out stands for itself. Stores keep it with the alert.
 */
export function workItemKey(alert: Placed): string {
  return alert.apart === undefined ? homeKey(alert) : `alert:${alert.id}`;
}

/** The key of the item that an alert was taken out of; undefined where it stands in its item. */
export function leftItemKey(alert: Placed): string | undefined {
  return alert.apart === undefined ? undefined : homeKey(alert);
}

function homeKey({ causeRoot, rootKey, processKey, host }: Placed): string {
  return causeRoot ?? rootKey ?? processKey ?? `host:${host}`;
}
