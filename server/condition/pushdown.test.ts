import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { valuesOf } from "../event/event.ts";
import { conditions, events } from "./arbitrary.ts";
import { compileCondition } from "./evaluate.ts";
import { foldCase } from "./fold-case.ts";
import { type PushdownPredicate, pushdownPredicate } from "./pushdown.ts";
import { and, anyOf, equals, exists, not, or, wildcard } from "./tree.ts";

const columns = new Set(["process.name", "process.args", "__proto__"]);

function holds(predicate: PushdownPredicate, fields: Fields): boolean {
  switch (predicate.kind) {
    case "all":
      return true;
    case "none":
      return false;
    case "and":
      return predicate.terms.every((term) => holds(term, fields));
    case "or":
      return predicate.terms.some((term) => holds(term, fields));
    case "in":
      return valuesOf(fields, predicate.column).some((value) => predicate.values.includes(foldCase(String(value))));
    case "prefix":
      return valuesOf(fields, predicate.column).some((value) => foldCase(String(value)).startsWith(predicate.prefix));
  }
}

describe("pushing a condition down to a store", () => {
  it("never loses a matching event", () => {
    fc.assert(
      fc.property(conditions, events, (condition, fields) => {
        fc.pre(compileCondition(condition)(fields));
        expect(holds(pushdownPredicate(condition, columns), fields)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps what the store can test and drops the rest", () => {
    const condition = and(
      equals("process.name", ["CMD.exe", "wmic.exe"]),
      equals("user.name", "x"),
      not(exists("process.args")),
      or(wildcard("process.args", "/Node:*"), wildcard("process.args", "get")),
    );
    expect(pushdownPredicate(condition, columns)).toEqual({
      kind: "and",
      terms: [
        { kind: "in", column: "process.name", values: ["cmd.exe", "wmic.exe"] },
        {
          kind: "or",
          terms: [
            { kind: "prefix", column: "process.args", prefix: "/node:" },
            { kind: "in", column: "process.args", values: ["get"] },
          ],
        },
      ],
    });
  });

  it("selects everything where a term reads another column", () => {
    expect(pushdownPredicate(or(equals("process.name", "a"), equals("user.name", "b")), columns)).toEqual({
      kind: "all",
    });
  });

  it("puts alternatives of one column into one list, however many", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    const condition = anyOf(values.map((value) => equals("process.name", value)));
    expect(pushdownPredicate(condition, columns)).toEqual({ kind: "in", column: "process.name", values });
  });

  it("lets everything through rather than asking a store for very many alternatives", () => {
    const starts = Array.from({ length: 10_000 }, (_, index) => `v${index}*`);
    const list = wildcard("process.name", starts);
    expect(pushdownPredicate(list, columns)).toEqual({ kind: "all" });
    expect(pushdownPredicate(and(list, equals("process.args", "get")), columns)).toEqual({
      kind: "in",
      column: "process.args",
      values: ["get"],
    });
  });
});
