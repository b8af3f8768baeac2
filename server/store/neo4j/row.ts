import { DamagedColumn } from "../damage.ts";

/** A row as the driver returns it: whole numbers as numbers, absent values as null. */
export type Row = Readonly<Record<string, unknown>>;

// A column of another type than the query returns is a bug or a damaged database, so these readers throw.

export { number, optionalNumber, optionalText, text } from "../row.ts";

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Int8Array)) {
    throw new DamagedColumn(column, "bytes");
  }
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function texts(row: Row, column: string): readonly string[] {
  const value = row[column];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new DamagedColumn(column, "a list of texts");
  }
  return value;
}

/** A column with a list of rows (`collect({…})`). */
export function list(row: Row, column: string): readonly Row[] {
  const value = row[column];
  if (!Array.isArray(value)) {
    throw new DamagedColumn(column, "a list");
  }
  return value;
}
