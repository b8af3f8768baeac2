import { stored } from "../../damage.ts";
import type { SessionRecord, TokenRecord } from "../../people/records.ts";
import { sessionBodyOf, tokenBodyOf } from "../../people/rows.ts";
import { number, optionalNumber, optionalText, type Row } from "../connection.ts";

export const sessionOf = stored("sign-in session", (row: Row): SessionRecord => {
  return { ...sessionBodyOf(row), lastUsedAt: number(row, "last_used_at") };
});

export const tokenOf = stored("service token", (row: Row): TokenRecord => {
  return {
    ...tokenBodyOf(row),
    lastUsedAt: optionalNumber(row, "last_used_at"),
    lastUsedFrom: optionalText(row, "last_used_from"),
  };
});
