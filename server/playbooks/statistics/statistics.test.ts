import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerValue } from "#contracts/playbook";
import type { StepStatistics } from "#contracts/playbook-statistics";
import type { Step } from "../playbook.ts";
import { agreementOf } from "./agreement.ts";
import type { CountingAnswer, RecordedAnswer, StatisticsFacts, WalkedAlert } from "./facts.ts";
import { statisticsOf } from "./statistics.ts";

const MINUTE = 60_000;
const values = ["raises", "lowers", "unresolved", "not-applicable"] as const;
const people = ["ana", "omar", "lena"] as const;

const step = (id: string, given: Partial<Step> = {}): Step => ({
  ...{ id, question: `${id}?`, topic: id, about: "process", focus: [], hints: [], raises: [], lowers: [] },
  ...{ anchor: true, clears: true, required: true, queryIds: [], osquery: [], details: [] },
  ...given,
});
const playbook = {
  version: "2",
  steps: [step("what"), step("who"), step("spread", { anchor: false, required: false })],
  decision: { benign: "anchors", secondAnalyst: false },
} as const;

const answer = (given: Partial<RecordedAnswer> = {}): RecordedAnswer => ({
  ...{ alertId: "a", stepId: "what", value: "lowers", version: "2", person: "ana", at: 0 },
  ...given,
});
const alert = (given: Partial<WalkedAlert> = {}): WalkedAlert => ({
  ...{ id: "a", incident: "i", shape: "s", isClosed: false, overridden: false, counting: [] },
  ...given,
});
const counting = (given: Readonly<Record<string, AnswerValue>>, person = "ana"): CountingAnswer[] =>
  Object.entries(given).map(([stepId, value]) => ({ stepId, value, person }));
const facts = (given: Partial<StatisticsFacts>): StatisticsFacts => ({ answers: [], alerts: [], acts: [], ...given });
const stepIn = (all: readonly StepStatistics[], id: string) =>
  all.find(({ stepId }) => stepId === id) ?? expect.fail(`no step ${id}`);
const statistics = (given: Partial<StatisticsFacts>, id = "what") =>
  stepIn(statisticsOf(playbook, facts(given)).steps, id);

/** Answers of people at some alerts, few enough that they meet. */
const factsArbitrary = fc
  .record({
    alerts: fc.array(
      fc.record({
        incident: fc.constantFrom("i1", "i2"),
        shape: fc.constantFrom("s1", "s2"),
        closing: fc.option(
          fc.record({
            closedAs: fc.constantFrom("benign", "true-positive"),
            closedBy: fc.option(fc.constantFrom(...people), { nil: undefined }),
            overridden: fc.boolean(),
          }),
          { nil: undefined },
        ),
        counting: fc.option(
          fc.dictionary(fc.constantFrom("what", "who", "spread"), fc.constantFrom(...values), {
            noNullPrototype: true,
          }),
          { nil: undefined },
        ),
      }),
      { maxLength: 6 },
    ),
    answers: fc.uniqueArray(
      fc.record({
        alert: fc.nat({ max: 6 }),
        stepId: fc.constantFrom("what", "who", "gone"),
        value: fc.constantFrom(...values),
        conflict: fc.constantFrom(undefined, "against-raises", "without-data"),
        version: fc.constantFrom("1", "2"),
        person: fc.constantFrom(...people),
        at: fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * MINUTE),
      }),
      { maxLength: 25, selector: ({ alert: of, stepId, person, at }) => `${of} ${stepId} ${person} ${at}` },
    ),
    acts: fc.array(
      fc.record({
        incident: fc.constantFrom("i1", "i2"),
        person: fc.constantFrom(...people),
        at: fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * MINUTE),
      }),
      { maxLength: 10 },
    ),
  })
  .map(
    ({ alerts, answers, acts }): StatisticsFacts => ({
      alerts: alerts.map(({ closing, ...one }, index) => ({
        ...{ id: `a${index}`, incident: one.incident, shape: one.shape, isClosed: closing !== undefined },
        ...{ overridden: closing?.overridden ?? false, closedAs: closing?.closedAs, closedBy: closing?.closedBy },
        counting: one.counting && counting(one.counting),
      })),
      answers: answers.map(({ alert: of, ...one }) => ({ ...one, alertId: `a${of}` })),
      acts,
    }),
  );

