import { describe, expect, it } from "vitest";
import type { ChangeSummary } from "#contracts/conflict";
import { changeSentence, changeWords } from "./conflict-words.ts";

const change = (action: string, after: Readonly<Record<string, unknown>>): ChangeSummary => ({
  at: "2026-03-04T15:54:01.273Z",
  actor: "Otto",
  action,
  fields: Object.entries(after).map(([field, value]) => ({ field, after: value })),
});

describe("what somebody else changed, in words", () => {
  it.each([
    ["alert.transition", { status: "escalated", note: "over to you" }, "Otto escalated the alert: over to you"],
    [
      "alert.transition",
      { status: "closed", closeReason: "false-positive" },
      "Otto closed the alert as false positive.",
    ],
    ["playbook.answer", { value: "lowers" }, "Otto answered lowers concern."],
    ["playbook.answer", { note: "more" }, "Otto changed the answer: more"],
    ["checklist.done", { item: "isolate", done: true, text: "Isolate the host" }, "Otto ticked off Isolate the host."],
    ["rule.disable", { note: "noisy" }, "Otto disabled the rule: noisy"],
    ["exception.disable", { disabledAt: "x", reason: "over" }, "Otto disabled the exception: over"],
    ["something.new", { a: 1 }, "Otto changed this."],
  ])("%s %j: %s", (action, after, sentence) => {
    expect(changeSentence(change(action, after))).toBe(sentence);
  });

  it("names the fields of the page, and only counts others", () => {
    const words = changeWords(change("person.changed", { role: "author", name: "Otto A.", salt: "x", claims: {} }));
    expect(words).toMatchObject({ facts: ["Role: Author", "Name: Otto A."], others: 2 });
  });
});
