import { lineageKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { hangByPid } from "./by-pid.ts";
import { closeExcepted, type Recheck } from "./close-excepted.ts";
import { collectInjections, type Injections, injectionRoot } from "./injections.ts";
import { settleMoved } from "./join-incidents.ts";
import { type OriginRootFinder, originRoots, reachedFrom } from "./origin-roots.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/** Alerts per write. */
const PAGE = 100;

export interface RefreshOptions {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Awaited between pieces of work; what it throws ends the refresh. */
  readonly pause: () => Promise<void>;
  readonly recheck: Recheck;
}

/**
 * Updates alerts whose process graph may have changed: on these hosts and on those that logons from them reached.
 * Parents, and with them the root, users and the origin on another host can become known after the alert was raised.
 * The result depends only on the graph, so a refresh that was cut short can be repeated as a whole. Alerts that
 * exceptions hide by what the graph knows now are closed.
 */
export async function refreshAlerts(
  store: Store,
  hosts: readonly string[],
  { clock, pause, recheck }: RefreshOptions,
): Promise<void> {
  const originRootOf = originRoots(store);
  let cursor: string | undefined;
  const reached = await reachedFrom(store.lineage, hosts);
  const all = [...new Set([...hosts, ...reached])];
  // An alert without a process is stored under the name that its record has.
  const named = [...new Set([...all, ...(await store.lineage.hostsNear(all)).names.keys()])];
  const refreshed: Refreshed[] = [];
  const injections: Injections = new Map();
  do {
    await pause();
    const page = await store.alerts.find({ hosts: named, cursor, limit: PAGE, order: "oldest-first" });
    if (page.items.length > 0) {
      const alerts = await hangByPid(store, page.items, clock());
      const processes = await store.write((transaction) => refresh(transaction, alerts, clock()));
      if (recheck.exceptions.needLineage) {
        await closeExcepted(store, alerts, recheck, clock());
      }
      await collectInjections(store, alerts, processes, injections);
      refreshed.push(
        ...alerts.map(({ id, time, processKey, originRootKey }) => {
          return { id, time, originRootKey, process: processes.get(processKey ?? "") };
        }),
      );
    }
    cursor = page.next;
  } while (cursor !== undefined);
  await refreshOriginRoots(store, refreshed, { injections, originRootOf, clock, pause });
}

/** What is remembered of an alert until all injections on its host are known. */
interface Refreshed extends Pick<AlertRecord, "id" | "time" | "originRootKey"> {
  readonly process: AlertProcess | undefined;
}

interface OriginSearch {
  readonly injections: Injections;
  readonly originRootOf: OriginRootFinder;
  readonly clock: () => number;
  readonly pause: () => Promise<void>;
}

/** Updates origin roots. The search runs outside of a write, which then only stores the roots that changed. */
async function refreshOriginRoots(store: Store, alerts: readonly Refreshed[], search: OriginSearch): Promise<void> {
  const { injections, originRootOf, clock, pause } = search;
  for (let from = 0; from < alerts.length; from += PAGE) {
    const moved = new Map<string, string | undefined>();
    for (const { id, time, process, originRootKey } of alerts.slice(from, from + PAGE)) {
      await pause();
      const root =
        process &&
        ((await originRootOf(process.sessions)) ?? (await injectionRoot(injections, process, time, originRootOf)));
      if (root !== originRootKey) {
        moved.set(id, root);
      }
    }
    if (moved.size > 0) {
      await store.write((transaction) => storeOriginRoots(transaction, moved, clock()));
    }
  }
}

async function storeOriginRoots(
  tables: Tables,
  moved: ReadonlyMap<string, string | undefined>,
  now: number,
): Promise<void> {
  const changed: AlertRecord[] = [];
  for (const [id, originRootKey] of moved) {
    const alert = await tables.alerts.get(id);
    changed.push(...(alert === undefined ? [] : [{ ...alert, originRootKey }]));
  }
  for (const alert of changed) {
    await tables.alerts.put(alert);
  }
  await settleMoved(tables, changed, now);
}

/** Updates the alerts under one root after a process in its tree got another parent, in the same write. */
export async function refreshAlertsUnder(tables: Tables, rootKey: string, now: number): Promise<number> {
  let changed = 0;
  let cursor: string | undefined;
  do {
    const page = await tables.alerts.find({ rootKey, cursor, limit: PAGE, order: "oldest-first" });
    await refresh(tables, page.items, now, () => {
      changed += 1;
    });
    cursor = page.next;
  } while (cursor !== undefined);
  return changed;
}

type Tables = Pick<StoreTransaction, "lineage" | "alerts" | "incidents" | "audit">;

async function refresh(
  tables: Tables,
  page: readonly AlertRecord[],
  now: number,
  onChanged: () => void = () => undefined,
): Promise<ReadonlyMap<string, AlertProcess>> {
  const keys = [...new Set(page.flatMap((alert) => alert.processKey ?? []))];
  const processes = await alertProcesses(tables.lineage, keys);
  // Read again: somebody may have worked on them since the page was read.
  const { items } = await tables.alerts.find({ ids: page.map(({ id }) => id), limit: page.length });
  const current = new Map(items.map((alert) => [alert.id, alert]));
  const moved: AlertRecord[] = [];
  for (const { id } of page) {
    const alert = current.get(id) ?? (await tables.alerts.get(id));
    const process = alert?.processKey === undefined ? undefined : processes.get(alert.processKey);
    if (alert === undefined || process === undefined) {
      continue;
    }
    const updated = withProcess(alert, process);
    if (updated.rootKey !== alert.rootKey || JSON.stringify(updated.user) !== JSON.stringify(alert.user)) {
      await tables.alerts.put(updated);
      onChanged();
      if (lineageKey(updated) !== lineageKey(alert)) {
        moved.push(updated);
      }
    }
  }
  await settleMoved(tables, moved, now);
  return processes;
}

function withProcess(alert: AlertRecord, process: AlertProcess): AlertRecord {
  const user = process.user ?? alert.user;
  return { ...alert, rootKey: process.rootKey, user, userKey: user === undefined ? undefined : userKeyOf(user) };
}
