import {
  type PasskeyRecord,
  type PersonRecord,
  passkeyRecord,
  personRecord,
  type SessionRecord,
  sessionRecord,
  type TokenRecord,
  tokenRecord,
} from "../../people/records.ts";
import { number, optionalNumber, optionalText, type Row, text } from "../connection.ts";

const body = (row: Row): unknown => JSON.parse(text(row, "body"));

export function personOf(row: Row): PersonRecord {
  return personRecord.parse(body(row));
}

export function passkeyOf(row: Row): PasskeyRecord {
  return passkeyRecord.parse(body(row));
}

export function sessionOf(row: Row): SessionRecord {
  return { ...sessionRecord.parse(body(row)), lastUsedAt: number(row, "last_used_at") };
}

export function tokenOf(row: Row): TokenRecord {
  return {
    ...tokenRecord.parse(body(row)),
    lastUsedAt: optionalNumber(row, "last_used_at"),
    lastUsedFrom: optionalText(row, "last_used_from"),
  };
}
