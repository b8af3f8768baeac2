import { describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/playbook";
import { wildcard } from "../condition/tree.ts";
import type { AlertContext } from "./alert-fields.ts";
import type { Check, Playbook } from "./playbook.ts";
import { suggestAnswer } from "./suggest.ts";

const quiet: Check = {
  id: "ends-there",
  stepId: "children",
  on: "children",
  where: { text: "", condition: wildcard("process.name", "cmd.exe") },
  rows: { operator: "=", count: 0 },
  suggests: "lowers",
  because: "It started no shell.",
};
const loud: Check = {
  ...quiet,
  id: "shells",
  rows: { operator: ">=", count: 1 },
  suggests: "raises",
  because: "A shell.",
};

function suggested(names: readonly string[], total: number, checks: readonly Check[]) {
  const run = {
    id: "children",
    label: "Children",
    outcome: "hits",
    total,
    reason: "",
    groups: [{ hits: total }],
    rows: names.map((name, index) => ({ id: `e${index}`, fields: { "process.name": name }, groups: [0] })),
  } as unknown as QueryRun;
  const context = { alert: {}, fields: {} } as unknown as AlertContext;
  return suggestAnswer({ checks } as unknown as Playbook, "children", context, new Map([["children", run]]));
}

describe("a suggestion from rows", () => {
  it("that are all there says what is not among them", () => {
    expect(suggested(["conhost.exe"], 1, [quiet, loud])).toMatchObject({ value: "lowers" });
  });

  it("of which only some were looked at says nothing about the others", () => {
    expect(suggested(["conhost.exe"], 900, [quiet, loud])).toMatchObject({
      value: "unresolved",
      because: ["Children: only 1 of 900 rows were looked at."],
    });
  });

  it("of which only some were looked at still says what is among them", () => {
    expect(suggested(["cmd.exe"], 900, [quiet, loud])).toEqual(
      expect.objectContaining({ value: "raises", because: ["A shell. Children: 1 of 900."] }),
    );
  });
});
