import type { Page } from "#contracts/page";
import { alertDocument } from "../../alert/document.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import type { Condition } from "../../condition/tree.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import type { AlertQuery } from "./port.ts";

const PAGE = 1_000;
/** Ids read at a time when everything is read. */
const POSITIONS = 100_000;
const LATEST = Number.MAX_SAFE_INTEGER;

/** The alerts of a query without its condition, cursor and limit, which a store has to provide. */
export interface AlertRows {
  count(): Promise<number>;
  /** The next alerts after a time and id, in the order of the query (by time, then by id). */
  after(time: number, id: string, limit: number): Promise<readonly AlertEntry[]>;
  /** As `after`, only where they are in that order. */
  positionsAfter(time: number, id: string, limit: number): Promise<readonly Position[]>;
  /** The alerts with these ids, in any order, as far as they still exist. */
  withIds(ids: readonly string[]): Promise<readonly AlertRecord[]>;
}

/** A place in a list, and the alert there if it can be read. */
export interface AlertEntry extends Position {
  readonly alert: AlertRecord | undefined;
}

/** Where an alert is in a list. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/**
 * A page of alerts, newest first by default. With a condition, too, the total is exact. It is asked once for all pages:
 * the cursor carries it to the next one. See docs/decisions/0034.
 */
export async function findAlerts(query: AlertQuery, rows: AlertRows): Promise<Page<AlertRecord>> {
  const cursor = decodeCursor(query.cursor, ["number", "string", "number"]);
  const position = cursor === undefined ? startOf(query) : { time: cursor[0], id: cursor[1] };
  const known = cursor?.[2];
  const found =
    query.condition === undefined
      ? await plainPage(rows, position, query.limit, known)
      : await testedPage(rows, position, query.limit, known, query.condition);
  const listed = found.entries.slice(0, query.limit);
  const last = listed.at(-1);
  return {
    items: listed.flatMap(({ alert }) => alert ?? []),
    total: found.total,
    ...(found.entries.length > listed.length && last !== undefined
      ? { next: encodeCursor([last.time, last.id, found.total]) }
      : {}),
  };
}

/**
 * All alerts of a query, in order. Where they are is read first, a hundred thousand at a time, because an index rarely
 * has them in this order: asking for page after page would sort all of them for each.
 */
export async function* eachAlert(
  query: Omit<AlertQuery, "cursor" | "limit">,
  rows: Pick<AlertRows, "positionsAfter" | "withIds">,
): AsyncGenerator<AlertRecord> {
  const matches = query.condition === undefined ? undefined : compileCondition(query.condition);
  for (let from = startOf(query); ; ) {
    const positions = await rows.positionsAfter(from.time, from.id, POSITIONS);
    for (let start = 0; start < positions.length; start += PAGE) {
      const ids = positions.slice(start, start + PAGE).map(({ id }) => id);
      const alerts = new Map((await rows.withIds(ids)).map((alert) => [alert.id, alert]));
      for (const id of ids) {
        const alert = alerts.get(id);
        if (alert !== undefined && (matches === undefined || matches(alertDocument(alert)))) {
          yield alert;
        }
      }
    }
    const last = positions.at(-1);
    if (last === undefined || positions.length < POSITIONS) {
      return;
    }
    from = last;
  }
}

function startOf({ order }: Pick<AlertQuery, "order">): Position {
  return order === "oldest-first" ? { time: -LATEST, id: "" } : { time: LATEST, id: "\u{10ffff}" };
}

interface Found {
  /** One more than the limit if there are more. */
  readonly entries: readonly AlertEntry[];
  readonly total: number;
}

async function plainPage(rows: AlertRows, after: Position, limit: number, known: number | undefined): Promise<Found> {
  const [total, entries] = await Promise.all([known ?? rows.count(), rows.after(after.time, after.id, limit + 1)]);
  return { entries, total };
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
  const entries: AlertEntry[] = [];
  let counted = 0;
  for (let position = after; ; ) {
    const page = await rows.after(position.time, position.id, PAGE);
    for (const entry of page) {
      if (entry.alert !== undefined && matches(alertDocument(entry.alert))) {
        counted += 1;
        if (entries.length <= limit) {
          entries.push(entry);
        }
      }
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || (known !== undefined && entries.length > limit)) {
      return { entries, total: known ?? counted };
    }
    position = last;
  }
}
