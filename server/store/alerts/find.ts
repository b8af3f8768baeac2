import type { Page } from "#contracts/page";
import { alertDocument } from "../../alert/document.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { AlertQuery } from "./port.ts";

const PAGE = 1_000;
const LATEST = Number.MAX_SAFE_INTEGER;

/** The alerts of a query without its condition, cursor and limit, which a store has to provide. */
export interface AlertRows {
  count(): Promise<number>;
  /** The next alerts after a time and id, in the order of the query (by time, then by id). */
  after(time: number, id: string, limit: number): Promise<readonly AlertRecord[]>;
}

/** A page of alerts, newest first by default. With a condition, too, the total is exact. */
export async function findAlerts(query: AlertQuery, rows: AlertRows): Promise<Page<AlertRecord>> {
  const oldestFirst = query.order === "oldest-first";
  const [cursorTime, cursorId] = decodeCursor(query.cursor, ["number", "string"]) ?? [];
  const isAfter = ({ time, id }: AlertRecord) =>
    cursorTime === undefined ||
    cursorId === undefined ||
    (oldestFirst
      ? time > cursorTime || (time === cursorTime && id > cursorId)
      : time < cursorTime || (time === cursorTime && id < cursorId));
  const start: readonly [number, string] = oldestFirst ? [-LATEST, ""] : [LATEST, "\u{10ffff}"];
  const items: AlertRecord[] = [];
  let total = 0;
  let more = false;
  if (query.condition === undefined) {
    const page = rows.after(cursorTime ?? start[0], cursorId ?? start[1], query.limit + 1);
    const [counted, found] = await Promise.all([rows.count(), page]);
    total = counted;
    more = found.length > query.limit;
    items.push(...found.slice(0, query.limit));
  } else {
    const matches = compileCondition(query.condition);
    let [time, id] = start;
    for (;;) {
      const found = await rows.after(time, id, PAGE);
      for (const alert of found) {
        if (!matches(alertDocument(alert))) {
          continue;
        }
        total += 1;
        if (isAfter(alert)) {
          if (items.length < query.limit) {
            items.push(alert);
          } else {
            more = true;
          }
        }
      }
      const last = found.at(-1);
      if (last === undefined || found.length < PAGE) {
        break;
      }
      ({ time, id } = last);
    }
  }
  const last = items.at(-1);
  return { items, total, ...(more && last !== undefined ? { next: encodeCursor([last.time, last.id]) } : {}) };
}
