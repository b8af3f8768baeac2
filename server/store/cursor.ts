import { BadRequestError } from "../lib/bad-request-error.ts";

/** Where a page ended, opaque for callers. */
type Part = string | number;

export function encodeCursor(parts: readonly Part[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

type Parts<K extends readonly ("string" | "number")[]> = {
  [I in keyof K]: K[I] extends "number" ? number : string;
};

/** The parts of a cursor; undefined for none. One that is not of this list is `Refused`: starting over would show it twice. */
export function decodeCursor<const K extends readonly ("string" | "number")[]>(
  cursor: string | undefined,
  kinds: K,
): Parts<K> | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  const value = parsed(cursor);
  const fits =
    Array.isArray(value) && value.length === kinds.length && value.every((part, index) => typeof part === kinds[index]);
  if (!fits) {
    throw new BadRequestError({
      code: "request.invalid-cursor",
      message: "This is not where a page of this list ended.",
      at: { field: "cursor" },
      remedy: "Leave it out to start from the beginning, or take it from `next` of the page before.",
    });
  }
  return value as Parts<K>;
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}
