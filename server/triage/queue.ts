import type { QueuePage, QueueQuery } from "#contracts/queue";
import type { Store } from "../store/port.ts";
import { withPaths } from "./alert-summary.ts";

/** A page of the queue, with the path from the root to each process. */
export async function queuePageOf(store: Store, query: QueueQuery): Promise<QueuePage> {
  const page = await store.alerts.queue(query);
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
