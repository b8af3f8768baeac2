import type { Page } from "#contracts/page";
import type { AlertQuery } from "../store/alerts/port.ts";
import type { StoreReader } from "../store/port.ts";
import { summariesOf } from "./alert-summary.ts";

/** Rows of each list on a pivot page; each list says when there are more. */
export const listLimits = {
  alerts: 200,
  logons: 200,
  sessions: 200,
  processes: 200,
  riskPoints: 500,
  logonCounts: 200,
} as const;

/** A page as the contract's list, with a sentence if it is not complete. */
export function listed<T>(page: Page<T>, what: string): { items: T[]; total: number; truncationReason?: string } {
  const { items, total } = page;
  const left = items.length < total ? `The latest ${items.length} of ${total} ${what} are shown.` : undefined;
  return { items: [...items], total, truncationReason: page.truncationReason ?? left };
}

/** The newest alerts of a query. */
export async function alertsPart(store: StoreReader, query: Omit<AlertQuery, "limit">) {
  const page = await store.alerts.find({ ...query, order: "newest-first", limit: listLimits.alerts });
  return listed({ ...page, items: await summariesOf(store, page.items) }, "alerts");
}

/** The latest of these times, as far as they are known. */
export function latestOf(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}
