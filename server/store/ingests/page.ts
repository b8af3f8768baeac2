import type { IngestSummary } from "#contracts/ingest";
import type { Page, PageRequest } from "#contracts/page";
import { encodeCursor } from "../../lib/cursor.ts";
import { readable } from "../damage.ts";
import { text } from "../row.ts";
import { summaryOf } from "./stored-summary.ts";

/** `id`, `startedAt` and `body` of an ingest. */
type Row = Readonly<Record<string, unknown>>;

/** The sort key of a page's end before all ingests, where the list starts: newest first, then by id. */
export const afterAllIngests = ["~", ""] as const;

/**
 * A page of ingests (newest first) from its rows, of which a store reads one more than the limit. The state of
 * unfinished ingests is corrected: the newest of all is running while some process holds the lease, others were
 * interrupted. As only one runs at a time, the running one is on the first page.
 */
export async function ingestPage(
  rows: readonly Row[],
  { cursor, limit }: PageRequest,
  total: number,
  isIngesting: () => Promise<boolean>,
): Promise<Page<IngestSummary>> {
  const listed = rows.slice(0, limit);
  const items = readable(listed, summaryOf);
  const unfinished = cursor === undefined ? items.find(({ state }) => state === "running") : undefined;
  const current = unfinished !== undefined && (await isIngesting()) ? unfinished : undefined;
  const last = listed.at(-1);
  return {
    items: items.map((item) =>
      item.state === "running" && item !== current ? { ...item, state: "interrupted" } : item,
    ),
    total,
    ...(rows.length > limit && last !== undefined
      ? { next: encodeCursor([text(last, "startedAt"), text(last, "id")]) }
      : {}),
  };
}
