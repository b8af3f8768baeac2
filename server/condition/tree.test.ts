import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition, compileTruth } from "./evaluate.ts";
import { explain } from "./explain.ts";
import { fieldsOf, literalsOf } from "./fields.ts";
import { printEql } from "./print.ts";
import { pushdownPredicate } from "./pushdown.ts";
import { and, type Condition, compare, depthOf, equals, nested, not, or } from "./tree.ts";

const hashes: Condition = compare(
  { kind: "fields", pattern: "file.hash.*" },
  { kind: "equals", values: ["abc"], caseInsensitive: false },
);
const words: Condition = compare("message", { kind: "words", phrases: ["key missing", "inv*"] });
const address: Condition = nested("user", and(equals("user.first", "alice"), equals("user.last", "white")));

describe("a pattern of field names", () => {
  it("is true when any value of a matching field passes, a field named __proto__ included", () => {
    const fields: Fields = Object.assign(Object.create(null), { "file.hash.md5": ["x", "abc"] });
    expect(compileCondition(hashes)(fields)).toBe(true);
    expect(compileCondition(not(hashes))({ "file.hash": "abc" })).toBe(true);
    const all = compare({ kind: "fields", pattern: "*" }, { kind: "equals", values: ["abc"], caseInsensitive: false });
    const hostile: Fields = Object.assign(Object.create(null), { ["__proto__"]: "abc" });
    expect(compileCondition(all)(hostile)).toBe(true);
    expect(compileCondition(all)(Object.create({ inherited: "abc" }))).toBe(false);
  });

  it("is not pushed down to a store", () => {
    expect(pushdownPredicate(hashes, new Set(["file.hash.*", "file.hash.md5"]))).toEqual({ kind: "all" });
  });

  it("is explained with the values that passed", () => {
    expect(explain(hashes, { "file.hash.md5": ["x", "abc"] })).toEqual([
      { text: 'file.hash.* == "abc"', field: "file.hash.*", values: ["abc"], outcome: true },
    ]);
    expect(explain(not(hashes), { "file.hash.md5": "x" })[0]?.values).toEqual(["x"]);
    expect(fieldsOf(hashes)).toEqual(["file.hash.*"]);
  });
});

describe("full text", () => {
  it("matches by words and is printed with its phrases", () => {
    const fields = { message: "module Key-missing: key missing" };
    expect(compileCondition(words)(fields)).toBe(true);
    expect(compileCondition(words)({ message: "key-missing" })).toBe(false);
    expect(printEql(words)).toBe('message contains words ("key missing", "inv*")');
    expect(literalsOf(words).get("message")).toEqual(["key missing", "inv*"]);
    expect(pushdownPredicate(words, new Set(["message"]))).toEqual({ kind: "all" });
  });
});

describe("a condition on array elements", () => {
  it("needs one element that satisfies all terms and is never unknown", () => {
    const unknown = nested("user", compare("user.first", { kind: "present" }, "unknown"));
    expect(compileCondition(address)({ "user.first": ["bob", "alice"], "user.last": ["white", "white"] })).toBe(true);
    expect(compileCondition(address)({ "user.first": ["bob", "alice"], "user.last": ["white", "smith"] })).toBe(false);
    expect(compileTruth(unknown)({ "user.last": "x" })).toBe(false);
    expect(compileTruth(not(unknown))({})).toBe(true);
  });

  it("is evaluated over all values together where elements cannot be reconstructed", () => {
    expect(compileCondition(address)({ "user.first": ["alice", "bob"], "user.last": "white" })).toBe(true);
  });

  it("is pushed down by the values that some element has to have", () => {
    expect(pushdownPredicate(address, new Set(["user.last"]))).toEqual({
      kind: "in",
      column: "user.last",
      values: ["white"],
    });
    expect(pushdownPredicate(or(address, equals("a", "x")), new Set(["user.last"]))).toEqual({ kind: "all" });
  });

  it("counts towards depth, fields and text", () => {
    expect(depthOf(address)).toBe(4);
    expect(fieldsOf(address)).toEqual(["user.first", "user.last"]);
    expect(printEql(address)).toBe('user : { user.first == "alice" and user.last == "white" }');
    expect(explain(address, { "user.first": "alice", "user.last": "white" })[0]?.values).toEqual(["alice", "white"]);
  });
});
