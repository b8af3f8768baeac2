import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../condition/evaluate.ts";
import { and, type Condition, compare, equals, exists, not, or, wildcard } from "../condition/tree.ts";
import { createRuleIndex } from "./rule-index.ts";
import { keysOf } from "./rule-keys.ts";

const pieces = fc.array(fc.constantFrom("C:", "\\", "/", "cmd.exe", "CMD.exe", "x", "*", "?", "\\*"), { maxLength: 6 });
const texts = pieces.map((parts) => parts.join(""));
const onPath: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(texts, fc.boolean())
    .map(([text, caseInsensitive]) => equals("process.executable", text, { caseInsensitive })),
  fc
    .tuple(fc.array(texts, { minLength: 1, maxLength: 2 }), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([patterns, caseInsensitive, single, escaped]) =>
      compare("process.executable", { kind: "wildcard", patterns, caseInsensitive, single, escape: escaped }),
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

  it("finds rules about fields that are computed", () => {
    const conditions = [
      wildcard("stemma.decoded", "*lsass*"),
      and(equals("event.code", "4104"), equals("stemma.decoded", "Get-Process lsass")),
      or(equals("process.name", "a.exe"), exists("stemma.decoded")),
    ];
    const fields: Fields = { "event.code": "4104", "powershell.file.script_block_text": "&('Get-Pro'+'cess') lsass" };
    expect(createRuleIndex(conditions)(fields)).toEqual([0, 1, 2]);
  });

  it("files patterns under file names, substrings or the presence of their field", () => {
    const keys = (pattern: string) =>
      keysOf(wildcard("process.executable", pattern, { caseInsensitive: true, escape: true }));
    const field = "process.executable";
    expect(keys("*\\\\cmd.EXE")).toEqual([{ kind: "name", field, text: "cmd.exe" }]);
    expect(keys("C:\\\\Windows\\\\cmd.exe")).toEqual([{ kind: "value", field, text: "c:\\windows\\cmd.exe" }]);
    expect(keys("*cmd.exe")).toEqual([{ kind: "substring", field, text: "cmd.exe" }]);
    expect(keys("*\\\\Temp\\\\*")).toEqual([{ kind: "substring", field, text: "\\temp\\" }]);
    expect(keys("*a?.txt")).toEqual([{ kind: "substring", field, text: ".txt" }]);
    expect(keys("*.?*")).toEqual([{ kind: "present", field }]);
  });

  it("keys a conjunction by its rarest term and a disjunction by all of its terms", () => {
    const name = wildcard("process.name", "a.exe");
    const other = wildcard("process.pe.original_file_name", "A.EXE");
    const nameKey = { kind: "value", field: "process.name", text: "a.exe" };
    expect(keysOf(and(equals("event.code", "1"), name))).toEqual([nameKey]);
    expect(keysOf(or(name, other))).toEqual([
      nameKey,
      { kind: "value", field: "process.pe.original_file_name", text: "a.exe" },
    ]);
    expect(keysOf(or(name, not(other)))).toBe(undefined);
    expect(keysOf(or(name, exists("process.name")))).toEqual([{ kind: "present", field: "process.name" }]);
  });

  it("finds rules for any number of event types", () => {
    const codes = Array.from({ length: 400 }, (_, code) => String(4000 + code));
    const candidates = createRuleIndex(codes.map((code) => and(equals("event.code", code), exists("user.name"))));
    for (const [position, code] of codes.entries()) {
      expect(candidates({ "event.code": ["other", code], "user.name": "a" })).toEqual([position]);
      const two = [code, codes.at(position - 1) ?? code, code];
      expect(candidates({ "event.code": two, "user.name": "a" })).toHaveLength(2);
    }
  });

  it("finds a rule by a number and by one of several values", () => {
    const candidates = createRuleIndex([equals("event.code", "10"), equals("process.pid", 7)]);
    expect(candidates({ "event.code": 10, "process.pid": ["x", "7"] })).toEqual([0, 1]);
  });
});
