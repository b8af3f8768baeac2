import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPartIndex } from "./part-index.ts";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "\\", "é", "😀", "\u0000"), maxLength: 40 });
const parts = fc.array(
  letters.filter((text) => text.length >= 4),
  { maxLength: 60 },
);

describe("many parts of texts", () => {
  it("are found where they stand, whether few are looked for or many", () => {
    fc.assert(
      fc.property(parts, letters, (texts, value) => {
        const found = new Set<string>();
        createPartIndex(texts.map((text) => [text, text] as const))(value, (text) => found.add(text));
        expect([...found].sort()).toEqual([...new Set(texts.filter((text) => value.includes(text)))].sort());
      }),
      { numRuns: 500 },
    );
  });
});
