import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileEql, parseEqlCondition, parseEqlEvents } from "../detection/languages/eql/eql.ts";
import { conditions, eqlConditions, events } from "./arbitrary.ts";
import { compileCondition } from "./evaluate.ts";
import { printEql, printEqlQuery } from "./print.ts";
import { and, compare, equals, exists, not, or, wildcard } from "./tree.ts";

describe("printing a condition as EQL", () => {
  it("parses back to the same tree", () => {
    fc.assert(
      fc.property(eqlConditions, (condition) => {
        expect(parseEqlCondition(printEql(condition))).toEqual({ ok: true, value: condition });
      }),
      { numRuns: 500 },
    );
  });

  it("preserves the meaning of conditions without a direct EQL form", () => {
    fc.assert(
      fc.property(conditions, events, (condition, fields) => {
        const again = parseEqlCondition(printEql(condition));
        expect(again.ok && compileCondition(again.value)(fields)).toBe(compileCondition(condition)(fields));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [and(equals("a.b", "x"), or(exists("c"), not(exists("d")))), 'a.b == "x" and (c != null or d == null)'],
    [wildcard("process.args", ["a*", "b"]), 'process.args : ("a*", "b")'],
    [
      compare("p", { kind: "wildcard", patterns: ["C:\\\\*"], caseInsensitive: true, single: false, escape: true }),
      'startsWith~(p, "C:\\\\")',
    ],
    [not(equals("a", ["x", "y"], { caseInsensitive: true })), 'not a in~ ("x", "y")'],
    [not(equals("a", 1)), "a != 1"],
    [equals("a-b.c", true), "`a-b.c` == true"],
  ])("%#", (condition, expected) => {
    expect(printEql(condition)).toBe(expected);
  });

  it("prints a whole query with its category", () => {
    const query = parseEqlEvents('"my category" where a == 1');
    expect(query.ok && printEqlQuery(query.value.category, query.value.condition)).toBe('"my category" where a == 1');
    expect(query.ok && compileEql(query.value, { categoryField: "kind" })).toEqual(
      and(equals("kind", "my category"), equals("a", 1)),
    );
  });
});
