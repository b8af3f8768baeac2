import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerValue } from "#contracts/playbook";
import type { Step } from "./playbook.ts";
import { decisionTable, verdictFactsOf, verdictOf } from "./verdict.ts";

function step(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    question: `${id}?`,
    focus: [],
    hints: [],
    raises: [],
    lowers: [],
    anchor: true,
    clears: true,
    required: true,
    queryIds: [],
    ...more,
  };
}

const steps = [
  step("shape"),
  step("binaries", { clears: false }),
  step("operation"),
  step("identity"),
  step("children", { clears: false }),
  step("related", { anchor: false, clears: false }),
];

function answers(text: string) {
  const letters: Readonly<Record<string, AnswerValue>> = {
    r: "raises",
    l: "lowers",
    u: "unresolved",
    n: "not-applicable",
  };
  return steps.flatMap((item, index) => {
    const value = letters[text[index] ?? ""];
    return value === undefined ? [] : [{ stepId: item.id, value, note: "" }];
  });
}

describe("the decision table", () => {
  it.each([
    ["......", 1, "undetermined", "continue"],
    ["rrrrr.", 1, "undetermined", "continue"],
    ["lllll.", 1, "undetermined", "continue"],
    ["rllrrr", 2, "suspicious", "escalate"],
    ["rllulr", 2, "suspicious", "escalate"],
    ["rlrurr", 3, "suspicious", "escalate"],
    ["rlrrrr", 4, "malicious", "escalate"],
    ["rlrnll", 4, "malicious", "escalate"],
    ["rlnnll", 5, "suspicious", "escalate"],
    ["nnnnnr", 5, "suspicious", "escalate"],
    ["lllull", 6, "suspicious", "escalate"],
    ["uuuuuu", 6, "suspicious", "escalate"],
    ["lllnll", 7, "suspicious", "escalate"],
    ["nnnnnn", 7, "suspicious", "escalate"],
    ["llllll", 8, "benign", "close"],
    ["llllln", 8, "benign", "close"],
  ])("answers %s: row %i, %s, %s", (text, number, outcome, recommendation) => {
    const verdict = verdictOf(steps, answers(text));
    expect(verdict.rule.number).toBe(number);
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.recommendation).toBe(recommendation);
  });

  it("does not let a genuine binary clear a confirmed attack", () => {
    expect(verdictOf(steps, answers("rlrrrr")).outcome).toBe("malicious");
    expect(verdictOf(steps, answers("rrrlrr")).outcome).toBe("suspicious");
  });

  const arbitrarySteps = fc.array(fc.record({ anchor: fc.boolean(), clears: fc.boolean(), required: fc.boolean() }), {
    minLength: 0,
    maxLength: 6,
  });
  const arbitraryAnswer = fc.option(fc.constantFrom<AnswerValue>("raises", "lowers", "unresolved", "not-applicable"), {
    nil: undefined,
  });

  it("gives every combination exactly one row, and benign only when all anchors lower concern", () => {
    fc.assert(
      fc.property(arbitrarySteps, fc.array(arbitraryAnswer, { minLength: 6, maxLength: 6 }), (shapes, given) => {
        const made = shapes.map((shape, index) => step(`s${index}`, shape));
        const map = new Map(made.flatMap((item, index) => (given[index] ? [[item.id, given[index]] as const] : [])));
        const facts = verdictFactsOf(made, map);
        expect(decisionTable.filter((row) => row.applies(facts))).toHaveLength(1);
        const list = [...map].map(([stepId, value]) => ({ stepId, value, note: "" }));
        const verdict = verdictOf(made, list);
        if (verdict.outcome === "benign") {
          const anchors = made.filter((item) => item.anchor);
          expect(anchors.length).toBeGreaterThan(0);
          expect(anchors.every((item) => map.get(item.id) === "lowers")).toBe(true);
          expect([...map.values()]).not.toContain("raises");
          expect([...map.values()]).not.toContain("unresolved");
        }
        expect(verdict.recommendation === "close").toBe(verdict.outcome === "benign");
      }),
    );
  });

  it("names exactly the single answers that change the outcome", () => {
    fc.assert(
      fc.property(fc.array(arbitraryAnswer, { minLength: 6, maxLength: 6 }), (given) => {
        const list = steps.flatMap((item, index) =>
          given[index] ? [{ stepId: item.id, value: given[index], note: "" }] : [],
        );
        const verdict = verdictOf(steps, list);
        for (const flip of verdict.flips) {
          const changed = [
            ...list.filter((item) => item.stepId !== flip.stepId),
            { stepId: flip.stepId, value: flip.to, note: "" },
          ];
          expect(verdictOf(steps, changed).outcome).toBe(flip.outcome);
          expect(flip.outcome).not.toBe(verdict.outcome);
        }
      }),
    );
    const almost = verdictOf(steps, answers("lllull"));
    expect(almost.flips).toContainEqual({ stepId: "identity", to: "lowers", outcome: "benign" });
  });

  it("puts what raises concern first and quotes the note", () => {
    const verdict = verdictOf(steps, [
      { stepId: "shape", value: "lowers", note: "" },
      { stepId: "operation", value: "raises", note: "adds a local account" },
    ]);
    expect(verdict.reasons[0]).toEqual({
      stepId: "operation",
      value: "raises",
      text: "Raises concern: operation? — adds a local account",
    });
    expect(verdict.answered).toBe(2);
    expect(verdict.total).toBe(6);
  });

  it("ignores answers to steps that the playbook does not have", () => {
    expect(verdictOf(steps, [{ stepId: "gone", value: "raises", note: "" }]).rule.number).toBe(1);
  });
});
