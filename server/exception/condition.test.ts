import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import type { ExceptionEntry } from "#contracts/exception";
import { compileCondition } from "../condition/evaluate.ts";
import { exceptionCondition, isInForce } from "./condition.ts";
import { explainEntry } from "./explain.ts";

const common = { operator: "included", case: "sensitive" } as const;

function hides(entries: readonly ExceptionEntry[], fields: Fields): boolean {
  return compileCondition(exceptionCondition({ entries: [...entries] }))(fields);
}

describe("the condition of an exception", () => {
  it.each<[string, ExceptionEntry, Fields, boolean]>([
    ["match is exact by case", { type: "match", field: "a", value: "X", ...common }, { a: "x" }, false],
    [
      "match folds where asked",
      { type: "match", field: "a", value: "X", ...common, case: "insensitive" },
      { a: "x" },
      true,
    ],
    ["match expands no wildcard", { type: "match", field: "a", value: "x*", ...common }, { a: "xyz" }, false],
    ["any element of an array counts", { type: "match", field: "a", value: "x", ...common }, { a: ["y", "x"] }, true],
    ["match_any takes one of many", { type: "match_any", field: "a", values: ["x", "y"], ...common }, { a: "y" }, true],
    [
      "a wildcard matches the whole value",
      { type: "wildcard", field: "a", value: "x*z", ...common },
      { a: "xyzw" },
      false,
    ],
    ["a backslash escapes", { type: "wildcard", field: "a", value: "C:\\\\t\\*", ...common }, { a: "C:\\t*" }, true],
    ["an escaped star is no wildcard", { type: "wildcard", field: "a", value: "t\\*", ...common }, { a: "tmp" }, false],
    ["exists needs the field", { type: "exists", field: "a", ...common }, { b: "x" }, false],
    [
      "excluded holds without the field",
      { type: "match", field: "a", value: "x", ...common, operator: "excluded" },
      {},
      true,
    ],
    [
      "excluded means no element",
      { type: "match", field: "a", value: "x", ...common, operator: "excluded" },
      { a: ["y", "x"] },
      false,
    ],
    ["a field called __proto__ is only data", { type: "exists", field: "__proto__", ...common }, {}, false],
  ])("%s", (_, entry, fields, expected) => {
    expect(hides([entry], fields)).toBe(expected);
  });

  it("needs all entries", () => {
    const entries: ExceptionEntry[] = [
      { type: "match", field: "a", value: "x", ...common },
      { type: "match", field: "b", value: "y", ...common },
    ];
    expect(hides(entries, { a: "x", b: "y" })).toBe(true);
    expect(hides(entries, { a: "x" })).toBe(false);
  });

  it("is in force until it expires or is stopped", () => {
    const at = Date.UTC(2024, 0, 1);
    expect(isInForce({}, at)).toBe(true);
    expect(isInForce({ expires: "2024-01-01T00:00:00Z" }, at)).toBe(false);
    expect(isInForce({ expires: "2024-01-01T00:00:01Z" }, at)).toBe(true);
    expect(isInForce({ disabledAt: "2023-01-01T00:00:00Z" }, at)).toBe(false);
  });

  it("reads as sentences", () => {
    expect(explainEntry({ type: "match", field: "host.name", value: "srv-02", ...common, case: "insensitive" })).toBe(
      "host.name is srv-02",
    );
    expect(explainEntry({ type: "match_any", field: "a", values: ["x", "y"], ...common, operator: "excluded" })).toBe(
      "a is none of x, y (upper and lower case matter)",
    );
    expect(explainEntry({ type: "exists", field: "a", ...common, operator: "excluded" })).toBe("a is absent");
  });
});
