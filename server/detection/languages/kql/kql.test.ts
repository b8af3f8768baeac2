import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCondition } from "../../../condition/evaluate.ts";
import {
  always,
  and,
  type Condition,
  compare,
  equals,
  exists,
  nested,
  never,
  not,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { parseKql } from "./kql.ts";
import { printKql } from "./print.ts";

function parsed(text: string): Condition {
  const query = parseKql(text);
  if (!query.ok) {
    throw new Error(query.error.message);
  }
  return query.value;
}

function matches(text: string, fields: Record<string, string | number | boolean | (string | number)[]>): boolean {
  return compileCondition(parsed(text))(Object.assign(Object.create(null), fields));
}

const like = (name: string, patterns: readonly string[]) =>
  compare(name, { kind: "wildcard", patterns, caseInsensitive: false, single: false, escape: true });

describe("KQL", () => {
  it.each<[string, Condition]>([
    ["", always],
    [" \u00a0\n", always],
    ["*", always],
    ["not *", never],
    ["a:x or b:y and not c:z", or(equals("a", "x"), and(equals("b", "y"), not(equals("c", "z"))))],
    ["(a:x OR b:y) And NOT c:z", and(or(equals("a", "x"), equals("b", "y")), not(equals("c", "z")))],
    ["a\u00a0:\u00a0x\u00a0and b:y", and(equals("a", "x"), equals("b", "y"))],
    ["a:(x or y or z*)", or(equals("a", ["x", "y"]), like("a", ["z*"]))],
    ["a:(x and (y or not z))", and(equals("a", "x"), or(equals("a", "y"), not(equals("a", "z"))))],
    ["a:*", exists("a")],
    ["not a:*", not(exists("a"))],
    ["event.code:4624", equals("event.code", 4624)],
    ['event.code:"4624"', equals("event.code", "4624")],
    ["a:007", equals("a", "007")],
    ["a:true", equals("a", true)],
    ["a:null", never],
    ["a: one  two and b:x", and(equals("a", "one  two"), equals("b", "x"))],
    ["a:notepad or b:android", or(equals("a", "notepad"), equals("b", "android"))],
    [String.raw`a:C\:\\Windows\\\*`, equals("a", "C:\\Windows\\*")],
    [String.raw`a:C\:\\Windows\\*`, like("a", ["C:\\\\Windows\\\\*"])],
    [String.raw`a:x\ny`, equals("a", "x\ny")],
    [String.raw`a:x \and y`, equals("a", "x and y")],
    [String.raw`a:"C:\\x\tmp \"q\" \u0041 \d*?"`, equals("a", 'C:\\x\tmp "q" A \\d*?')],
    ['"odd field":x', equals("odd field", "x")],
    ["a:te?t*", like("a", ["te\\?t*"])],
    ["a >= 5 and b < x", and(order("a", ">=", 5), order("b", "<", "x"))],
    ['@timestamp > "2026-01-31"', compare("@timestamp", { ...test(">", "2026-01-31"), as: "date" })],
    ["source.ip:(10.0.0.0/8 or 1.1.1.1)", or(cidr("source.ip", ["10.0.0.0/8"]), equals("source.ip", "1.1.1.1"))],
    ["url.path:10.0.0.0/8", equals("url.path", "10.0.0.0/8")],
    ["process.name.caseless:cmd.exe", equals("process.name", ["cmd.exe"], { caseInsensitive: true })],
    ["a:{ b:x and c:{ d:y } }", nested("a", and(equals("a.b", "x"), nested("a.c", equals("a.c.d", "y"))))],
    [
      "file.hash.*:x",
      compare({ kind: "fields", pattern: "file.hash.*" }, { kind: "equals", values: ["x"], caseInsensitive: false }),
    ],
    ['message:"Key missing"', compare("message", { kind: "words", phrases: ["Key missing"] })],
    ["Invoke-*", compare({ kind: "fields", pattern: "*" }, { kind: "words", phrases: ["Invoke-*"] })],
  ])("parses %j", (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  it.each([
    ["a:", 1, 3, 'expected a value or "("'],
    ["a:x and", 1, 8, "expected a field"],
    ["a:x\n  or or b:y", 2, 6, 'expected a field, a value or "(", found "or"'],
    ["(a:x", 1, 5, 'expected ")"'],
    ["a:(x or y", 1, 10, 'expected ")"'],
    ["a:x)", 1, 4, 'expected "and", "or" or the end'],
    ['a:"x', 1, 3, 'expected "'],
    ["a:C\\Windows", 1, 4, 'after "\\"'],
    ["a:{b:x", 1, 7, 'expected "}"'],
    ["a > x*", 1, 5, 'without "*"'],
    ["@timestamp > soon", 1, 14, "expected a date"],
    ["@timestamp > now-1d", 1, 14, "relative to now"],
    [`${"(".repeat(10_000)}a:x`, 1, undefined, "levels of nesting"],
    [`${"not ".repeat(10_000)}a:x`, 1, undefined, "levels of nesting"],
  ])("rejects %.40j with its position", (text, line, column, message) => {
    const query = parseKql(text);
    expect(query.ok ? "accepted" : query.error.message).toContain(message);
    expect(query.ok ? undefined : query.error.at?.line).toBe(line);
    if (column !== undefined) {
      expect(query.ok ? undefined : query.error.at?.column).toBe(column);
    }
  });

  it("is case-sensitive except for caseless fields", () => {
    expect(matches("process.name:cmd.exe", { "process.name": "CMD.exe" })).toBe(false);
    expect(matches("process.name:cmd*", { "process.name": "CMD.exe" })).toBe(false);
    expect(matches("process.name.caseless:cmd.exe", { "process.name": "CMD.exe" })).toBe(true);
  });

  it("is true for a negated value when the field is absent", () => {
    expect(matches("not a:x", {})).toBe(true);
    expect(matches("not a:x", { a: ["x", "y"] })).toBe(false);
  });

  it("finds both values of an `and` list anywhere in an array", () => {
    expect(matches("process.args:(a and b)", { "process.args": ["b", "c", "a"] })).toBe(true);
    expect(matches("process.args:(a and b)", { "process.args": ["a", "c"] })).toBe(false);
  });

  it("treats neither ? nor a quoted star as a wildcard", () => {
    expect(matches("a:c?t", { a: "cat" })).toBe(false);
    expect(matches('a:"c*"', { a: "cat" })).toBe(false);
    expect(matches('a:"c*"', { a: "c*" })).toBe(true);
  });

  it("tests every field that a pattern matches", () => {
    expect(matches("file.hash.*:abc", { "file.hash.md5": "x", "file.hash.sha1": "abc" })).toBe(true);
    expect(matches("a.*.b:x", { "a.1.c.b": "x", "a.b": "y" })).toBe(true);
    expect(matches("not file.hash.*:abc", { "file.hash.md5": "abc" })).toBe(false);
    expect(matches("file.hash.*:*", { "file.name": "abc" })).toBe(false);
  });

  it("needs one element of a nested field that satisfies all terms", () => {
    const query = "user:{ first:alice and last:white }";
    expect(matches(query, { "user.first": ["john", "alice"], "user.last": ["smith", "white"] })).toBe(true);
    expect(matches(query, { "user.first": ["john", "alice"], "user.last": ["white", "smith"] })).toBe(false);
    expect(matches("user:{ not first:alice }", {})).toBe(false);
  });

  it("matches full text by its words", () => {
    const text = { "powershell.file.script_block_text": "$x = [Reflection.Assembly]::Load($b); INVOKE-Mimi -Join" };
    const field = "powershell.file.script_block_text";
    expect(matches(`${field}:"assembly load"`, text)).toBe(true);
    expect(matches(`${field}:"[reflection.assembly]::load("`, text)).toBe(true);
    expect(matches(`${field}:"load assembly"`, text)).toBe(false);
    expect(matches(`${field}:"Invoke"`, text)).toBe(false);
    expect(matches(`${field}:Invoke*`, text)).toBe(true);
    expect(matches(`${field}:"[("`, text)).toBe(false);
    expect(matches("invoke-mimi", text)).toBe(true);
  });

  it("prints every query back to its own tree", () => {
    fc.assert(
      fc.property(kqlConditions, (condition) => {
        const text = printKql(condition);
        expect(text === undefined ? "no text" : parseKql(text)).toEqual({ ok: true, value: condition });
      }),
      { numRuns: 500 },
    );
  });

  it("is not printed where it has no form for a condition", () => {
    const regex: Test = { kind: "regex", patterns: ["a+"], caseInsensitive: false, whole: true };
    expect(printKql(and(equals("a", "x"), compare("a", regex)))).toBeUndefined();
  });
});

function test(operator: ">" | ">=" | "<", value: string | number): Test & { readonly kind: "order" } {
  return { kind: "order", operator, value };
}

function order(name: string, operator: ">" | ">=" | "<", value: string | number): Condition {
  return compare(name, test(operator, value));
}

function cidr(name: string, networks: readonly string[]): Condition {
  return compare(name, { kind: "cidr", networks });
}

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "*",
    "?",
    "\\",
    '"',
    ":",
    "(",
    " ",
    "\n",
    "\u00a0",
    "and",
    "or ",
    "not",
    "{",
    "ü",
    "1",
  ),
  maxLength: 6,
});
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });
const scalar = fc.oneof(text, fc.integer({ min: -2, max: 12 }), fc.boolean());
const name = fc.constantFrom("process.name", "odd name", "not", "a-b", "x:y");
const pattern = fc.tuple(text, text).map((parts) => parts.map((part) => part.replace(/[\\*?]/g, "\\$&")).join("*"));

const leaves: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(name, some(scalar), fc.boolean())
    .map(([field, values, caseInsensitive]) => equals(field, values, { caseInsensitive })),
  fc.tuple(name, some(pattern.filter((text) => text !== "*"))).map(([field, patterns]) => like(field, patterns)),
  fc.tuple(name, fc.integer()).map(([field, value]) => order(field, ">=", value)),
  name.map((field) => exists(field)),
  some(text).map((phrases) =>
    compare("message", { kind: "words", phrases: phrases.map((phrase) => phrase.replace(/[\\*?]/g, "\\$&")) }),
  ),
  text.map((value) =>
    compare({ kind: "fields", pattern: "a.*" }, { kind: "equals", values: [value], caseInsensitive: false }),
  ),
);

const kqlConditions: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaves,
    fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => and(...terms)),
    fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => or(...terms)),
    tie("tree").map(not),
  ),
})).tree;
