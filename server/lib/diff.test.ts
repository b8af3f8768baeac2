import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diff } from "./diff.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });

/** The longest common subsequence, counted the slow way. */
function longest(left: readonly string[], right: readonly string[]): number {
  const [a, ...restLeft] = left;
  const [b, ...restRight] = right;
  if (a === undefined || b === undefined) {
    return 0;
  }
  return a === b ? 1 + longest(restLeft, restRight) : Math.max(longest(restLeft, right), longest(left, restRight));
}

describe("the difference of two lists", () => {
  it("gives both back, numbers their items, and finds as much in common as there is", () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const found = diff(left, right);
        expect(found.filter(({ side }) => side !== "right").map(({ item }) => item)).toEqual(left);
        expect(found.filter(({ side }) => side !== "left").map(({ item }) => item)).toEqual(right);
        expect(found.flatMap((one) => one.left ?? [])).toEqual(left.map((_, index) => index + 1));
        expect(found.flatMap((one) => one.right ?? [])).toEqual(right.map((_, index) => index + 1));
        expect(found.filter(({ side }) => side === "both")).toHaveLength(longest(left, right));
      }),
      { numRuns: 200 },
    );
  });

  it("stays bounded on lists without end: what lies between common start and end differs", () => {
    const long = (mark: string) => Array.from({ length: 3000 }, (_, index) => `${mark}${index}`);
    const found = diff(["start", ...long("a"), "end"], ["start", ...long("b"), "end"]);
    expect(found.filter(({ side }) => side === "both").map(({ item }) => item)).toEqual(["start", "end"]);
    expect(found).toHaveLength(6002);
  });
});
