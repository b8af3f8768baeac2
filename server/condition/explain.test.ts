import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { explain } from "./explain.ts";
import { conjunctsOf, fieldsOf, literalsOf } from "./fields.ts";
import { and, compare, equals, exists, field, not, or, wildcard } from "./tree.ts";

const event: Fields = Object.assign(Object.create(null), {
  "process.name": "cmd.exe",
  "process.args": ["cmd.exe", "/Q", "1>", "2>&1"],
  "process.pid": 12,
});

describe("explaining a match", () => {
  it("gives each conjunct with the values that decided it", () => {
    const condition = and(
      wildcard("process.name", "CMD.exe"),
      wildcard("process.args", ["1>", "2>&1"]),
      not(equals("process.args", "/node:x")),
      or(equals("user.name", "x"), equals("process.pid", 12)),
      equals("user.name", "anna"),
    );
    expect(explain(condition, event)).toEqual([
      { text: 'process.name : "CMD.exe"', field: "process.name", values: ["cmd.exe"], outcome: true },
      { text: 'process.args : ("1>", "2>&1")', field: "process.args", values: ["1>", "2>&1"], outcome: true },
      {
        text: 'process.args != "/node:x"',
        field: "process.args",
        values: ["cmd.exe", "/Q", "1>", "2>&1"],
        outcome: true,
      },
      { text: 'user.name == "x" or process.pid == 12', field: undefined, values: ["12"], outcome: true },
      { text: 'user.name == "anna"', field: "user.name", values: [], outcome: false },
    ]);
  });

  it("shows the computed value of a function", () => {
    const length = { kind: "call", name: "length", caseInsensitive: false, args: [field("process.name")] } as const;
    const [part] = explain(compare(length, { kind: "order", operator: ">", value: 5 }, "unknown"), event);
    expect(part).toEqual({ text: "length(process.name) > 5", field: "process.name", values: ["7"], outcome: true });
  });
});

describe("a condition", () => {
  const condition = and(wildcard("b", ["x*", "y"]), and(not(equals("a", [1, "z"])), or(exists("c"), equals("b", "y"))));

  it("lists its fields, sorted and each once", () => {
    expect(fieldsOf(condition)).toEqual(["a", "b", "c"]);
  });

  it("lists its literals by field", () => {
    expect([...literalsOf(condition)]).toEqual([
      ["b", ["x*", "y"]],
      ["a", ["1", "z"]],
      ["c", []],
    ]);
  });

  it("lists its conjuncts, nested ones included", () => {
    expect(conjunctsOf(condition)).toHaveLength(3);
    expect(conjunctsOf(exists("a"))).toEqual([exists("a")]);
  });
});
