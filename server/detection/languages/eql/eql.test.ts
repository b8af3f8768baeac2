import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../../../condition/evaluate.ts";
import { compileEql, parseEql, parseEqlCondition, parseEqlEvents } from "./eql.ts";

const start: Fields = Object.assign(Object.create(null), {
  "event.category": ["process"],
  "event.type": "start",
  "process.name": "Cmd.exe",
  "process.args": ["cmd.exe", "/Q", "\\\\127.0.0.1\\ADMIN$\\__17.4"],
  "process.args_count": 3,
  "odd-name": "x",
  "a.0.b": "y",
  "@timestamp": "2026-01-02T03:04:05.678Z",
});

function matches(text: string, fields: Fields = start): boolean {
  const query = parseEqlEvents(text);
  if (!query.ok) {
    throw new Error(`${query.error.message} ${JSON.stringify(query.error.at)}`);
  }
  return compileCondition(compileEql(query.value))(fields);
}

describe("EQL on events", () => {
  it.each<[string, boolean]>([
    ['process where process.name : "cmd.exe"', true],
    ['process where process.name == "cmd.exe"', false],
    ['process where process.name == "*"', false],
    ['process where process.name in ("cmd.exe", "Cmd.exe")', true],
    ['process where process.name in~ ("CMD.EXE")', true],
    ['process where process.name in~ ("cmd.*")', false],
    ['process where process.name not in ("Cmd.exe")', false],
    ['process where process.name like "c*"', false],
    ['process where process.name like~ ("x*", "c*")', true],
    ['process where process.name regex "[A-Z]md.exe"', true],
    ['process where process.name regex "md"', false],
    ['process where process.name regex~ "CMD\\\\.EXE"', true],
    ['process where process.args : "\\\\\\\\127.0.0.1\\\\*"', true],
    ['process where process.args : """\\\\127.0.0.1\\ADMIN$\\__*.*"""', true],
    ['network where process.name : "cmd.exe"', false],
    ["Process where true", false],
    ['"process" where true', true],
    ["any where true", true],
    ['process where not process.name : "cmd.exe" or true', true],
    ['process where not (process.name : "cmd.exe" or true)', false],
    ["process where true or false and false", true],
    ['process where startswith(process.name, "Cmd")', true],
    ['process where STARTSWITH~(process.name, "cmd")', true],
    ['process where stringContains(process.args, "*")', false],
    ['process where endsWith(process.args, "17.4")', true],
    ["process where length(process.args) > 20", true],
    ['process where `odd-name` == "x" and a.`0`.b == "y" and `a.0.b` == "y"', true],
    ["process where ?no.such.field == null and process.name != null", true],
    ["process where process.args_count - 1 == 2 and 3 == process.args_count", true],
    ['process where process.name : "c\\u{6d}d.exe" // to the end\n and /* in\nbetween */ true', true],
    ['process where @timestamp >= "2026-01-02" and @timestamp < "2026-01-02T03:04:06"', true],
    ['process where @timestamp == "2026-01-02T04:04:05.678+01:00"', true],
  ])("%s", (query, expected) => {
    expect(matches(query)).toBe(expected);
  });

  it.each<[string, boolean]>([
    ['process where not gone : "x"', true],
    ['process where gone != "x"', true],
    ['process where gone not in ("x")', true],
    ["process where not gone == true", true],
    ['process where not startsWith(gone, "x")', true],
    ['process where not cidrMatch(gone, "10.0.0.0/8")', true],
    ["process where gone == null", true],
    ["process where not length(gone) > 5", false],
    ["process where null == (gone > 1)", true],
    ['process where concat(gone, "x") == null', true],
    ['process where not substring(gone, 1) : "x"', false],
    ["process where gone > 1", false],
  ])("on an absent field: %s", (query, expected) => {
    expect(matches(query)).toBe(expected);
  });

  it("treats an optional field that no source has as null", () => {
    const condition = parseEqlCondition('not ?gone == "x"', { isMapped: (name) => name !== "gone" });
    expect(condition).toEqual({ ok: true, value: { kind: "not", term: { kind: "constant", value: undefined } } });
  });

  it("compares all values of an array: one is enough for ==, none may match for !=", () => {
    const fields: Fields = { "event.category": "process", a: ["x", "y"] };
    expect(matches('process where a == "x"', fields)).toBe(true);
    expect(matches('process where a != "x"', fields)).toBe(false);
    expect(matches("process where length(a) == 1", fields)).toBe(true);
  });
});

