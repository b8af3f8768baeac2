import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadRequestError } from "./bad-request-error.ts";
import { encodeCursor, type ListOrder, sortedPage } from "./cursor.ts";

interface Row {
  readonly risk: number;
  readonly name: string;
}
const order: ListOrder<Row, readonly ["number", "string"]> = {
  types: ["number", "string"],
  keyOf: ({ risk, name }) => [risk, name],
  directions: [-1],
};
const rows = fc.uniqueArray(fc.record({ risk: fc.nat(3), name: fc.string({ unit: "binary", maxLength: 3 }) }), {
  selector: ({ risk, name }) => JSON.stringify([risk, name]),
});

function allPages(list: readonly Row[], limit: number): readonly Row[] {
  const found: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = sortedPage(list, { cursor, limit }, order);
    expect(page.total).toBe(list.length);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

describe("the pages of a list in memory", () => {
  it("have every item once, in one order, whatever their size", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 9 }), (list, limit) => {
        const paged = allPages(list, limit);
        expect(paged).toEqual(allPages(list, 500));
        expect(new Set(paged)).toEqual(new Set(list));
        expect(paged.map(({ risk }) => risk)).toEqual(list.map(({ risk }) => risk).sort((a, b) => b - a));
      }),
    );
  });

  it("neither repeat nor skip an item when others come or go in between", () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(), (list, cut, gone) => {
        const first = sortedPage(list, { limit: 1 + (cut % 5) }, order);
        const left = list.filter((_, index) => list.length === 0 || index !== gone % list.length);
        const rest = first.next === undefined ? [] : sortedPage(left, { cursor: first.next, limit: 500 }, order).items;
        expect(new Set([...first.items, ...rest])).toEqual(new Set([...first.items, ...left]));
        expect(rest.some((row) => first.items.includes(row))).toBe(false);
      }),
    );
  });

  it("refuse the cursor of another list", () => {
    for (const cursor of ["made-up", encodeCursor(["a", 1]), encodeCursor([1]), ""]) {
      expect(() => sortedPage([], { cursor, limit: 1 }, order)).toThrow(BadRequestError);
    }
  });
});
