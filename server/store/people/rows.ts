import type { z } from "zod";
import { type StoredKind, stored } from "../damage.ts";
import { text } from "../row.ts";
import { linkRecord, passkeyRecord, passwordRecord, personRecord, sessionRecord, tokenRecord } from "./records.ts";

/** What both stores keep about people in the `body` of a row. */

type Row = Readonly<Record<string, unknown>>;

function bodyOf<T>(what: StoredKind, schema: z.ZodType<T>): (row: Row) => T {
  return stored(what, (row) => schema.parse(JSON.parse(text(row, "body"))));
}

export const personOf = bodyOf("person", personRecord);
export const passkeyOf = bodyOf("passkey", passkeyRecord);
export const passwordOf = bodyOf("password", passwordRecord);
export const linkOf = bodyOf("sign-in link", linkRecord);
export const sessionBodyOf = bodyOf("sign-in session", sessionRecord);
export const tokenBodyOf = bodyOf("service token", tokenRecord);
