import { describe, expect, it } from "vitest";
import { compilePhrase, compilePhrases } from "./phrase.ts";

describe("a phrase", () => {
  it.each([
    ["assembly load", "x [assembly]::load(1)", true],
    ["assembly load", "load assembly", false],
    ["assembly load", "assembly to load", false],
    ["Mask", "unmask", false],
    ["Mask", "unmask, mask", true],
    ["-join", "a -join b", true],
    ["join", "a -join b", false],
    ["inv*-x", "invoke-x", true],
    ["b* c", "a c bb bc c", true],
    ["b* c", "a c bb d", false],
    ["\\*", "*", false],
    ["a\\*b", "a b", true],
    ["[]", "[]", false],
    ["straße", "straße", true],
  ])("%j in %j: %s", (phrase, text, expected) => {
    expect(compilePhrase(phrase)(text)).toBe(expected);
  });

  it("is found among very many as it is alone", () => {
    const phrases = [...Array.from({ length: 1000 }, (_, index) => `never${index}`), "assembly load", "inv*-x", "[]"];
    const matches = compilePhrases(phrases);
    expect(["x [assembly]::load(1)", "invoke-x", "load assembly", "[]", "xnever1", "a never1"].map(matches)).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
  });
});
