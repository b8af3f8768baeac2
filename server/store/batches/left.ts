import type { Page, PageRequest } from "#contracts/page";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { ifReadable } from "../damage.ts";
import { number, text } from "../row.ts";
import { batchLeftOf } from "./body.ts";
import type { BatchLeft, LeftItem } from "./port.ts";

type Row = Readonly<Record<string, unknown>>;

/** The row of a reason and a part. */
export type LeftPlace = Pick<BatchLeft, "code" | "number">;

/** Rows that are read at once: each has up to some hundred alerts. */
const ROWS = 8;

/** How many items of the list a row is. */
export function itemCount({ incidents }: BatchLeft): number {
  return incidents.reduce((sum, { alerts }) => sum + Math.max(1, alerts.length), 0);
}

function itemsOf({ code, incidents }: BatchLeft): readonly LeftItem[] {
  return incidents.flatMap(({ key, alerts }): readonly LeftItem[] =>
    alerts.length === 0 ? [{ code, key }] : alerts.map((alert) => ({ code, key, alert })),
  );
}

/** A page of what a batch left. `rowsFrom` reads rows from a place on, in the order of code and number. */
export async function leftPage(
  { cursor, limit }: PageRequest,
  total: number,
  rowsFrom: (place: LeftPlace, limit: number) => Promise<readonly Row[]>,
): Promise<Page<LeftItem>> {
  const [code, part, start] = decodeCursor(cursor, ["string", "number", "number"]) ?? ["", 0, 0];
  const items: LeftItem[] = [];
  let skipped = start;
  for (let place: LeftPlace | undefined = { code, number: part }; place !== undefined; ) {
    const rows: readonly Row[] = await rowsFrom(place, ROWS);
    for (const row of rows) {
      const at: LeftPlace = { code: text(row, "code"), number: number(row, "number") };
      const left = ifReadable(row, batchLeftOf);
      const rest = left === undefined ? [] : itemsOf(left).slice(skipped);
      const room = limit - items.length;
      items.push(...rest.slice(0, room));
      if (rest.length > room) {
        return { items, total, next: encodeCursor([at.code, at.number, skipped + room]) };
      }
      skipped = 0;
      place = { code: at.code, number: at.number + 1 };
    }
    if (rows.length < ROWS) {
      place = undefined;
    }
  }
  return { items, total };
}
