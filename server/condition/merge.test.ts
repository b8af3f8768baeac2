import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditions, events } from "./arbitrary.ts";
import { compileTruth } from "./evaluate.ts";
import { mergedAlternatives, mergedRequirements } from "./merge.ts";
import { type Condition, compare, equals, not, wildcard } from "./tree.ts";

const many = Array.from({ length: 9 }, (_, index) => `v${index}`);

describe("merging the terms of a long junction", () => {
  it("looks values of one field up together, whatever else is there", () => {
    const terms = [...many.map((value) => equals("a", value)), wildcard("b", "x*"), wildcard("b", "*y")];
    expect(mergedAlternatives(terms)).toEqual([equals("a", many), wildcard("b", ["x*", "*y"])]);
  });

  it("keeps tests apart that read values in another way", () => {
    const terms = [
      ...many.map((value) => equals("a", value)),
      equals("a", "w", { caseInsensitive: true }),
      compare("a", { kind: "equals", values: ["w"], caseInsensitive: false }, "unknown"),
    ];
    expect(mergedAlternatives(terms)).toHaveLength(3);
  });

  it("looks up together what must not be there", () => {
    expect(mergedRequirements(many.map((value) => not(equals("a", value))))).toEqual([not(equals("a", many))]);
  });

  it("changes no result", () => {
    const lists = fc.array(conditions, { minLength: 8, maxLength: 12 });
    fc.assert(
      fc.property(lists, events, (terms, fields) => {
        const both = (kind: "and" | "or", some: readonly Condition[]) => compileTruth({ kind, terms: some })(fields);
        const nots = terms.map(not);
        expect(both("or", terms)).toBe(terms.map((term) => compileTruth(term)(fields)).reduce(either, false));
        expect(both("and", nots)).toBe(negation(terms.map((term) => compileTruth(term)(fields)).reduce(either, false)));
      }),
      { numRuns: 300 },
    );
  });
});

const either = (left: boolean | undefined, right: boolean | undefined) =>
  left === true || right === true ? true : left === undefined || right === undefined ? undefined : false;
const negation = (truth: boolean | undefined) => (truth === undefined ? undefined : !truth);
