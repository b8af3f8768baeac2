import { describe, expect, it } from "vitest";
import { compileCondition } from "../../condition/evaluate.ts";
import { and } from "../../condition/tree.ts";
import { conditionsOfFilters } from "./kibana-filters.ts";

const modules = {
  meta: { negate: true },
  query: { wildcard: { "file.path": { case_insensitive: true, value: "?:\\\\Modules\\\\*" } } },
};

function holds(filters: readonly unknown[], fields: Record<string, string>): boolean | string {
  const conditions = conditionsOfFilters(filters);
  return conditions.ok ? compileCondition(and(...conditions.value))(fields) : conditions.error.reason;
}

describe("Kibana filters", () => {
  it("leave out what a negated wildcard finds, whatever its case", () => {
    expect(holds([modules], { "file.path": "c:\\MODULES\\x.ps1" })).toBe(false);
    expect(holds([modules], { "file.path": "c:\\Users\\x.ps1" })).toBe(true);
    expect(holds([modules], {})).toBe(true);
  });

  it("keep case where the filter does", () => {
    const exact = { query: { wildcard: { a: "Cmd*" } } };
    expect(holds([exact], { a: "cmd.exe" })).toBe(false);
    expect(holds([exact], { a: "Cmd.exe" })).toBe(true);
  });

  it("ask for fields that exist, and say nothing when disabled", () => {
    expect(holds([{ query: { exists: { field: "a" } } }], {})).toBe(false);
    expect(holds([{ meta: { negate: true }, query: { exists: { field: "a" } } }], {})).toBe(true);
    expect(holds([{ meta: { disabled: true }, query: { exists: { field: "a" } } }], {})).toBe(true);
  });

  it("are refused by their number when they are of another kind", () => {
    expect(holds([modules, { query: { match_phrase: { a: "x" } } }], {})).toMatch(/^filter 2 .* neither/);
  });
});
