import type { AlertRecord } from "../alert/record.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { type OriginRoots, originRoots, reachedFrom } from "./origin-roots.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/** Alerts looked at in one write. */
const PAGE = 500;

/**
 * Brings what alerts took from the graph up to date on these hosts and those that logons from them reached: parents (so the
 * root), users, and what on another host caused it all may have become known after the alert. Returns how many alerts changed.
 */
export async function refreshAlerts(store: Store, hosts: readonly string[]): Promise<number> {
  if (hosts.length === 0) {
    return 0;
  }
  const causes = originRoots(store);
  let changed = 0;
  let cursor: string | undefined;
  const reached = await reachedFrom(store.lineage, hosts);
  do {
    const page = await store.alerts.find({ hosts: reached, cursor, limit: PAGE, order: "oldest-first" });
    if (page.items.length > 0) {
      const done = await store.write((transaction) => refresh(transaction, page.items));
      changed += done.changed + (await refreshCauses(store, causes, page.items, done.processes));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return changed;
}

/** The roots on other hosts of alerts: looked for outside of the write, which only takes what is different now. */
async function refreshCauses(
  store: Store,
  causes: OriginRoots,
  seen: readonly AlertRecord[],
  processes: ReadonlyMap<string, AlertProcess>,
): Promise<number> {
  const moved = new Map<string, string | undefined>();
  for (const { id, processKey, originRootKey } of seen) {
    const process = processes.get(processKey ?? "");
    const root = process === undefined ? undefined : await causes(process.sessions);
    if (root !== originRootKey) {
      moved.set(id, root);
    }
  }
  if (moved.size > 0) {
    await store.write(async ({ alerts }) => {
      for (const [id, causeRoot] of moved) {
        const alert = await alerts.get(id);
        if (alert !== undefined) {
          await alerts.put({ ...alert, originRootKey: causeRoot });
        }
      }
    });
  }
  return moved.size;
}

/** As `refreshAlerts`, for the alerts of one root after something in its tree was hung elsewhere, inside the write that did it. */
export async function refreshAlertsUnder(
  tables: Pick<StoreTransaction, "lineage" | "alerts">,
  rootKey: string,
): Promise<number> {
  let changed = 0;
  let cursor: string | undefined;
  do {
    const page = await tables.alerts.find({ rootKey, cursor, limit: PAGE, order: "oldest-first" });
    changed += (await refresh(tables, page.items)).changed;
    cursor = page.next;
  } while (cursor !== undefined);
  return changed;
}

async function refresh(
  tables: Pick<StoreTransaction, "lineage" | "alerts">,
  seen: readonly AlertRecord[],
): Promise<{ readonly changed: number; readonly processes: ReadonlyMap<string, AlertProcess> }> {
  const keys = [...new Set(seen.flatMap((alert) => alert.processKey ?? []))];
  const processes = await alertProcesses(tables.lineage, keys);
  // Read again: someone may have worked on them since the page was read.
  const { items } = await tables.alerts.find({ ids: seen.map(({ id }) => id), limit: seen.length });
  const current = new Map(items.map((alert) => [alert.id, alert]));
  let changed = 0;
  for (const { id } of seen) {
    const alert = current.get(id) ?? (await tables.alerts.get(id));
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
  return { changed, processes };
}

function withProcess(alert: AlertRecord, process: AlertProcess): AlertRecord {
  const user = process.user ?? alert.user;
  return { ...alert, rootKey: process.rootKey, user, userKey: user === undefined ? undefined : userKeyOf(user) };
}
