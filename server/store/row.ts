/** A row as returned by a driver. */
type Row = Readonly<Record<string, unknown>>;

// A column of another type than the schema declares is a bug or a damaged database, so these readers throw.

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") {
    throw new Error(`damaged row: ${column} should be text`);
  }
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null || row[column] === undefined ? undefined : text(row, column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") {
    throw new Error(`damaged row: ${column} should be a number`);
  }
  return value;
}

export function optionalNumber(row: Row, column: string): number | undefined {
  return row[column] === null || row[column] === undefined ? undefined : number(row, column);
}