describe("the statistics of a playbook", () => {
  it("are the same whatever the order of what was recorded", () => {
    const shuffled = <T>(all: readonly T[], seed: number): readonly T[] =>
      all
        .map((one, index) => ({ one, place: Math.sin(seed + index) }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ one }) => one);
    fc.assert(
      fc.property(factsArbitrary, fc.nat(), ({ answers, alerts, acts }, seed) => {
        const other = {
          answers: shuffled(answers, seed),
          alerts: shuffled(alerts, seed + 1),
          acts: shuffled(acts, seed + 2),
        };
        expect(statisticsOf(playbook, other)).toEqual(statisticsOf(playbook, { answers, alerts, acts }));
      }),
    );
  });

  it("add up", () => {
    fc.assert(
      fc.property(factsArbitrary, (given) => {
        const { alerts, steps, former } = statisticsOf(playbook, given);
        const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((all, one) => all + one.count, 0);
        const known = new Set(given.alerts.map(({ id }) => id));
        const counted = given.answers.filter(({ alertId }) => known.has(alertId));
        const incidents = new Map(given.alerts.map(({ id, incident }) => [id, incident]));
        expect(alerts.walked).toBe(new Set(counted.map(({ alertId }) => alertId)).size);
        expect(alerts.open + sum(alerts.closed)).toBe(alerts.walked);
        expect(sum(alerts.verdicts)).toBeLessThanOrEqual(sum(alerts.closed));
        for (const one of [...steps, ...former]) {
          const own = counted.filter(({ stepId }) => stepId === one.stepId);
          const given = own.map(({ alertId, person, at }) => `${incidents.get(alertId)} ${person} ${at}`);
          expect(one.asked).toBe(one.answered + one.elsewhere + one.open + one.unanswered);
          expect(one.asked).toBeLessThanOrEqual(alerts.walked);
          expect(one.answered).toBe(new Set(own.map(({ alertId }) => alertId)).size);
          expect(sum(one.values)).toBe(one.answered);
          expect(one.againstSuggestion + one.withoutData).toBeLessThanOrEqual(one.answered);
          expect(one.decided.decided).toBeLessThanOrEqual(one.decided.alerts);
          expect(one.time.measured + one.time.interrupted + one.time.unpreceded).toBe(new Set(given).size);
          expect(one.agreement.agreed).toBeLessThanOrEqual(one.agreement.pairs);
          expect(one.agreement.pairs).toBeLessThanOrEqual(Math.max(0, own.length - 1));
        }
      }),
    );
  });
});

describe("a step", () => {
  it("counts the latest answer for each alert, with its conflict", () => {
    const found = statistics({
      alerts: [alert(), alert({ id: "b" })],
      answers: [
        answer({ value: "raises", at: 1 }),
        answer({ value: "lowers", conflict: "against-raises", at: 2 }),
        answer({ alertId: "b", value: "not-applicable", conflict: "without-data" }),
      ],
    });
    expect(found).toMatchObject({ asked: 2, answered: 2, againstSuggestion: 1, withoutData: 1 });
    expect(found.values.map(({ count }) => count)).toEqual([0, 1, 0, 1]);
  });

  it("was asked where it is answered elsewhere, still open, or left, but not of who had another version", () => {
    const walkedOnly = (id: string, given: Partial<WalkedAlert>, version = "2") => ({
      alert: alert({ id, ...given }),
      answer: answer({ alertId: id, stepId: "who", version }),
    });
    const all = [
      walkedOnly("elsewhere", { counting: counting({ what: "lowers" }) }),
      walkedOnly("open", {}),
      walkedOnly("left", { isClosed: true }),
      walkedOnly("moved", { counting: undefined }),
      walkedOnly("former", { isClosed: true }, "1"),
    ];
    const found = statistics({ alerts: all.map((one) => one.alert), answers: all.map((one) => one.answer) });
    expect(found).toMatchObject({ asked: 4, answered: 0, elsewhere: 1, open: 1, unanswered: 2 });
  });

  it("that the playbook does not have any more is apart", () => {
    const { steps, former } = statisticsOf(
      playbook,
      facts({ alerts: [alert()], answers: [answer({ stepId: "old" })] }),
    );
    expect(steps.map(({ answered }) => answered)).toEqual([0, 0, 0]);
    expect(former.map(({ stepId, question, answered, hints }) => [stepId, question, answered, hints])).toEqual([
      ["old", undefined, 1, []],
    ]);
  });
});

