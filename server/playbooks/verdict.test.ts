import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerValue, VerdictOutcome } from "#contracts/playbook";
import { conflictOf } from "./conflict.ts";
import type { DecisionPolicy, Step } from "./playbook.ts";
import { decisionTable, verdictFactsOf, verdictOf as verdictOfPlaybook } from "./verdict.ts";

function step(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    question: `${id}?`,
    focus: [],
    hints: [],
    raises: [],
    lowers: [],
    anchor: true,
    topic: id,
    about: "process",
    clears: true,
    required: true,
    queryIds: [],
    osquery: [],
    details: [],
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

/** From the best to the worst; no answer counts like "not applicable". */
const order: readonly (AnswerValue | undefined)[] = ["lowers", undefined, "not-applicable", "unresolved", "raises"];
const severity: readonly VerdictOutcome[] = ["benign", "suspicious", "malicious"];

/** Whether the first outcome is worse than the second; an undetermined one is neither. */
function isWorse(first: VerdictOutcome, second: VerdictOutcome): boolean {
  return second !== "undetermined" && severity.indexOf(first) > severity.indexOf(second);
}

const anchors = { benign: "anchors", secondAnalyst: false } as const;
const most = { benign: "most", secondAnalyst: false } as const;

function verdictOf(
  made: readonly Step[],
  given: Parameters<typeof verdictOfPlaybook>[1],
  decision: DecisionPolicy = anchors,
) {
  return verdictOfPlaybook({ steps: made, decision }, given);
}

const factsOf = (made: readonly Step[], given: ReadonlyMap<string, AnswerValue>, decision: DecisionPolicy = anchors) =>
  verdictFactsOf({ steps: made, decision }, new Map([...given].map(([id, value]) => [id, { value }])));

function mapOf(made: readonly Step[], value: (index: number) => AnswerValue | undefined) {
  return new Map(
    made.flatMap((item, index) => {
      const answer = value(index);
      return answer === undefined ? [] : [[item.id, answer] as const];
    }),
  );
}

function outcomeOf(made: readonly Step[], given: ReadonlyMap<string, AnswerValue | undefined>): VerdictOutcome {
  const facts = factsOf(
    made,
    mapOf(made, (index) => given.get(made[index]?.id ?? "")),
  );
  return decisionTable.find((row) => row.applies(facts))?.outcome ?? expect.fail("no row applies");
}

/** Every way to answer the steps, or not. */
function* combinations(made: readonly Step[]) {
  for (let number = 0; number < order.length ** made.length; number += 1) {
    yield mapOf(made, (index) => order[Math.floor(number / order.length ** index) % order.length]);
  }
}

/** Every selection of up to `size` items, repeated ones included, whatever their order. */
function* multisets<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  yield [];
  if (size > 0) {
    for (const [index, item] of items.entries()) {
      for (const rest of multisets(items.slice(index), size - 1)) {
        yield [item, ...rest];
      }
    }
  }
}

