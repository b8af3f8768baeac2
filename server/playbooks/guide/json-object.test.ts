import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonObjectEnd } from "./json-object.ts";

describe("the end of a JSON object in a text", () => {
  it("is where the object ends, whatever its texts hold and whatever follows", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.string(), (value, rest) => {
        const json = JSON.stringify(value);
        expect(jsonObjectEnd(`${json}${rest}`, 0)).toEqual({ ok: true, end: json.length });
        const spaced = JSON.stringify(value, undefined, 2);
        expect(jsonObjectEnd(`!{x${spaced}}`, 3)).toEqual({ ok: true, end: spaced.length + 3 });
      }),
    );
  });

  it("is found exactly for those texts that JSON permits", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'{}[]:,"\\ 1ea-.', "true", '"a"'), { maxLength: 12 }), (parts) => {
        const text = `{${parts.join("")}`;
        const found = jsonObjectEnd(text, 0);
        if (found.ok) {
          expect(() => JSON.parse(text.slice(0, found.end))).not.toThrow();
        } else {
          expect(() => JSON.parse(text)).toThrow();
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"a": }', 6, "expected a value"],
    ['{"a" 1}', 5, "expected a colon"],
    ["{a: 1}", 1, "expected a name in double quotes"],
    ['{"a": 1', 7, "the text ends inside of the block"],
    ['{"a": 1]', 7, "expected a comma or }"],
    [`${'{"a":'.repeat(40)}1${"}".repeat(40)}`, 160, "more than 32 levels"],
  ])("%s is none", (text, at, message) => {
    expect(jsonObjectEnd(text, 0)).toEqual({ ok: false, at, message });
  });
});
