import type { Page } from "#contracts/page";
import { alertDocument } from "../../alert/document.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import type { Condition } from "../../condition/tree.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import type { AlertQuery } from "./port.ts";

const PAGE = 1_000;
const LATEST = Number.MAX_SAFE_INTEGER;

/** The alerts of a query without its condition, cursor and limit, which a store has to provide. */
export interface AlertRows {
  count(): Promise<number>;
  /** The next alerts after a time and id, in the order of the query (by time, then by id). */
  after(time: number, id: string, limit: number): Promise<readonly AlertRecord[]>;
}

/**
 * A page of alerts, newest first by default. With a condition, too, the total is exact. It is asked once for all pages:
 * the cursor carries it to the next one. See docs/decisions/0034.
 */
export async function findAlerts(query: AlertQuery, rows: AlertRows): Promise<Page<AlertRecord>> {
  const cursor = decodeCursor(query.cursor, ["number", "string", "number"]);
  const [time, id, known] = cursor ?? (query.order === "oldest-first" ? [-LATEST, ""] : [LATEST, "\u{10ffff}"]);
  const found =
    query.condition === undefined
      ? await plainPage(rows, [time, id], query.limit, known)
      : await testedPage(rows, [time, id], query.limit, known, query.condition);
  const items = found.alerts.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    total: found.total,
    ...(found.alerts.length > items.length && last !== undefined
      ? { next: encodeCursor([last.time, last.id, found.total]) }
      : {}),
  };
}

type Position = readonly [time: number, id: string];

interface Found {
  /** One more than the limit if there are more. */
  readonly alerts: readonly AlertRecord[];
  readonly total: number;
}

async function plainPage(rows: AlertRows, after: Position, limit: number, known: number | undefined): Promise<Found> {
  const [total, alerts] = await Promise.all([known ?? rows.count(), rows.after(...after, limit + 1)]);
  return { alerts, total };
}

/** The first page tests every alert, because it has to count them; a further one only as many as it lists. */
async function testedPage(
  rows: AlertRows,
  after: Position,
  limit: number,
  known: number | undefined,
  condition: Condition,
): Promise<Found> {
  const matches = compileCondition(condition);
  const alerts: AlertRecord[] = [];
  let counted = 0;
  for (let position = after; ; ) {
    const page = await rows.after(...position, PAGE);
    for (const alert of page) {
      if (matches(alertDocument(alert))) {
        counted += 1;
        if (alerts.length <= limit) {
          alerts.push(alert);
        }
      }
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || (known !== undefined && alerts.length > limit)) {
      return { alerts, total: known ?? counted };
    }
    position = [last.time, last.id];
  }
}
