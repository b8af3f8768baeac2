import { useCallback, useMemo, useState } from "react";
import type { QueuePage } from "#contracts/queue";

/**
 * A page of the queue whose rows do not move by themselves: they keep their places and are updated there, and what is
 * new is announced until it is asked for. Changing the filters shows the new page at once.
 */
export function useSteadyPage(page: QueuePage, filters: string) {
  const [shown, setShown] = useState({ filters, page });
  const base = shown.filters === filters ? shown.page : page;
  if (shown.filters !== filters) {
    setShown({ filters, page });
  }
  const steady = useMemo(() => inPlace(base, page), [base, page]);
  const show = useCallback(() => setShown({ filters, page }), [filters, page]);
  const moved = steady.items.some((item, at) => item.key !== page.items[at]?.key);
  return {
    page: steady,
    /** What the rows do not show yet: how many more alerts there are, and whether rows would move. */
    news: { alerts: Math.max(0, page.totalAlerts - base.totalAlerts), moved },
    show,
  };
}

/** The rows of `before` with what they are now; rows that are gone leave. */
function inPlace(before: QueuePage, now: QueuePage): QueuePage {
  const current = new Map(now.items.map((item) => [item.key, item]));
  return { ...now, items: before.items.flatMap(({ key }) => current.get(key) ?? []) };
}
