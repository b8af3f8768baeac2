import type { QueuePage, QueueQuery } from "#contracts/queue";
import type { Store } from "../store/port.ts";
import { withPaths } from "./alert-summary.ts";
import { everyNameOf } from "./host-names.ts";

/** A page of the queue, with the path from the root to each process. Hosts are found under all of their names. */
export async function queuePageOf(store: Store, query: QueueQuery): Promise<QueuePage> {
  const host = [...(await everyNameOf(store.lineage, query.host))];
  const page = await store.alerts.queue({ ...query, host });
  const alerts = await withPaths(
    store.lineage,
    page.items.flatMap((item) => item.alerts),
  );
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  return {
    ...page,
    items: page.items.map((item) => ({ ...item, alerts: item.alerts.map((alert) => byId.get(alert.id) ?? alert) })),
  };
}
