import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition, compileTruth } from "./evaluate.ts";
import { and, type Condition, compare, equals, exists, field, never, not, or, wildcard } from "./tree.ts";

const event: Fields = Object.assign(Object.create(null), {
  "process.name": "Cmd.exe",
  "process.pid": 4711,
  "event.code": "1",
  "event.type": ["start", "info"],
  "process.args": ["cmd.exe", "/Q", "/c", "1>", "\\\\127.0.0.1\\ADMIN$\\__17.1", "2>&1"],
  "source.ip": "10.1.2.3",
  empty: [],
  trusted: true,
});
const matches = (condition: Condition, fields: Fields = event) => compileCondition(condition)(fields);
const unknown: Condition = { kind: "constant", value: undefined };

describe("evaluating a condition", () => {
  it.each<[string, Condition, boolean]>([
    ["exact equality is case-sensitive", equals("process.name", "cmd.exe"), false],
    ["case-insensitive equality is not", equals("process.name", "CMD.EXE", { caseInsensitive: true }), true],
    ["any value of an array is enough", equals("event.type", "info"), true],
    ["one of several values is enough", equals("event.type", ["end", "start"]), true],
    ["numbers and text compare by their text", equals("event.code", 1), true],
    ["booleans too", equals("trusted", "true"), true],
    ["a wildcard covers the whole value", wildcard("process.name", "cmd"), false],
    ["`*` matches the empty text", wildcard("process.name", "cmd.exe*"), true],
    ["a wildcard with a fixed start", wildcard("process.args", "\\\\127.0.0.1\\*"), true],
    ["head and tail must not overlap", wildcard("process.name", "cmd.ex*.exe"), false],
    ["several `*`", wildcard("process.args", "\\\\*ADMIN$\\__*.*"), true],
    ["a question mark is exactly one character", wildcard("process.name", "cm?.ex?"), true],
    ["an absent field is false", equals("nothing", "x"), false],
    ["an empty array is absent", exists("empty"), false],
    ["not of an absent field is true", not(equals("nothing", "x")), true],
    ["inside a network", compare("source.ip", { kind: "cidr", networks: ["10.0.0.0/8"] }), true],
    ["outside of a network", compare("source.ip", { kind: "cidr", networks: ["192.168.0.0/16"] }), false],
    ["order of numbers", compare("process.pid", { kind: "order", operator: ">=", value: 4711 }), true],
    ["order of text", compare("process.name", { kind: "order", operator: "<", value: "D" }), true],
    [
      "a regular expression for the whole value",
      compare("process.name", { kind: "regex", patterns: ["cmd"], caseInsensitive: true, whole: true }),
      false,
    ],
    [
      "a regular expression anywhere",
      compare("process.name", { kind: "regex", patterns: ["md\\."], caseInsensitive: true, whole: false }),
      true,
    ],
    ["never is false", never, false],
    ["a member of Object.prototype is not a field", exists("toString"), false],
  ])("%s", (_, condition, expected) => {
    expect(matches(condition)).toBe(expected);
  });

  it("ignores members of Object.prototype even where a fields object has that prototype", () => {
    expect(matches(exists("constructor"), {})).toBe(false);
  });

  it("matches several patterns in one test like each of them alone, path suffixes included", () => {
    const pieces = fc.array(fc.constantFrom("\\", "/", "*", "?", "a", "A", "b.exe", "é"), { maxLength: 6 });
    const texts = pieces.map((parts) => parts.join(""));
    const patterns = fc.array(
      fc.tuple(fc.constantFrom("*", "*\\", ""), texts).map((parts) => parts.join("")),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(patterns, texts, fc.boolean(), fc.boolean(), (several, path, caseInsensitive, escaped) => {
        const syntax = { caseInsensitive, escape: escaped };
        const alone = several.map((pattern) => matches(wildcard("a", pattern, syntax), { a: path }));
        expect(matches(wildcard("a", several, syntax), { a: path })).toBe(alone.includes(true));
      }),
      { numRuns: 500 },
    );
  });

  it("treats an escaped wildcard as a literal where the syntax has escapes", () => {
    const literal = wildcard("a", "100\\*", { caseInsensitive: false, escape: true });
    expect(matches(literal, { a: "100*" })).toBe(true);
    expect(matches(literal, { a: "1000" })).toBe(false);
  });

  it("counts a character outside the basic multilingual plane as one", () => {
    expect(matches(wildcard("a", "x?y"), { a: "x😀y" })).toBe(true);
    expect(matches(wildcard("a", "x??y"), { a: "x😀y" })).toBe(false);
  });

  it("ignores case beyond ASCII without changing lengths", () => {
    expect(matches(wildcard("a", "ΟΔΟΣ*"), { a: "οδοςx" })).toBe(true);
    expect(matches(equals("a", "STRASSE", { caseInsensitive: true }), { a: "straße" })).toBe(false);
  });

  it("evaluates in three-valued logic: not unknown is unknown", () => {
    const computed = compare(
      { kind: "call", name: "length", caseInsensitive: false, args: [field("nothing")] },
      { kind: "order", operator: ">", value: 5 },
      "unknown",
    );
    expect(compileTruth(not(computed))(event)).toBe(undefined);
    expect(matches(not(computed))).toBe(false);
    expect(compileTruth(and(computed, never))(event)).toBe(false);
    expect(compileTruth(or(computed, exists("process.name")))(event)).toBe(true);
    expect(compileTruth(or(unknown, never))(event)).toBe(undefined);
  });

  it("finds one of many substrings like each of them alone", () => {
    const unit = fc.constantFrom("a", "A", "B", "Σ", "ς", "😀", "😁", ".");
    const part = fc.string({ unit, minLength: 2, maxLength: 4 });
    const text = fc.string({ unit, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 33, maxLength: 60 }),
        fc.boolean(),
        text,
        (parts, caseInsensitive, value) => {
          const patterns = parts.map((substring) => `*${substring}*`);
          const alone = patterns.some((pattern) => matches(wildcard("a", pattern, { caseInsensitive }), { a: value }));
          expect(matches(wildcard("a", patterns, { caseInsensitive }), { a: value })).toBe(alone);
        },
      ),
    );
  });

  it("rejects a tree that is too deep instead of overflowing the stack", () => {
    let deep: Condition = exists("a");
    for (let level = 0; level < 10_000; level++) {
      deep = not(deep);
    }
    expect(() => compileCondition(deep)).toThrow(/at most 1000/);
  });

  it("matches a hostile wildcard without backtracking", () => {
    const pattern = `${"a*".repeat(500)}b`;
    expect(matches(wildcard("a", pattern), { a: "a".repeat(50_000) })).toBe(false);
  });
});
