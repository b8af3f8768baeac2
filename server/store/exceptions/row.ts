import { z } from "zod";
import { type ExceptionRecord, exceptionRecord } from "#contracts/exception";
import { number, optionalNumber, text } from "../row.ts";

/** Case modes as databases had them before they were renamed. */
const formerCase: Readonly<Record<string, string>> = { exact: "sensitive", fold: "insensitive" };

const storedException = z
  .looseObject({ entries: z.array(z.looseObject({ case: z.string() })) })
  .transform((body) => ({
    ...body,
    entries: body.entries.map((entry) => ({ ...entry, case: formerCase[entry.case] ?? entry.case })),
  }))
  .pipe(exceptionRecord);

/** An exception from its `body`, with how many `hits` were counted and when the `last` was (epoch milliseconds). */
export function exceptionOf(row: Readonly<Record<string, unknown>>): ExceptionRecord {
  const last = optionalNumber(row, "last");
  return {
    ...storedException.parse(JSON.parse(text(row, "body"))),
    hits: number(row, "hits"),
    lastHit: last === undefined ? undefined : new Date(last).toISOString(),
  };
}
