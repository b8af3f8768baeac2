import { DamagedColumn } from "./damage.ts";

/** A row as returned by a driver. */
type Row = Readonly<Record<string, unknown>>;

// A column of another type than the schema declares is a damaged database: these readers throw `DamagedColumn`.

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") {
    throw new DamagedColumn(column, "text");
  }
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null || row[column] === undefined ? undefined : text(row, column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") {
    throw new DamagedColumn(column, "a number");
  }
  return value;
}

export function optionalNumber(row: Row, column: string): number | undefined {
  return row[column] === null || row[column] === undefined ? undefined : number(row, column);
}
