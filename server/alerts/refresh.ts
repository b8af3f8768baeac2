import { userKeyOf } from "../lineage/account.ts";
import type { AlertRecord, Store, StoreTransaction } from "../store/port.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/** Alerts looked at in one write. */
const PAGE = 500;

/**
 * Brings what alerts took from the graph up to date on these hosts: parents (so the root) and users may have become known
 * after the alert. Returns how many alerts changed.
 */
export async function refreshAlerts(store: Store, hosts: readonly string[]): Promise<number> {
  let changed = 0;
  let cursor: string | undefined;
  do {
    const page = await store.alerts.find({ hosts, cursor, limit: PAGE, order: "oldest-first" });
    if (page.items.length > 0) {
      changed += await store.write((transaction) => refresh(transaction, page.items));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return changed;
}

async function refresh(
  tables: Pick<StoreTransaction, "lineage" | "alerts">,
  seen: readonly AlertRecord[],
): Promise<number> {
  const keys = [...new Set(seen.flatMap((alert) => alert.processKey ?? []))];
  const processes = await alertProcesses(tables.lineage, keys);
  let changed = 0;
  for (const { id } of seen) {
    // Read again: someone may have worked on it since the page was read.
    const alert = await tables.alerts.get(id);
    const process = alert?.processKey === undefined ? undefined : processes.get(alert.processKey);
    if (alert === undefined || process === undefined) {
      continue;
    }
    const updated = withProcess(alert, process);
    if (updated.rootKey !== alert.rootKey || JSON.stringify(updated.user) !== JSON.stringify(alert.user)) {
      await tables.alerts.put(updated);
      changed += 1;
    }
  }
  return changed;
}

function withProcess(alert: AlertRecord, process: AlertProcess): AlertRecord {
  const user = process.user ?? alert.user;
  return { ...alert, rootKey: process.rootKey, user, userKey: user === undefined ? undefined : userKeyOf(user) };
}
