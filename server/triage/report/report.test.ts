import fc from "fast-check";
import { expect, it } from "vitest";
import type { AlertStatus } from "#contracts/alert";
import type { ShiftReport } from "#contracts/shift-report";
import { exception } from "../../../test/factories/alerts.ts";
import type { AlertHead } from "../../store/alerts/port.ts";
import type { Act } from "./acts.ts";
import { handedOverOf } from "./handed-over.ts";
import { reportOf } from "./report.ts";
import { type ReportFacts, stateOf } from "./state.ts";

const MINUTE = 60_000;
const from = Date.UTC(2026, 5, 17, 6);
const to = Date.UTC(2026, 5, 17, 14);

function head(id: string, given: Partial<AlertHead> = {}): AlertHead {
  return {
    id,
    rule: { id: "rule-1", name: "Rule one" },
    severity: "high",
    status: "open",
    incidentKey: "one",
    host: "host-a",
    detectedAt: from + MINUTE,
    ...given,
  };
}

let sequence = 0;
function changed(alertId: string, minutes: number, change: Partial<Extract<Act, { kind: "status" }>> = {}): Act {
  sequence += 1;
  return {
    ...{ sequence, at: from + minutes * MINUTE, person: "lena", kind: "status", alertId, from: "open", to: "closed" },
    ...{ againstVerdict: false, reason: change.to === undefined ? "benign" : undefined },
    ...change,
  };
}

/** Facts of alerts that are what `heads` say now. */
function factsOf(heads: readonly AlertHead[], given: Partial<ReportFacts> = {}): ReportFacts {
  const raised = heads.filter(({ detectedAt }) => detectedAt >= from && detectedAt < to);
  const firsts = Map.groupBy(heads, ({ incidentKey }) => incidentKey);
  return {
    ...{ from, to, raised, acts: [], later: [], incidentsOf: new Map() },
    heads: new Map(heads.map((one) => [one.id, one])),
    notClosed: heads.filter(({ detectedAt, status }) => detectedAt < to && status !== "closed"),
    firstRaised: new Map([...firsts].map(([key, own]) => [key, Math.min(...own.map((one) => one.detectedAt))])),
    ...given,
  };
}

function report(facts: ReportFacts, given: Partial<Parameters<typeof reportOf>[2]> = {}): ShiftReport {
  const parts = { rules: new Map(), handedOver: { items: [], total: 0 }, exceptions: [], people: false, madeAt: to };
  return reportOf(facts, stateOf(facts), { ...parts, ...given });
}

it("counts what was raised, in alerts and incidents, and which of these are new", () => {
  const heads = [
    head("a"),
    head("b"),
    head("c", { incidentKey: "two" }),
    head("before", { incidentKey: "two", detectedAt: from - 1 }),
    head("after", { incidentKey: "three", detectedAt: to }),
  ];
  expect(report(factsOf(heads)).opened).toEqual({ alerts: 3, incidents: 2, newIncidents: 1 });
});

it("counts a closed alert once, under what it was closed as last, and its incident only if nothing in it is left open", () => {
  const heads = [
    head("a", { status: "closed" }),
    head("b", { status: "closed", incidentKey: "two" }),
    head("c", { incidentKey: "two" }),
  ];
  const acts = [
    changed("a", 5, { reason: "false-positive", verdict: "benign" }),
    changed("a", 6, { from: "closed", to: "open" }),
    changed("a", 7, { reason: "true-positive", verdict: "malicious", to: "closed" }),
    changed("b", 8, { to: "closed", reason: "benign", againstVerdict: true }),
  ];
  const { closed, reopened } = report(factsOf(heads, { acts }));
  expect(closed).toEqual({
    ...{ alerts: 2, incidents: 1, againstVerdict: 1 },
    byReason: [
      { reason: "benign", alerts: 1, incidents: 0 },
      { reason: "true-positive", alerts: 1, incidents: 1 },
    ],
    byVerdict: [
      { verdict: "malicious", alerts: 1, incidents: 1 },
      { verdict: undefined, alerts: 1, incidents: 0 },
    ],
  });
  expect(reopened).toEqual({ alerts: 0, incidents: 0 });
});

