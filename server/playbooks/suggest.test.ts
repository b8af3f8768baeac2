import { describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/query-run";
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

function suggested(
  names: readonly string[],
  total: number,
  checks: readonly Check[],
  { share = 1, outcome = "hits" }: { readonly share?: number; readonly outcome?: QueryRun["outcome"] } = {},
) {
  const run = {
    id: "children",
    label: "Children",
    outcome,
    windowCoverage: { share, text: "Sysmon 1 covers half of it" },
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

  it("of a window that is not covered does not rest on what is not among them, but on what is", () => {
    expect(suggested(["conhost.exe"], 1, [noShell, shell], { share: 0.5 })).toEqual({
      value: "unresolved",
      because: ["Children: there may be more than the 1 row found: Sysmon 1 covers half of it."],
      evidence: [],
    });
    expect(suggested(["cmd.exe"], 1, [noShell, shell], { share: 0.5 })).toMatchObject({ value: "raises" });
  });

  it.each(["partly-covered", "no-data", "cannot-run"] as const)("is unresolved if there are none: %s", (outcome) => {
    expect(suggested([], 0, [noShell, shell], { share: 0, outcome })).toMatchObject({ value: "unresolved" });
  });
});
