import type { Page } from "#contracts/page";

/** A page of at most `limit` items from rows that were read with a limit one higher. */
export function pageOf<T>(rows: readonly T[], limit: number, total: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, total, ...(rows.length > items.length && last !== undefined ? { next: cursorOf(last) } : {}) };
}