it("has the status that alerts had at the end, whatever happened to them since", () => {
  const heads = [
    head("a", { status: "closed" }),
    head("b", { status: "open", incidentKey: "two" }),
    head("c", { status: "escalated", incidentKey: "two" }),
  ];
  const later = [
    changed("a", 600, { from: "acknowledged", to: "closed", reason: "benign" }),
    changed("a", 601, { from: "closed", to: "open" }),
    changed("a", 602, { to: "closed", reason: "benign" }),
    changed("b", 603, { from: "closed", to: "open" }),
  ].filter((act) => act.kind === "status");
  const { open, closed } = report(factsOf(heads, { later, acts: [changed("b", 10)] }));
  expect(open).toEqual({
    ...{ alerts: 2, incidents: 2 },
    byStatus: [
      { status: "escalated", alerts: 1, incidents: 1 },
      { status: "acknowledged", alerts: 1, incidents: 1 },
      { status: "open", alerts: 0, incidents: 0 },
    ],
  });
  expect(closed).toMatchObject({ alerts: 1, incidents: 0 });
});

it("measures the time to triage until the first act of a person on the alert or its incident, after it was raised", () => {
  const at = (minutes: number) => from + minutes * MINUTE;
  const heads = [
    head("a", { detectedAt: at(10) }),
    head("b", { detectedAt: at(10), incidentKey: "two" }),
    head("c", { detectedAt: at(30), incidentKey: "two" }),
    head("d", { detectedAt: at(0), incidentKey: "three", status: "closed" }),
    head("e", { detectedAt: at(0), incidentKey: "four" }),
  ];
  const acts: readonly Act[] = [
    changed("a", 5, { to: "acknowledged" }),
    { kind: "answer", sequence: 100, at: at(25), person: "lena", alertId: "a" },
    { kind: "incident", sequence: 101, at: at(20), person: "lena", recordId: "record" },
    { kind: "incident", sequence: 102, at: at(70), person: "tom", recordId: "record" },
    changed("d", 40, { person: undefined, reason: "exception" }),
  ];
  const { triage } = report(factsOf(heads, { acts, incidentsOf: new Map([["record", "two"]]) }));
  expect(triage.alerts).toEqual({
    ...{ count: 5, acted: 3, median: 15 * MINUTE, p90: 40 * MINUTE, waiting: 1, automatic: 1 },
  });
  expect(triage.incidents).toEqual({
    ...{ count: 4, acted: 2, median: 12.5 * MINUTE, p90: 15 * MINUTE, waiting: 1, automatic: 1 },
  });
});

it("says nothing about times if nobody acted", () => {
  const { alerts } = report(factsOf([head("a")])).triage;
  expect(alerts).toEqual({ count: 1, acted: 0, median: undefined, p90: undefined, waiting: 1, automatic: 0 });
});

it("lists rules by their alerts, with false positives of those closed with a reason", () => {
  const noisy = { id: "noisy", name: "Noisy" };
  const heads = [
    head("a", { rule: noisy, status: "closed" }),
    head("b", { rule: noisy, status: "closed", severity: "low", detectedAt: from + 2 * MINUTE }),
    head("c", { rule: noisy, incidentKey: "two" }),
    head("d"),
    head("old", { rule: { id: "old", name: "Old" }, detectedAt: from - 1, status: "closed" }),
  ];
  const acts = [changed("a", 3, { reason: "false-positive" }), changed("b", 3), changed("old", 4)];
  expect(report(factsOf(heads, { acts })).rules).toEqual({
    items: [
      { ...noisy, severity: "high", raised: 3, incidents: 2, closed: { total: 2, falsePositive: 1 } },
      {
        id: "rule-1",
        name: "Rule one",
        severity: "high",
        raised: 1,
        incidents: 1,
        closed: { total: 0, falsePositive: 0 },
      },
      { id: "old", name: "Old", severity: "high", raised: 0, incidents: 0, closed: { total: 1, falsePositive: 0 } },
    ].map((rule) => (rule.id === "noisy" ? { ...rule, severity: "low" } : rule)),
    total: 3,
  });
});

