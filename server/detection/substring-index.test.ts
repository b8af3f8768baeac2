import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSubstringIndex } from "./substring-index.ts";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "\\", "é", "😀", "\u0000"), maxLength: 40 });
const substrings = fc.array(
  letters.filter((text) => text.length >= 4),
  { maxLength: 60 },
);

describe("the substring index", () => {
  it("finds exactly the texts that a value contains, for few texts and for many", () => {
    fc.assert(
      fc.property(substrings, letters, (texts, value) => {
        const found = new Set<string>();
        createSubstringIndex(texts.map((text) => [text, text] as const))(value, (text) => found.add(text));
        expect([...found].sort()).toEqual([...new Set(texts.filter((text) => value.includes(text)))].sort());
      }),
      { numRuns: 500 },
    );
  });
});
