import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../condition/evaluate.ts";
import { type Condition, compare, equals } from "../condition/tree.ts";
import { createRuleIndex, keysOf } from "./rule-index.ts";

const pieces = fc.array(fc.constantFrom("C:", "\\", "/", "cmd.exe", "CMD.exe", "x", "*", "?", "\\*"), { maxLength: 6 });
const texts = pieces.map((parts) => parts.join(""));
const onPath: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(texts, fc.boolean()).map(([text, fold]) => equals("process.executable", text, { fold })),
  fc
    .tuple(fc.array(texts, { minLength: 1, maxLength: 2 }), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([patterns, fold, single, escaped]) =>
      compare("process.executable", { kind: "wildcard", patterns, fold, single, escape: escaped }),
    ),
);

describe("the rule index", () => {
  it("never misses a rule that tests a path", () => {
    fc.assert(
      fc.property(fc.array(onPath, { maxLength: 6 }), texts, (conditions, path) => {
        const fields: Fields = { "process.executable": path };
        const candidates = new Set(createRuleIndex(conditions)(fields));
        for (const [position, condition] of conditions.entries()) {
          if (compileCondition(condition)(fields)) {
            expect(candidates).toContain(position);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("looks up the end of a path like the name of a program", () => {
    const end = (pattern: string) =>
      keysOf(
        compare("process.executable", {
          kind: "wildcard",
          patterns: [pattern],
          fold: true,
          single: true,
          escape: true,
        }),
      );
    expect(end("*\\\\cmd.EXE")).toEqual([{ field: "process.executable", value: "cmd.exe" }]);
    expect(end("C:\\\\Windows\\\\cmd.exe")).toEqual([{ field: "process.executable", value: "cmd.exe" }]);
    expect(end("*cmd.exe")).toBeUndefined();
    expect(end("*\\\\cm?.exe")).toBeUndefined();
    expect(end("*\\\\Temp\\\\*")).toBeUndefined();
  });
});
