import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { foldCase } from "./fold-case.ts";
import { literalsOfRegex } from "./regex-literal.ts";

const pieces = fc.array(
  fc.constantFrom(
    "a",
    "B",
    "K",
    "ſ",
    ".",
    "*",
    "+",
    "?",
    "{2}",
    "{0,1}",
    "|",
    "(",
    ")",
    "(?i)",
    "(?)",
    "[ab]",
    "[^]a]",
    "[[:alpha:]b]",
    "\\.",
    "\\\\",
    "\\d",
    "^",
    "$",
    "😀",
  ),
  { maxLength: 8 },
);
const texts = fc.string({
  unit: fc.constantFrom("a", "b", "B", "k", "K", "s", "\\", ".", "1", "]", "😀"),
  maxLength: 10,
});

describe("the literals of a regular expression", () => {
  it("are contained in every matching text, ignoring case", () => {
    fc.assert(
      fc.property(pieces, texts, fc.boolean(), (parts, text, wrapped) => {
        const pattern = wrapped ? `(?-s:${parts.join("")})` : parts.join("");
        let compiled: RE2JS;
        try {
          compiled = RE2JS.compile(pattern, RE2JS.DOTALL | RE2JS.CASE_INSENSITIVE);
        } catch {
          return;
        }
        if (compiled.matcher(text).find()) {
          let at = 0;
          for (const literal of literalsOfRegex(pattern)) {
            const found = foldCase(text).indexOf(foldCase(literal), at);
            expect(found).toBeGreaterThanOrEqual(0);
            at = found + literal.length;
          }
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it("exclude groups, classes and optional characters", () => {
    expect(literalsOfRegex("^C:\\\\Windows\\\\[a-z]+\\.dll\\+x{2,}")).toEqual(["C:\\Windows\\", ".dll+"]);
    expect(literalsOfRegex("abc?defg*hi")).toEqual(["ab", "def", "hi"]);
    expect(literalsOfRegex("(?-s:(?i)(long text)?ab.*)")).toEqual(["ab"]);
    expect(literalsOfRegex("ab(?)*")).toEqual([]);
    expect(literalsOfRegex("(?-s:a)|(b)")).toEqual([]);
    expect(literalsOfRegex("one|another")).toEqual([]);
    expect(literalsOfRegex("\\x41bcdef")).toEqual([]);
    expect(literalsOfRegex("\\Qa.b\\E")).toEqual([]);
  });
});