it("lists tactics in the order of ATT&CK and techniques by alerts, each alert once", () => {
  const wmi = "Windows Management Instrumentation";
  const heads = [head("a"), head("b", { rule: { id: "sigma", name: "Sigma" }, incidentKey: "two" }), head("c")];
  const rules = new Map([
    [
      "rule-1",
      {
        techniques: [
          { id: "T1021", name: "Remote Services", tactic: "Lateral Movement" },
          { id: "T1047", name: "Windows Management Instrumentation", tactic: "Execution" },
          { id: "T9999", name: "T9999", tactic: "Somewhere new" },
        ],
        tactics: [],
      },
    ],
    ["sigma", { techniques: [{ id: "T1047", name: "T1047" }], tactics: ["Execution", "Impact"] }],
  ]);
  expect(report(factsOf(heads), { rules }).matrix).toEqual([
    {
      tactic: "Execution",
      alerts: 3,
      techniques: [{ id: "T1047", name: "Windows Management Instrumentation", alerts: 3, incidents: 2 }],
    },
    {
      tactic: "Lateral Movement",
      alerts: 2,
      techniques: [{ id: "T1021", name: "Remote Services", alerts: 2, incidents: 1 }],
    },
    { tactic: "Impact", alerts: 1, techniques: [{ id: "T1047", name: wmi, alerts: 1, incidents: 1 }] },
    { tactic: "Somewhere new", alerts: 2, techniques: [{ id: "T9999", name: "T9999", alerts: 2, incidents: 1 }] },
  ]);
});

it("puts a rule that names only a tactic below it, and one that names none below no tactic", () => {
  const heads = [head("a"), head("b", { rule: { id: "none", name: "None" } })];
  const rules = new Map([
    ["rule-1", { techniques: [], tactics: ["Discovery"] }],
    ["none", { techniques: [{ id: "T1", name: "T1" }], tactics: [] }],
  ]);
  expect(report(factsOf(heads), { rules }).matrix).toEqual([
    {
      tactic: "Discovery",
      alerts: 1,
      techniques: [{ id: undefined, name: "No technique named", alerts: 1, incidents: 1 }],
    },
    { tactic: undefined, alerts: 1, techniques: [{ id: "T1", name: "T1", alerts: 1, incidents: 1 }] },
  ]);
});

it("hands over what is escalated or assigned and not closed, escalated ones first", () => {
  const heads = [
    head("a", { incidentKey: "assigned", severity: "critical" }),
    head("b", { incidentKey: "escalated", severity: "low", rule: { id: "r", name: "Quiet" } }),
    head("c", { incidentKey: "escalated", status: "escalated", rule: { id: "r", name: "Named after" } }),
    head("d", { incidentKey: "nobody" }),
    head("e", { incidentKey: "done", status: "closed" }),
  ];
  const assignees = new Map([
    ["assigned", "lena"],
    ["done", "lena"],
  ]);
  expect(handedOverOf(stateOf(factsOf(heads)), assignees)).toEqual([
    expect.objectContaining({
      key: "escalated",
      title: "Named after",
      status: "escalated",
      assignee: undefined,
      alerts: 2,
    }),
    expect.objectContaining({ key: "assigned", status: "open", assignee: "lena", alerts: 1 }),
  ]);
});

it("lists exceptions saved in the range", () => {
  const saved = (id: string, at: number) => exception({ id, createdAt: new Date(at).toISOString() });
  const exceptions = [saved("late", to), saved("b", from + 1), saved("a", from), saved("early", from - 1)];
  expect(report(factsOf([]), { exceptions }).exceptions.map(({ id }) => id)).toEqual(["a", "b"]);
});

it("counts what each person did only if that is asked for, and nothing of rules and exceptions", () => {
  const acts: readonly Act[] = [
    changed("a", 1, { to: "acknowledged" }),
    changed("a", 2),
    changed("b", 3, { person: undefined, reason: "exception" }),
    { kind: "exception", sequence: 200, at: from, person: "tom" },
    { kind: "incident", sequence: 201, at: from, person: "tom", recordId: "unknown" },
  ];
  const facts = factsOf([head("a", { status: "closed" }), head("b", { status: "closed" })], { acts });
  const none = { answers: 0, closed: 0, escalated: 0, otherStatus: 0, incidentChanges: 0, exceptions: 0 };
  expect(report(facts).people).toBeUndefined();
  expect(report(facts, { people: true }).people).toEqual([
    { ...none, name: "lena", closed: 1, otherStatus: 1 },
    { ...none, name: "tom", incidentChanges: 1, exceptions: 1 },
  ]);
});