describe("the decision table", () => {
  it.each([
    ["......", 1, "undetermined", "continue"],
    ["rrrrr.", 1, "undetermined", "continue"],
    ["lllll.", 1, "undetermined", "continue"],
    ["rllrrr", 2, "suspicious", "escalate"],
    ["rllulr", 2, "suspicious", "escalate"],
    ["rlnuln", 3, "suspicious", "escalate"],
    ["nnnuur", 3, "suspicious", "escalate"],
    ["rlrurr", 4, "malicious", "escalate"],
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

  it("does not say that nothing lowers concern where answers lower it that clear nothing", () => {
    const { outcome, rule } = verdictOf(steps, answers("rlrnln"));
    expect(outcome).toBe("malicious");
    expect(rule.text).toBe(
      "A required step and another step raise concern, and no step that could clear the alert lowers it.",
    );
  });

  it("does not take a confirmed attack back because another question is unresolved", () => {
    expect(verdictOf(steps, answers("rlrnnr")).outcome).toBe("malicious");
    expect(verdictOf(steps, answers("rlrunr")).outcome).toBe("malicious");
    expect(verdictOf(steps, answers("ruruuu")).outcome).toBe("malicious");
  });

  it("never gives a better outcome for a worse answer, in any playbook of up to four steps", () => {
    const kinds = [true, false].flatMap((anchor) =>
      [true, false].flatMap((clears) => [true, false].map((required) => ({ anchor, clears, required }))),
    );
    let compared = 0;
    for (const shapes of multisets(kinds, 4)) {
      const made = shapes.map((shape, index) => step(`s${index}`, shape));
      for (const given of combinations(made)) {
        const outcome = outcomeOf(made, given);
        for (const item of made) {
          for (const worse of order.slice(order.indexOf(given.get(item.id)) + 1)) {
            const after = outcomeOf(made, new Map([...given, [item.id, worse]]));
            if (isWorse(outcome, after)) {
              expect.fail(`${JSON.stringify([...given])}: ${item.id} ${worse} makes ${outcome} ${after}`);
            }
            compared += 1;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(100_000);
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
        const facts = factsOf(made, map);
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

  it("never gives a better outcome for a worse answer, in playbooks of any size", () => {
    const cells = fc.array(
      fc.record({
        shape: fc.record({ anchor: fc.boolean(), clears: fc.boolean(), required: fc.boolean() }),
        before: fc.constantFrom(...order),
        after: fc.constantFrom(...order),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(cells, (drawn) => {
        const made = drawn.map(({ shape }, index) => step(`s${index}`, shape));
        const given = (pick: (a: number, b: number) => number) =>
          mapOf(made, (index) => {
            const { before, after } = drawn[index] ?? {};
            return order[pick(order.indexOf(before), order.indexOf(after))];
          });
        expect(isWorse(outcomeOf(made, given(Math.min)), outcomeOf(made, given(Math.max)))).toBe(false);
      }),
    );
  });

  it("treats an optional step without an answer like one that does not apply", () => {
    const optional = steps.map((item) => ({ ...item, required: false }));
    for (const text of ["rlrr.r", ".lllll", "l.llll", "lllll.", "......", "u.....", "r....."]) {
      const { outcome, rule } = verdictOf(optional, answers(text));
      const filled = verdictOf(optional, answers(text.replaceAll(".", "n")));
      expect({ outcome, row: rule.number }).toEqual({ outcome: filled.outcome, row: filled.rule.number });
    }
  });

  it("lists no answer that would make the outcome better by being worse than the one given", () => {
    for (const text of ["rlrurr", "rlrrrr", "rlnnll", "llllll", "rllrrr", "uuuuuu", "lllll."]) {
      const given = mapOf(steps, (index) => answers(text).find((item) => item.stepId === steps[index]?.id)?.value);
      const verdict = verdictOf(steps, answers(text));
      for (const flip of verdict.flips) {
        const [better, worse] =
          order.indexOf(flip.to) > order.indexOf(given.get(flip.stepId))
            ? [verdict.outcome, flip.outcome]
            : [flip.outcome, verdict.outcome];
        expect(isWorse(better, worse)).toBe(false);
      }
    }
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

  const suggestions = [undefined, "not-applicable", "lowers", "unresolved", "raises"] as const;
  const suggested = (value: (typeof suggestions)[number]) =>
    value === undefined ? {} : { suggested: { value, because: ["the evidence"] } };
  const concern: readonly AnswerValue[] = ["lowers", "not-applicable", "unresolved", "raises"];

  it("never makes an answer benign that lowers concern against the suggestion, or on missing data", () => {
    for (const conflicting of ["raises", "unresolved"] as const) {
      for (const value of ["lowers", "not-applicable"] as const) {
        const given = answers("llllll").map((answer) =>
          answer.stepId === "related" ? { ...answer, value, ...suggested(conflicting) } : answer,
        );
        const verdict = verdictOf(steps, given);
        expect(verdict).toMatchObject({ outcome: "suspicious", recommendation: "escalate", rule: { number: 9 } });
        expect(verdict.reasons[0]).toMatchObject({ stepId: "related", value, conflict: true });
        expect(verdict.flips.every(({ outcome }) => outcome !== "benign")).toBe(true);
      }
    }
  });

  it("marks an answer that raises concern against the suggestion, without a milder verdict for it", () => {
    const against = [{ stepId: "shape", value: "raises", note: "", ...suggested("lowers") }] as const;
    const given = [...against, ...answers("llllll").slice(1)];
    expect(verdictOf(steps, given).reasons[0]).toMatchObject({ stepId: "shape", conflict: true });
    const { outcome, rule } = verdictOf(steps, given);
    const plain = verdictOf(steps, answers("rlllll"));
    expect({ outcome, row: rule.number }).toEqual({ outcome: plain.outcome, row: plain.rule.number });
  });

  it("closes by most of the required steps where a playbook names no anchors", () => {
    const plain = steps.map((one) => ({ ...one, anchor: false, required: one.id !== "related" }));
    expect(verdictOf(plain, answers("lllnn."), most)).toMatchObject({ outcome: "benign", rule: { number: 11 } });
    expect(verdictOf(plain, answers("llnnnl"), most)).toMatchObject({ outcome: "suspicious", rule: { number: 10 } });
    expect(verdictOf(plain, answers("llllu."), most).outcome).toBe("suspicious");
    expect(verdictOf(plain, answers("llllr."), most).outcome).toBe("suspicious");
    expect(verdictOf(plain, answers("lll..l"), most).outcome).toBe("undetermined");
    expect(verdictOf(plain, answers("rrnnn."), most)).toMatchObject({ outcome: "malicious", rule: { number: 4 } });
    expect(verdictOf(plain, answers("rnnnn."), most).outcome).toBe("suspicious");
    expect(verdictOf(plain, answers("llllll")).outcome).toBe("suspicious");
  });

  const judgedSteps = fc.array(
    fc.record({
      shape: fc.record({ anchor: fc.boolean(), clears: fc.boolean(), required: fc.boolean() }),
      values: fc.tuple(fc.nat(concern.length - 1), fc.nat(concern.length - 1)),
      suggestions: fc.tuple(fc.nat(suggestions.length - 1), fc.nat(suggestions.length - 1)),
    }),
    { minLength: 1, maxLength: 10 },
  );

  it("has one row for any answers and suggestions, and never a better one for more concern in either", () => {
    fc.assert(
      fc.property(judgedSteps, fc.constantFrom(anchors, most), (drawn, decision) => {
        const made = drawn.map(({ shape }, index) => step(`s${index}`, shape));
        const given = (pick: (a: number, b: number) => number) =>
          drawn.map(({ values: v, suggestions: s }, index) => ({
            stepId: `s${index}`,
            value: concern[pick(...v)] ?? "raises",
            note: "",
            ...suggested(suggestions[pick(...s)]),
          }));
        const [milder, worse] = [given(Math.min), given(Math.max)];
        for (const list of [milder, worse]) {
          const facts = verdictFactsOf({ steps: made, decision }, new Map(list.map((one) => [one.stepId, one])));
          expect(decisionTable.filter((row) => row.applies(facts))).toHaveLength(1);
          const { outcome } = verdictOf(made, list, decision);
          const isUnsupported = list.some(
            ({ value, suggested: of }) => value !== "raises" && conflictOf(value, of?.value) !== undefined,
          );
          expect(outcome === "benign" && isUnsupported).toBe(false);
        }
        expect(isWorse(verdictOf(made, milder, decision).outcome, verdictOf(made, worse, decision).outcome)).toBe(
          false,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
