import { expect, it } from "vitest";
import type { TransitionRecord } from "../../alert/record.ts";
import { readTransition } from "./transition.ts";

const transition: TransitionRecord = {
  alertId: "alert-1",
  at: 1,
  actor: "lena",
  from: "open",
  to: "open",
  note: "unrelated",
  incident: "removed",
};

it("reads a transition back as it was written", () => {
  expect(readTransition(JSON.stringify(transition))).toEqual(transition);
});

it.each([
  ["taken-out", "removed"],
  ["put-back", "restored"],
])("reads the former value %s as %s", (item, incident) => {
  const { incident: _, ...rest } = transition;
  expect(readTransition(JSON.stringify({ ...rest, item }))).toEqual({ ...rest, incident });
});

it("throws for a damaged body", () => {
  expect(() => readTransition(JSON.stringify({ ...transition, incident: "lost" }))).toThrow();
});
