import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, AnswerValue, VerdictOutcome } from "#contracts/playbook";
import { alert } from "../../test/factories/alerts.ts";
import { alertVerdicts, incidentVerdictOf } from "./incident-verdict.ts";
import type { Playbook, QuestionSubject, Step } from "./playbook.ts";
import { type AnswersByAlert, type AskedAlert, countingAnswers, questionsOf } from "./questions.ts";

const topics = ["operation", "children", "identity", "scope"] as const;
const values = ["lowers", "not-applicable", "unresolved", "raises"] as const;
const subjects = ["process", "session", "incident"] as const;

function step(topic: string, about: QuestionSubject, required: boolean): Step {
  return {
    id: `${topic}-${about}`,
    question: `${topic}?`,
    focus: [],
    hints: [],
    raises: [],
    lowers: [],
    anchor: required,
    topic,
    about,
    clears: true,
    required,
    queryIds: [],
    osquery: [],
    details: [],
  };
}

function playbook(id: string, steps: readonly Step[], fallback = false): Playbook {
  return {
    id,
    title: id,
    version: "1",
    origin: { kind: "playbook" },
    applies: { ruleIds: [], techniques: [], tags: [], fallback },
    source: "test",
    summary: "",
    steps,
    queries: [],
    checks: [],
    decision: { benign: "anchors", secondAnalyst: false },
    closingPolicy: [],
    texts: [],
    relatedRules: [],
    falsePositives: [],
    checklists: [],
    file: `${id}.md`,
    warnings: [],
  };
}

/** A playbook has each topic once. */
const stepsArbitrary = fc
  .uniqueArray(fc.record({ topic: fc.constantFrom(...topics), about: fc.constantFrom(...subjects) }), {
    selector: ({ topic }) => topic,
    maxLength: topics.length,
  })
  .chain((chosen) =>
    fc.tuple(...chosen.map(({ topic, about }) => fc.boolean().map((required) => step(topic, about, required)))),
  );

const playbooksArbitrary = fc
  .array(stepsArbitrary, { minLength: 1, maxLength: 3 })
  .map((all) => all.map((steps, index) => playbook(`playbook-${index}`, steps, index === 0)));

interface Case {
  readonly asked: readonly AskedAlert[];
  readonly given: AnswersByAlert;
}

