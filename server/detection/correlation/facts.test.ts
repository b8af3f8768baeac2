import { describe, expect, it } from "vitest";
import { equals } from "../../condition/tree.ts";
import { correlationFactsOf, describePlan } from "./facts.ts";
import type { Bound, CorrelationInput, CorrelationPlan, Measure } from "./plan.ts";

const input: CorrelationInput = {
  kind: "events",
  rule: { id: "r", name: "R" },
  condition: equals("n", 1),
  keys: [],
  valueKeys: [],
};
const plan = (measure: Measure, inputs: readonly CorrelationInput[] = [input]): CorrelationPlan => {
  return { inputs, by: ["user.name", "host.name"], onMissingKey: "exclude", measure };
};
const events = (bound: Omit<Bound, "metric">): Measure => {
  return { kind: "count", window: 300_000, bounds: [{ metric: { kind: "events" }, ...bound }] };
};
const tuple = JSON.stringify(["alice", null]);
const at = (id: string, time: number) => ({ id, time, inputs: [0], values: [] });

describe("the description of a correlation", () => {
  it.each<[Measure, string]>([
    [events({ min: 3 }), "3 or more events within 5 minutes"],
    [events({ min: 2, max: 2 }), "exactly 2 events within 5 minutes"],
    [events({ min: 2, max: 9 }), "2 to 9 events within 5 minutes"],
    [events({ max: 9 }), "at most 9 events within 5 minutes"],
    [
      { kind: "count", window: 60_000, tumbling: true, bounds: [{ metric: { kind: "events" }, min: 3 }] },
      "3 or more events in a fixed window of 1 minute",
    ],
    [{ kind: "ordered", window: 90_000 }, "2 rules in order within 90 seconds"],
    [{ kind: "first", history: 604_800_000 }, "the first in 7 days"],
    [
      { kind: "count", window: 3_600_000, suppression: 3_600_000, bounds: [{ metric: { kind: "events" }, min: 1 }] },
      "one alert for the same values in 1 hour",
    ],
  ])("%o", (measure, words) => {
    expect(describePlan(plan(measure, [input, input]))).toBe(words);
  });
});

describe("the correlation part of an alert", () => {
  it("has the group, including fields without a value, and the times", () => {
    const finding = { occurrences: [at("1", 1000), at("2", 2000), at("3", 3000)], completedAt: 1 };
    expect(correlationFactsOf(plan(events({ min: 2 })), tuple, finding)).toMatchObject({
      terms: [{ field: "user.name", value: "alice" }, { field: "host.name" }],
      count: 3,
      from: new Date(1000).toISOString(),
      reached: new Date(2000).toISOString(),
      to: new Date(3000).toISOString(),
      counted: [{ of: "events", count: 3, least: 2 }],
    });
  });

  it("counts the events of counted findings and starts with the first of them", () => {
    const burst = { ...at("f", 5000), members: [{ id: "1", time: 1000 }], size: 40, group: "[]" };
    const facts = correlationFactsOf(plan({ kind: "ordered", window: 9000 }), tuple, {
      occurrences: [burst, at("2", 6000)],
      completedAt: 1,
    });
    expect([facts.count, facts.from]).toEqual([41, new Date(1000).toISOString()]);
  });

  it("counts the events suppressed after the window of a threshold", () => {
    const bounds: readonly Bound[] = [{ metric: { kind: "events" }, min: 2 }];
    const measure: Measure = { kind: "count", window: 1000, bounds, suppression: 9000 };
    const finding = { occurrences: [at("1", 1000), at("2", 2000), at("3", 5000), at("4", 9000)], completedAt: 1 };
    expect(correlationFactsOf(plan(measure), tuple, finding).suppressed).toEqual({ count: 2, duration: 9000 });
  });
});
