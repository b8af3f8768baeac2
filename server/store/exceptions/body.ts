import { z } from "zod";
import { type ExceptionRecord, exceptionRecord } from "#contracts/exception";
import { stored } from "../damage.ts";
import { number, optionalNumber, text } from "../row.ts";

/** Names of the case modes in databases written before they were renamed. */
const formerCaseModes: Readonly<Record<string, string>> = { exact: "sensitive", fold: "insensitive" };

const storedException = z
  .looseObject({ entries: z.array(z.looseObject({ case: z.string().optional() })) })
  .transform((body) => ({
    ...body,
    entries: body.entries.map(({ case: mode, ...entry }) =>
      mode === undefined ? entry : { ...entry, case: formerCaseModes[mode] ?? mode },
    ),
  }))
  .transform((body): unknown => body)
  .pipe(exceptionRecord);

/** Reads an exception from its stored body; throws for a damaged one. */
export function readException(body: string): ExceptionRecord {
  return storedException.parse(JSON.parse(body));
}

type Row = Readonly<Record<string, unknown>>;

/** The exception in the `body` of a row. */
export const exceptionOf = stored("exception", (row: Row) => readException(text(row, "body")));

/** An exception from its `body`, the number of counted `hits`, and the time of the `last` one in epoch milliseconds. */
export const exceptionWithHits = stored("exception", (row: Row): ExceptionRecord => {
  const last = optionalNumber(row, "last");
  return {
    ...readException(text(row, "body")),
    hits: number(row, "hits"),
    lastHit: last === undefined ? undefined : new Date(last).toISOString(),
  };
});