describe("a step decides", () => {
  const decided = (given: Readonly<Record<string, AnswerValue>>, closed: Partial<WalkedAlert> = {}) => {
    const { steps } = statisticsOf(
      playbook,
      facts({ alerts: [alert({ isClosed: true, counting: counting(given), ...closed })], answers: [answer()] }),
    );
    return Object.fromEntries(steps.map((one) => [one.stepId, [one.decided.decided, one.decided.alerts]]));
  };

  it("if the verdict without it is another one", () => {
    expect(decided({ what: "lowers", who: "raises" })).toEqual({ what: [0, 1], who: [1, 1], spread: [0, 0] });
    expect(decided({ what: "raises", who: "raises" })).toEqual({ what: [1, 1], who: [1, 1], spread: [0, 0] });
  });

  it("not if the other steps say the same, however required it is", () => {
    expect(decided({ what: "lowers", who: "lowers" })).toEqual({ what: [0, 1], who: [0, 1], spread: [0, 0] });
    expect(decided({ what: "raises", who: "raises", spread: "raises" })).toEqual({
      what: [0, 1],
      who: [0, 1],
      spread: [0, 1],
    });
  });

  it("nothing on alerts that are open, without a verdict, or under another playbook now", () => {
    const none = { what: [0, 0], who: [0, 0], spread: [0, 0] };
    expect(decided({ what: "raises", who: "raises" }, { isClosed: false })).toEqual(none);
    expect(decided({ what: "raises" })).toEqual(none);
    expect(decided({}, { counting: undefined })).toEqual(none);
  });

  it("and is marked for its author if it never did on five alerts", () => {
    const closedAlerts = (count: number) => {
      const ids = Array.from({ length: count }, (_, index) => `a${index}`);
      const same = counting({ what: "lowers", who: "lowers" });
      return statistics({
        alerts: ids.map((id) => alert({ id, isClosed: true, counting: same })),
        answers: ids.map((alertId) => answer({ alertId })),
      }).hints;
    };
    expect(closedAlerts(4)).toEqual([]);
    expect(closedAlerts(5)).toEqual(["never-decides"]);
  });
});

describe("the time of an answer", () => {
  const time = (answers: readonly RecordedAnswer[], acts: StatisticsFacts["acts"] = []) =>
    statistics({ alerts: [alert(), alert({ id: "b" })], answers, acts }).time;

  it("begins with what the same person recorded before on the incident", () => {
    const acts = [
      { incident: "i", person: "ana", at: 1 * MINUTE },
      { incident: "i", person: "omar", at: 3 * MINUTE },
      { incident: "other", person: "ana", at: 3 * MINUTE },
    ];
    expect(time([answer({ at: 4 * MINUTE })], acts)).toMatchObject({ measured: 1, median: 3 * MINUTE });
    const other = answer({ stepId: "who", at: 2 * MINUTE });
    expect(time([other, answer({ at: 4 * MINUTE })], acts)).toMatchObject({ measured: 1, median: 2 * MINUTE });
  });

  it("is unknown if nothing precedes it, and left out after a pause of more than half an hour", () => {
    expect(time([answer({ at: 5 })])).toMatchObject({ measured: 0, interrupted: 0, unpreceded: 1, median: undefined });
    const acts = [{ incident: "i", person: "ana", at: 0 }];
    expect(time([answer({ at: 30 * MINUTE })], acts)).toMatchObject({ measured: 1, interrupted: 0 });
    expect(time([answer({ at: 30 * MINUTE + 1 })], acts)).toMatchObject({ measured: 0, interrupted: 1 });
  });

  it("is one for an answer to several alerts of the incident", () => {
    const acts = [{ incident: "i", person: "ana", at: 0 }];
    expect(time([answer({ at: 5 }), answer({ alertId: "b", at: 5 })], acts)).toMatchObject({ measured: 1, p90: 5 });
  });
});

