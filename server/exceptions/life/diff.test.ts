import { expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import { exception } from "../../../test/factories/alerts.ts";
import { changesBetween, describedAtFirst } from "./diff.ts";

const before = exception({ mode: "shadow" });
const host = { type: "match", field: "host.name", value: "ws-1", operator: "included", case: "insensitive" } as const;

it("tells what an edit changed, one sentence each", () => {
  const after: ExceptionRecord = {
    ...before,
    ...({
      name: "Inventory",
      mode: "enforced",
      ruleIds: ["rule-2"],
      hosts: ["ws-*"],
      step: 2,
    } satisfies Partial<ExceptionRecord>),
    entries: [host],
    expires: "2026-01-01T00:00:00.000Z",
  };
  expect(changesBetween(before, after)).toEqual([
    "Name: Inventory service → Inventory",
    "Enforced: it hides alerts now",
    "Rule added: rule-2",
    "Rule removed: rule-1",
    "Host added: ws-*",
    "Step set: 2",
    "Condition added: host.name is ws-1",
    "Condition removed: user.name is alice (case-sensitive)",
    "Expiry set: 2026-01-01T00:00:00.000Z",
  ]);
  expect(changesBetween(after, before)).toContain("Back to shadow mode: it only counts");
  expect(changesBetween(after, before)).toContain("Expiry removed: 2026-01-01T00:00:00.000Z");
});

it("tells nothing where nothing changed", () => {
  expect(changesBetween(before, { ...before })).toEqual([]);
});

it("compares groups of entries as a whole", () => {
  const after = { ...before, alternatives: [[host, ...before.entries]] };
  expect(changesBetween(before, after)).toEqual([
    "Alternative added: host.name is ws-1 and user.name is alice (case-sensitive)",
  ]);
});

it("describes an exception as it was saved first", () => {
  expect(describedAtFirst(before)).toEqual(["Saved in shadow mode", "Matches if user.name is alice (case-sensitive)"]);
});
