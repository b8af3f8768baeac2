import { alertDocument } from "../alert/document.ts";
import type { Store } from "../store/port.ts";
import type { Hits, Search } from "./run-query.ts";

/** Alerts that match, newest first. The alert itself is not counted, which the notes state. */
export async function alertHits(store: Store, search: Search): Promise<Hits> {
  const { alert } = search.context;
  const base = { from: search.window.from, to: search.window.to, order: "newest-first" } as const;
  const count = async (condition: Search["condition"]): Promise<{ total: number; self: number }> => {
    const all = await store.alerts.find({ ...base, condition, limit: 1 });
    const self = await store.alerts.find({ ...base, condition, ids: [alert.id], limit: 1 });
    return { total: all.total - self.total, self: self.total };
  };
  const page = await store.alerts.find({ ...base, condition: search.condition, limit: search.limit + 1 });
  const { total, self } = await count(search.condition);
  const others = page.items.filter((item) => item.id !== alert.id).slice(0, search.limit);
  const sameProcess = others.filter(
    (item) => item.processKey !== undefined && item.processKey === alert.processKey,
  ).length;
  const perGroup: number[] = [];
  const matching: ReadonlySet<string>[] = [];
  for (const group of search.groups) {
    if (group.condition === undefined) {
      perGroup.push(0);
      matching.push(new Set());
    } else if (search.groups.length === 1) {
      perGroup.push(total);
      matching.push(new Set(others.map((item) => item.id)));
    } else {
      perGroup.push((await count(group.condition)).total);
      const ids = others.map((item) => item.id);
      const found = await store.alerts.find({
        ...base,
        condition: group.condition,
        ids,
        limit: Math.max(1, ids.length),
      });
      matching.push(new Set(found.items.map((item) => item.id)));
    }
  }
  return {
    rows: others.map((item) => ({
      id: item.id,
      time: new Date(item.time).toISOString(),
      fields: alertDocument(item),
      source: item.sources[0],
      processKey: item.processKey,
      alertId: item.id,
      groups: matching.flatMap((ids, index) => (ids.has(item.id) ? [index] : [])),
    })),
    total,
    perGroup,
    notes: [
      ...(self > 0 ? ["This alert itself is not counted."] : []),
      ...(sameProcess > 0
        ? [
            `${sameProcess} of them ${sameProcess === 1 ? "is an alert" : "are alerts"} of other rules on the same process.`,
          ]
        : []),
    ],
    truncationReason: total > others.length ? `The newest ${others.length} of ${total} alerts are shown.` : undefined,
  };
}
