import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { encodeCursor } from "../../lib/cursor.ts";

/** The sort key of a process in every list of processes: its start time, then its key. */
export type ProcessSortKey = readonly [at: number, key: string];

/** Sort keys before and after those of all processes, where lists start. */
export const beforeAll: ProcessSortKey = [Number.MIN_SAFE_INTEGER, ""];
export const afterAll: ProcessSortKey = [Number.MAX_SAFE_INTEGER, "~"];

/** A page of processes by their keys. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly total: number;
  readonly next: string | undefined;
}

/** A page from its rows, of which a store reads one more than the limit. */
export function keyPage(rows: readonly ProcessSortKey[], limit: number, total: number): KeyPage {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    keys: page.map(([, key]) => key),
    total,
    next: rows.length > limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}

/** A page of processes from its keys and the nodes read for them. */
export function nodePage({ total, next }: KeyPage, items: readonly ProcessNode[]): Page<ProcessNode> {
  return next === undefined ? { items, total } : { items, total, next, truncationReason: truncation(items, total) };
}

/** Why a list ends before its total. */
export function truncation(items: readonly unknown[], total: number): string {
  return `showing ${items.length} of ${total}`;
}

/** The nodes of events from the keys of their processes. */
export function byEvent(
  keys: ReadonlyMap<string, string>,
  nodes: ReadonlyMap<string, ProcessNode>,
): ReadonlyMap<string, ProcessNode> {
  return new Map(
    [...keys].flatMap(([event, key]) => {
      const node = nodes.get(key);
      return node === undefined ? [] : [[event, node] as const];
    }),
  );
}
