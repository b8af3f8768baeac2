import { alertStatus, closeReason } from "#contracts/alert";
import { readable, stored } from "../damage.ts";
import { number, optionalText, text } from "../row.ts";
import type { AlertHead } from "./port.ts";
import { severityOf } from "./severity.ts";

type Row = Readonly<Record<string, unknown>>;

/** Alerts per page when very many are read. */
const PAGE = 2_000;

export const headOf = stored(
  "alert",
  (row: Row): AlertHead => ({
    id: text(row, "id"),
    rule: { id: text(row, "ruleId"), name: text(row, "ruleName") },
    severity: severityOf(number(row, "severity")),
    status: alertStatus.parse(text(row, "status")),
    closeReason: closeReason.optional().parse(optionalText(row, "closeReason")),
    incidentKey: text(row, "incidentKey"),
    host: text(row, "host"),
    detectedAt: number(row, "detectedAt"),
  }),
);

/** A place in the order of being raised. */
export interface HeadPlace {
  readonly at: number;
  readonly id: string;
}

/** Pages of rows in the order of `detectedAt` and `id`, from that place on. */
export async function* headPages(
  from: number,
  rowsAfter: (place: HeadPlace, limit: number) => Promise<readonly Row[]>,
): AsyncIterable<readonly AlertHead[]> {
  for (let place: HeadPlace | undefined = { at: from, id: "" }; place !== undefined; ) {
    const rows: readonly Row[] = await rowsAfter(place, PAGE);
    yield readable(rows, headOf);
    const last = rows.length < PAGE ? undefined : rows.at(-1);
    place = last === undefined ? undefined : { at: number(last, "detectedAt"), id: text(last, "id") };
  }
}

/** Heads by the id that was asked for, which may be a former one. */
export function headsByRequest(rows: readonly Row[]): ReadonlyMap<string, AlertHead> {
  return new Map(readable(rows, (row) => [text(row, "requested"), headOf(row)] as const));
}

/** Ids or keys asked for at once. */
export function slicesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const slices: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += PAGE) {
    slices.push(items.slice(from, from + PAGE));
  }
  return slices;
}