describe("invalid EQL", () => {
  it.each<[string, string, number, number]>([
    ["", 'expected an event category or "any", found the end of the query', 1, 1],
    ["process", 'expected "where" after the event category, found the end of the query', 1, 8],
    ["process where", 'expected a field, a value, a function or "(", found the end of the query', 1, 14],
    ['process where a = "x"', 'expected an operator, found "="', 1, 17],
    ["process where a == 'x'", "expected a value, found ' : strings are written in double quotes", 1, 20],
    ['process where a == "x', 'expected " to end the string that begins here, found the end of the query', 1, 20],
    ['process where a == "\\x"', 'expected one of \\\\ \\" \\n \\r \\t \\b \\f \\u{…}, found "\\x"', 1, 21],
    ["process where\n  a in (1, 2", 'expected ")" or "," after the value, found the end of the query', 2, 13],
    ["process where a in 1", 'expected "(" after "in", found the number 1', 1, 20],
    [
      "process where a == b",
      "expected a constant on one side of the comparison: fields cannot be compared with each other",
      1,
      17,
    ],
    ["process where size(a) == 1", 'expected a known function, found "size"', 1, 15],
    ["process where length(a, b) == 1", "expected 1 arguments of length, found 2", 1, 15],
    ["process where length~(a) == 1", 'length has no form that ignores case: expected it without "~"', 1, 15],
    ["process where length(a)", "expected a condition, found the value of length(…): compare it with something", 1, 15],
    ['process where "x"', 'expected a condition, found the value "x"', 1, 15],
    ["process where a : null", 'expected a value after ":", found null', 1, 19],
    ['process where cidrMatch(a, "10.0.0")', 'expected a network such as "10.0.0.0/8", found "10.0.0"', 1, 28],
    ["process where a == 1 b == 2", 'expected "and", "or", an operator, "|" or the end of the query, found "b"', 1, 22],
    ["process where /* a", 'expected "*/" to end the comment that begins here, found the end of the query', 1, 15],
    ["process where `a", "expected ` to end the field name that begins here, found the end of the query", 1, 15],
    ["process where a > 5m", 'expected a field, a value, a function or "(", found "5m"', 1, 19],
    [
      "process where a[0] == 1",
      "array positions are not supported: a comparison holds when any value satisfies it",
      1,
      16,
    ],
  ])("%j", (query, message, line, column) => {
    const parsed = parseEql(query);
    expect(parsed.ok ? "accepted" : { message: parsed.error.message, at: parsed.error.at }).toEqual({
      message,
      at: { line, column },
    });
  });

  it.each<[string, string, RegExp]>([
    ["a megabyte", `process where ${"a == 1 or ".repeat(120_000)} true`, /at most 1000000/],
    ["ten thousand parentheses", `process where ${"(".repeat(10_000)}true${")".repeat(10_000)}`, /nests more than 250/],
    ["ten thousand nots", `process where ${"not ".repeat(10_000)}true`, /nests more than 250/],
    ["ten thousand sums", `process where ${"1 + ".repeat(10_000)}1 == a`, /more than 250 operators/],
    ["ten thousand calls", `process where ${"length(".repeat(10_000)}a`, /nests more than 250/],
    ["ten thousand signs", `process where ${"- ".repeat(10_000)}a == 1`, /nests more than 250/],
    ["an open parenthesis in a regular expression", 'process where a regex "("', /expected a regular expression/],
    ["a back reference", 'process where a regex "(a)\\\\1"', /expected a regular expression/],
  ])("rejects %s", (_, query, message) => {
    const parsed = parseEql(query);
    expect(parsed.ok ? "accepted" : parsed.error.message).toMatch(message);
  });

  it("accepts thousands of terms in one junction", () => {
    const parsed = parseEqlEvents(`process where ${'a == "x" or '.repeat(10_000)} b == 1`);
    expect(parsed.ok && compileCondition(compileEql(parsed.value))({ "event.category": "process", b: 1 })).toBe(true);
  });

  it("matches a regular expression with exponential backtracking in linear time", () => {
    expect(matches('any where a regex "(a+)+b"', { a: "a".repeat(5000) })).toBe(false);
  });
});
