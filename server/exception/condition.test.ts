import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { compileCondition } from "../condition/evaluate.ts";
import { exceptionCondition, isInForce } from "./condition.ts";
import { explainEntry } from "./explain.ts";

const common = { operator: "included", case: "sensitive" } as const;

function matches(entries: readonly ExceptionEntry[], fields: Fields): boolean {
  return compileCondition(exceptionCondition({ entries: [...entries] }))(fields);
}

describe("the condition of an exception", () => {
  it.each<[string, ExceptionEntry, Fields, boolean]>([
    ["match is case-sensitive", { type: "match", field: "a", value: "X", ...common }, { a: "x" }, false],
    [
      "match ignores case where the entry says so",
      { type: "match", field: "a", value: "X", ...common, case: "insensitive" },
      { a: "x" },
      true,
    ],
    ["match does not expand wildcards", { type: "match", field: "a", value: "x*", ...common }, { a: "xyz" }, false],
    [
      "any element of an array may match",
      { type: "match", field: "a", value: "x", ...common },
      { a: ["y", "x"] },
      true,
    ],
    [
      "match_any accepts any of its values",
      { type: "match_any", field: "a", values: ["x", "y"], ...common },
      { a: "y" },
      true,
    ],
    [
      "a wildcard has to match the whole value",
      { type: "wildcard", field: "a", value: "x*z", ...common },
      { a: "xyzw" },
      false,
    ],
    [
      "a backslash escapes the next character",
      { type: "wildcard", field: "a", value: "C:\\\\t\\*", ...common },
      { a: "C:\\t*" },
      true,
    ],
    [
      "an escaped asterisk is not a wildcard",
      { type: "wildcard", field: "a", value: "t\\*", ...common },
      { a: "tmp" },
      false,
    ],
    ["exists requires the field", { type: "exists", field: "a", ...common }, { b: "x" }, false],
    [
      "excluded also matches without the field",
      { type: "match", field: "a", value: "x", ...common, operator: "excluded" },
      {},
      true,
    ],
    [
      "excluded requires that no element matches",
      { type: "match", field: "a", value: "x", ...common, operator: "excluded" },
      { a: ["y", "x"] },
      false,
    ],
    ["a field named __proto__ is plain data", { type: "exists", field: "__proto__", ...common }, {}, false],
  ])("%s", (_, entry, fields, expected) => {
    expect(matches([entry], fields)).toBe(expected);
  });

  it("requires all entries", () => {
    const entries: ExceptionEntry[] = [
      { type: "match", field: "a", value: "x", ...common },
      { type: "match", field: "b", value: "y", ...common },
    ];
    expect(matches(entries, { a: "x", b: "y" })).toBe(true);
    expect(matches(entries, { a: "x" })).toBe(false);
  });

  it("is in force until it expires or is disabled", () => {
    const at = Date.UTC(2024, 0, 1);
    expect(isInForce({}, at)).toBe(true);
    expect(isInForce({ expires: "2024-01-01T00:00:00Z" }, at)).toBe(false);
    expect(isInForce({ expires: "2024-01-01T00:00:01Z" }, at)).toBe(true);
    expect(isInForce({ disabledAt: "2023-01-01T00:00:00Z" }, at)).toBe(false);
  });

  it("is explained in sentences", () => {
    expect(explainEntry({ type: "match", field: "host.name", value: "srv-02", ...common, case: "insensitive" })).toBe(
      "host.name is srv-02",
    );
    expect(explainEntry({ type: "match_any", field: "a", values: ["x", "y"], ...common, operator: "excluded" })).toBe(
      "a is none of x, y (case-sensitive)",
    );
    expect(explainEntry({ type: "exists", field: "a", ...common, operator: "excluded" })).toBe("a is absent");
  });
});