describe("agreement between analysts", () => {
  const given = (person: string, value: AnswerValue, at: number, shape = "s") => ({ person, value, at, shape });

  it("compares each answer with the latest earlier one by somebody else about the same", () => {
    expect(agreementOf([given("ana", "lowers", 1), given("omar", "lowers", 2)])).toEqual({ pairs: 1, agreed: 1 });
    expect(agreementOf([given("ana", "lowers", 1), given("omar", "raises", 2)])).toEqual({ pairs: 1, agreed: 0 });
    expect(agreementOf([given("ana", "lowers", 1), given("omar", "lowers", 2, "t")])).toEqual({ pairs: 0, agreed: 0 });
    const three = [given("ana", "lowers", 1), given("omar", "raises", 2), given("omar", "lowers", 3)];
    expect(agreementOf(three)).toEqual({ pairs: 2, agreed: 1 });
    expect(agreementOf([...three, given("ana", "lowers", 4)])).toEqual({ pairs: 3, agreed: 2 });
  });

  it("takes what one person answered for many alerts at once as one answer, and nobody's own as another's", () => {
    const many = Array.from({ length: 20 }, () => given("omar", "lowers", 2));
    expect(agreementOf([given("ana", "lowers", 1), ...many])).toEqual({ pairs: 1, agreed: 1 });
    expect(agreementOf([given("ana", "lowers", 1), given("ana", "raises", 2)])).toEqual({ pairs: 0, agreed: 0 });
    expect(agreementOf([given("ana", "lowers", 1), given("omar", "raises", 1)])).toEqual({ pairs: 0, agreed: 0 });
  });

  it("of less than 80 % is marked for the author once there are five pairs", () => {
    const hints = (count: number, disagreeing: number) => {
      const answers = Array.from({ length: count + 1 }, (_, index) =>
        answer({
          ...{ alertId: `a${index}`, at: index, person: index % 2 === 0 ? "ana" : "omar" },
          value: index > count - disagreeing && (index - count) % 2 === 0 ? "raises" : "lowers",
        }),
      );
      return statistics({ alerts: answers.map(({ alertId }) => alert({ id: alertId })), answers }).hints;
    };
    expect(hints(4, 1)).toEqual([]);
    expect(hints(5, 1)).toEqual([]);
    expect(hints(5, 3)).toEqual(["analysts-disagree"]);
  });
});

describe("the totals", () => {
  it("count how alerts were closed, against which verdict, and by a second analyst", () => {
    const closed = (id: string, given: Partial<WalkedAlert>) =>
      alert({
        id,
        isClosed: true,
        closedAs: "benign",
        counting: counting({ what: "lowers", who: "lowers" }),
        ...given,
      });
    const alerts = [
      closed("a", { closedBy: "ana" }),
      closed("b", { closedBy: "omar" }),
      closed("c", { closedBy: "omar", overridden: true, counting: counting({ what: "lowers", who: "unresolved" }) }),
      closed("d", { closedAs: "exception", closedBy: undefined }),
      alert({ id: "e" }),
      alert({ id: "f", counting: undefined }),
      alert({ id: "nobody answered" }),
    ];
    const answers = ["a", "b", "c", "d", "e", "f"].map((alertId) => answer({ alertId }));
    const last = answer({ stepId: "who", at: 40 * MINUTE });
    expect(statisticsOf(playbook, facts({ alerts, answers: [...answers, last] })).alerts).toEqual({
      ...{ walked: 6, open: 2, otherPlaybook: 1, overridden: 1 },
      closed: [
        { reason: "benign", count: 3 },
        { reason: "exception", count: 1 },
      ],
      verdicts: [
        { outcome: "suspicious", count: 1 },
        { outcome: "benign", count: 3 },
      ],
      secondAnalyst: { closed: 2, overridden: 1 },
      walk: { measured: 1, median: 40 * MINUTE, p90: 40 * MINUTE },
    });
  });
});
