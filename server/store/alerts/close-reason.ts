import { type CloseReason, closeReason } from "#contracts/alert";
import { stored } from "../damage.ts";
import { number, text } from "../row.ts";

/** How many alerts were closed for a reason, from a row that counts them. */
export const countedReason = stored(
  "alert",
  (row: Readonly<Record<string, unknown>>): { readonly reason: CloseReason; readonly count: number } => ({
    reason: closeReason.parse(text(row, "reason")),
    count: number(row, "count"),
  }),
);
