import { type ExceptionRecord, exceptionRecord } from "#contracts/exception";
import { number, optionalNumber, text } from "../row.ts";

/** An exception from its `body`, with how many `hits` were counted and when the `last` was (epoch milliseconds). */
export function exceptionOf(row: Readonly<Record<string, unknown>>): ExceptionRecord {
  const last = optionalNumber(row, "last");
  return {
    ...exceptionRecord.parse(JSON.parse(text(row, "body"))),
    hits: number(row, "hits"),
    lastHit: last === undefined ? undefined : new Date(last).toISOString(),
  };
}