const caseArbitrary: fc.Arbitrary<Case> = playbooksArbitrary.chain((playbooks) =>
  fc
    .array(
      fc.record({
        process: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        session: fc.option(fc.constantFrom("s1", "s2"), { nil: undefined }),
        image: fc.constantFrom("cmd.exe", "CMD.EXE", "net.exe", undefined),
        time: fc.integer({ min: 0, max: 3 }),
        playbook: fc.option(fc.nat({ max: playbooks.length - 1 }), { nil: undefined }),
        answers: fc.array(fc.record({ at: fc.integer({ min: 0, max: 3 }), value: fc.constantFrom(...values) }), {
          maxLength: topics.length,
        }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((items) => {
      const asked = items.map(
        (item, index): AskedAlert => ({
          alert: alert({
            id: `alert-${index}`,
            time: item.time,
            processKey: item.process === undefined ? undefined : `p${item.process}`,
            fields: Object.assign(Object.create(null), item.image === undefined ? {} : { "process.name": item.image }),
          }),
          playbook: item.playbook === undefined ? undefined : playbooks[item.playbook],
          sessionKey: item.session,
        }),
      );
      const given = new Map(
        items.map((item, index) => [
          `alert-${index}`,
          item.answers.flatMap(({ at, value }, position): Answer[] => {
            const stepId = asked[index]?.playbook?.steps[position]?.id;
            return stepId === undefined ? [] : [answer(stepId, value, at)];
          }),
        ]),
      );
      return { asked, given };
    }),
);

function answer(stepId: string, value: AnswerValue, at: number): Answer {
  return { stepId, value, note: "", evidence: [], actor: "ana", at: new Date(at).toISOString() };
}

const verdictsOf = ({ asked, given }: Case) => alertVerdicts(asked, countingAnswers(asked, given));

function incidentOf({ asked, given }: Case) {
  const counting = countingAnswers(asked, given);
  const questions = questionsOf(asked, counting);
  return { questions, verdict: incidentVerdictOf(alertVerdicts(asked, counting), questions) };
}

describe("the questions of an incident", () => {
  it("are the same whatever the order of its alerts", () => {
    fc.assert(
      fc.property(caseArbitrary, fc.infiniteStream(fc.nat()), (given, numbers) => {
        const shuffled = given.asked
          .map((one) => ({ one, place: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ one }) => one);
        expect(incidentOf({ ...given, asked: shuffled })).toEqual(incidentOf(given));
      }),
    );
  });

  it("ask each step of each alert once, under ids of their own that no command takes for a flag", () => {
    fc.assert(
      fc.property(caseArbitrary, (given) => {
        const { questions } = incidentOf(given);
        const asked = questions.flatMap(({ topic, about, processes }) =>
          processes.flatMap(({ alertIds }) => alertIds.map((id) => `${id} ${topic}-${about}`)),
        );
        const steps = given.asked.flatMap((one) =>
          (one.playbook?.steps ?? []).map(({ id }) => `${one.alert.id} ${id}`),
        );
        expect(asked.toSorted()).toEqual(steps.toSorted());
        expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
        expect(questions.filter(({ id }) => !/^q[\w-]{15}$/.test(id))).toEqual([]);
      }),
    );
  });

  it("are required if one of the alerts requires them, and left as long as one process is not answered", () => {
    fc.assert(
      fc.property(caseArbitrary, (given) => {
        const { questions, verdict } = incidentOf(given);
        const required = questions.filter((one) => one.required);
        expect(verdict.required).toBe(required.length);
        const complete = required.filter(({ processes }) => processes.every((one) => !one.required || one.answer));
        expect(verdict.answered).toBe(complete.length);
        const withoutPlaybook = given.asked.some((one) => one.playbook === undefined);
        const isUndetermined = verdict.alerts.undetermined > 0;
        expect(isUndetermined).toBe(withoutPlaybook || verdict.answered < verdict.required);
      }),
    );
  });
});

describe("an answer", () => {
  it("counts for every alert that asks the same about the same subject, and for no other", () => {
    fc.assert(
      fc.property(caseArbitrary, fc.nat(), fc.nat(), (given, whose, which) => {
        const teller = given.asked[whose % given.asked.length];
        const told = teller?.playbook?.steps[which % Math.max(1, teller.playbook.steps.length)];
        fc.pre(teller !== undefined && told !== undefined);
        const counting = countingAnswers(given.asked, new Map([[teller.alert.id, [answer(told.id, "raises", 1)]]]));
        for (const one of given.asked) {
          const asks = one.playbook?.steps.some(({ id }) => id === told.id) ?? false;
          const counts = asks && sameSubject(one, teller, told.about);
          expect(counting.get(one.alert.id)?.map(({ stepId }) => stepId)).toEqual(counts ? [told.id] : []);
        }
      }),
    );
  });

  it("takes the place of an earlier one to the same question, whichever alert it was given for", () => {
    const asked = ["a", "b"].map((id) => ({
      alert: alert({ id, processKey: "p1" }),
      playbook: playbook(id, [step("operation", "process", true)]),
    }));
    const id = "operation-process";
    for (const [first, second, counting] of [
      [1, 2, "raises"],
      [2, 1, "lowers"],
    ] as const) {
      const given = new Map([
        ["a", [answer(id, "lowers", first)]],
        ["b", [answer(id, "raises", second)]],
      ]);
      const found = countingAnswers(asked, given);
      expect(["a", "b"].map((one) => found.get(one)?.map(({ value }) => value))).toEqual([[counting], [counting]]);
    }
  });
});

describe("the verdict of an incident", () => {
  const seriousness: readonly VerdictOutcome[] = ["undetermined", "benign", "suspicious", "malicious"];

  it("never becomes less serious because an answer became more serious", () => {
    fc.assert(
      fc.property(caseArbitrary, fc.nat(), fc.nat(), (given, whose, which) => {
        const all = [...given.given].flatMap(([id, answers]) => answers.map((one) => ({ id, one })));
        const changed = all[whose % Math.max(1, all.length)];
        fc.pre(changed !== undefined);
        const worse = values.slice(values.indexOf(asOrdered(changed.one.value)) + 1);
        const value = worse[which % Math.max(1, worse.length)];
        fc.pre(value !== undefined);
        const own = given.given.get(changed.id) ?? [];
        const after = { ...changed.one, value };
        const worseCase = {
          ...given,
          given: new Map(given.given).set(
            changed.id,
            own.map((one) => (one === changed.one ? after : one)),
          ),
        };
        const [before, now] = [incidentOf(given), incidentOf(worseCase)].map(({ verdict }) => verdict.outcome);
        expect(seriousness.indexOf(now ?? "benign")).toBeGreaterThanOrEqual(seriousness.indexOf(before ?? "malicious"));
      }),
    );
  });

  it("is benign only if every alert is, and malicious as soon as one is", () => {
    fc.assert(
      fc.property(caseArbitrary, (given) => {
        const outcomes = verdictsOf(given).map((one) => one?.outcome ?? "undetermined");
        const { outcome } = incidentOf(given).verdict;
        expect(outcome === "benign").toBe(outcomes.every((one) => one === "benign"));
        expect(outcome === "malicious").toBe(outcomes.includes("malicious"));
      }),
    );
  });
});

function asOrdered(value: AnswerValue): (typeof values)[number] {
  return values.find((one) => one === value) ?? expect.fail(`${value} is not an answer that the test gives`);
}

/** As decided in docs/decisions/0062, in other words than the code. */
function sameSubject(a: AskedAlert, b: AskedAlert, about: QuestionSubject): boolean {
  const sameProcess =
    a.alert.id === b.alert.id || (a.alert.processKey !== undefined && a.alert.processKey === b.alert.processKey);
  switch (about) {
    case "incident":
      return true;
    case "process":
      return sameProcess;
    case "session":
      return a.sessionKey !== undefined || b.sessionKey !== undefined
        ? a.sessionKey === b.sessionKey
        : // Without a session it is that of the account on the host, which these alerts do not name.
          sameProcess;
  }
}
