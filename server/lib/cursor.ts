import { hash } from "node:crypto";
import type { Page, PageRequest } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { BadRequestError } from "./bad-request-error.ts";
import { fail, ok, type Result } from "./result.ts";

type TypeName = "string" | "number";
type Value<Name extends TypeName> = Name extends "number" ? number : string;
type Values<T extends readonly TypeName[]> = { [I in keyof T]: Value<T[I]> };

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
    throw new BadRequestError(foreignCursor);
  }
  return value as Values<T>;
}

const foreignCursor: RequestProblem = {
  code: "request.invalid-cursor",
  message: "The cursor does not belong to this list.",
  at: { field: "cursor" },
  remedy:
    "Use the `next` value of the previous page with the same filters, or omit the cursor to start from the beginning.",
};

/** A cursor for others: only the same list with the same filters, as one text, takes it. */
export function boundCursor(cursor: string, list: string): string {
  return `${cursor}.${markOf(list)}`;
}

/** The cursor within a bound one. Problem: `request.invalid-cursor`, for one of another list or other filters. */
export function unboundCursor(cursor: string, list: string): Result<string, RequestProblem> {
  const end = cursor.lastIndexOf(".");
  return cursor.slice(end + 1) === markOf(list) ? ok(cursor.slice(0, Math.max(end, 0))) : fail(foreignCursor);
}

function markOf(list: string): string {
  return hash("sha256", list, "base64url").slice(0, 8);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** The total order of a list in memory: the key of an item, part by part. Descending where a direction is -1. */
export interface ListOrder<T, Types extends readonly TypeName[]> {
  readonly types: Types;
  readonly keyOf: (item: T) => Values<Types>;
  readonly directions?: readonly (1 | -1)[];
}

/**
 * Sorts a list that is in memory as a whole and returns one page of it. The cursor is the key of the last item, so
 * items that come or go between two pages neither repeat nor hide others. Throws `BadRequestError` like `decodeCursor`.
 */
export function sortedPage<T, const Types extends readonly TypeName[]>(
  items: readonly T[],
  { cursor, limit }: PageRequest,
  { types, keyOf, directions = [] }: ListOrder<T, Types>,
): Page<T> {
  const after: readonly (string | number)[] | undefined = decodeCursor(cursor, types);
  const compare = (left: readonly (string | number)[], right: readonly (string | number)[]) => {
    for (const [index, value] of left.entries()) {
      const other = right[index] ?? "";
      if (value !== other) {
        return (value < other ? -1 : 1) * (directions[index] ?? 1);
      }
    }
    return 0;
  };
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) as readonly (string | number)[] }))
    .sort((left, right) => compare(left.key, right.key));
  const start = after === undefined ? 0 : sorted.findIndex(({ key }) => compare(key, after) > 0);
  const rest = start < 0 ? [] : sorted.slice(start);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    total: items.length,
    ...(rest.length > page.length && last !== undefined ? { next: encodeCursor(last.key) } : {}),
  };
}
