import { BadRequestError } from "../lib/bad-request-error.ts";

type TypeName = "string" | "number";
type Values<T extends readonly TypeName[]> = { [I in keyof T]: T[I] extends "number" ? number : string };

/** An opaque cursor from the sort key of the last row of a page. */
export function encodeCursor(sortKey: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(sortKey)).toString("base64url");
}

/**
 * The sort key in a cursor, `undefined` for no cursor. Throws `BadRequestError` for the cursor of another list:
 * starting over instead would return the same rows twice.
 */
export function decodeCursor<const T extends readonly TypeName[]>(
  cursor: string | undefined,
  types: T,
): Values<T> | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  const value = parse(cursor);
  const isValid =
    Array.isArray(value) && value.length === types.length && value.every((item, index) => typeof item === types[index]);
  if (!isValid) {
    throw new BadRequestError({
      code: "request.invalid-cursor",
      message: "The cursor does not belong to this list.",
      at: { field: "cursor" },
      remedy: "Use the `next` value of the previous page, or omit the cursor to start from the beginning.",
    });
  }
  return value as Values<T>;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}