/** Stories of some alerts: what happened to each, in the range and after it. */
const stories = fc.array(
  fc.record({
    key: fc.constantFrom("one", "two", "three"),
    rule: fc.constantFrom("r1", "r2"),
    raised: fc.integer({ min: -30, max: 479 }),
    acts: fc.array(
      fc.record({
        minutes: fc.integer({ min: 0, max: 700 }),
        to: fc.constantFrom<AlertStatus>("open", "acknowledged", "escalated", "closed"),
        reason: fc.constantFrom("benign" as const, "false-positive" as const, "duplicate" as const),
        person: fc.constantFrom("lena", undefined),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 12 },
);

function factsOfStories(all: typeof stories extends fc.Arbitrary<infer T> ? T : never): ReportFacts {
  let number = 0;
  const acts: Act[] = [];
  const heads = all.map(({ key, rule, raised, acts: own }, index) => {
    let status: AlertStatus = "open";
    for (const { minutes, to: next, reason, person } of own.toSorted((a, b) => a.minutes - b.minutes)) {
      if (minutes >= raised && next !== status) {
        number += 1;
        const closing = next === "closed" ? { reason } : {};
        const act = { ...closing, person, alertId: `alert-${index}`, from: status, to: next, againstVerdict: false };
        acts.push({ kind: "status", sequence: number, at: from + minutes * MINUTE, ...act });
        status = next;
      }
    }
    const rulePart = { id: rule, name: rule };
    return head(`alert-${index}`, { incidentKey: key, rule: rulePart, status, detectedAt: from + raised * MINUTE });
  });
  return factsOf(heads, {
    acts: acts.filter(({ at }) => at < to),
    later: acts.filter((act) => act.kind === "status" && act.at >= to).filter((act) => act.kind === "status"),
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

it("has sums that agree", () => {
  fc.assert(
    fc.property(stories, (all) => {
      const { opened, closed, open, rules, triage, escalated } = report(factsOfStories(all));
      expect(sum(rules.items.map(({ raised }) => raised))).toBe(opened.alerts);
      expect(sum(rules.items.map((rule) => rule.closed.total))).toBe(closed.alerts);
      for (const parts of [closed.byReason, closed.byVerdict]) {
        expect(sum(parts.map(({ alerts }) => alerts))).toBe(closed.alerts);
        expect(sum(parts.map(({ incidents }) => incidents))).toBe(closed.incidents);
      }
      expect(sum(open.byStatus.map(({ alerts }) => alerts))).toBe(open.alerts);
      expect(sum(open.byStatus.map(({ incidents }) => incidents))).toBe(open.incidents);
      for (const [times, count] of [
        [triage.alerts, opened.alerts],
        [triage.incidents, opened.newIncidents],
      ] as const) {
        expect(times.acted + times.waiting + times.automatic).toBe(times.count);
        expect(times.count).toBe(count);
        expect(times.median ?? 0).toBeLessThanOrEqual(times.p90 ?? 0);
      }
      expect(escalated.incidents).toBeLessThanOrEqual(escalated.alerts);
    }),
  );
});

it("is the same in whatever order alerts and acts were read", () => {
  const shuffled = fc.tuple(stories, fc.infiniteStream(fc.nat()));
  fc.assert(
    fc.property(shuffled, ([all, random]) => {
      const facts = factsOfStories(all);
      const mixed = <T>(items: readonly T[]) =>
        items
          .map((item) => ({ item, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ item }) => item);
      const other = {
        ...facts,
        raised: mixed(facts.raised),
        acts: mixed(facts.acts),
        later: mixed(facts.later),
        notClosed: mixed(facts.notClosed),
      };
      const options = { people: true };
      expect(report(other, options)).toEqual(report(facts, options));
      const assignees = new Map([["two", "lena"]]);
      expect(handedOverOf(stateOf(other), assignees)).toEqual(handedOverOf(stateOf(facts), assignees));
    }),
  );
});
