import { describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/playbook";
import { wildcard } from "../condition/tree.ts";
import type { AlertContext } from "./alert-fields.ts";
import type { Check, Playbook } from "./playbook.ts";
import { suggestAnswer } from "./suggest.ts";

const noShell: Check = {
  id: "ends-there",
  stepId: "children",
  on: "children",
  where: { text: "", condition: wildcard("process.name", "cmd.exe") },
  rows: { operator: "=", count: 0 },
  suggests: "lowers",
  because: "It started no shell.",
};
const shell: Check = {
  ...noShell,
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
  it("of a complete result can rest on what is not among them", () => {
    expect(suggested(["conhost.exe"], 1, [noShell, shell])).toMatchObject({ value: "lowers" });
  });

  it("of a truncated result does not rest on what is not among them", () => {
    expect(suggested(["conhost.exe"], 900, [noShell, shell])).toMatchObject({
      value: "unresolved",
      because: ["Children: only 1 of 900 rows were examined."],
    });
  });

  it("of a truncated result can rest on what is among them", () => {
    expect(suggested(["cmd.exe"], 900, [noShell, shell])).toEqual(
      expect.objectContaining({ value: "raises", because: ["A shell. Children: 1 of 900."] }),
    );
  });
});
