import { describe, expect, it } from "vitest";
import { equals } from "../../condition/tree.ts";
import { askedBy, correlationFactsOf } from "./facts.ts";
import type { Bound, CorrelationInput, CorrelationPlan, Measure } from "./plan.ts";

const input: CorrelationInput = {
  kind: "events",
  rule: { id: "r", name: "R" },
  condition: equals("n", 1),
  keys: [],
  counted: [],
};
const plan = (measure: Measure, inputs: readonly CorrelationInput[] = [input]): CorrelationPlan => {
  return { inputs, by: ["user.name", "host.name"], lacking: "left-out", measure };
};
const events = (bound: Omit<Bound, "of">): Measure => {
  return { kind: "count", window: 300_000, bounds: [{ of: { kind: "events" }, ...bound }] };
};
const tuple = JSON.stringify(["alice", null]);
const at = (id: string, time: number) => ({ id, time, inputs: [0], values: [] });

describe("what a rule about many events asks for, in words", () => {
  it.each<[Measure, string]>([
    [events({ least: 3 }), "3 or more events within 5 minutes"],
    [events({ least: 2, most: 2 }), "exactly 2 events within 5 minutes"],
    [events({ least: 2, most: 9 }), "2 to 9 events within 5 minutes"],
    [events({ most: 9 }), "at most 9 events within 5 minutes"],
    [
      { kind: "count", window: 60_000, still: true, bounds: [{ of: { kind: "events" }, least: 3 }] },
      "3 or more events in a slot of 1 minute",
    ],
    [{ kind: "ordered", window: 90_000 }, "2 rules, one after the other within 90 seconds"],
    [{ kind: "first", history: 604_800_000 }, "the first in 7 days"],
    [
      { kind: "count", window: 3_600_000, hold: 3_600_000, bounds: [{ of: { kind: "events" }, least: 1 }] },
      "one alert for the same values in 1 hour",
    ],
  ])("%o", (measure, words) => {
    expect(askedBy(plan(measure, [input, input]))).toBe(words);
  });
});

describe("what an alert says of a finding", () => {
  it("has the group, with fields that have no value, and the times", () => {
    const found = { occurrences: [at("1", 1000), at("2", 2000), at("3", 3000)], reachedAt: 1 };
    expect(correlationFactsOf(plan(events({ least: 2 })), tuple, found)).toMatchObject({
      terms: [{ field: "user.name", value: "alice" }, { field: "host.name" }],
      count: 3,
      from: new Date(1000).toISOString(),
      reached: new Date(2000).toISOString(),
      to: new Date(3000).toISOString(),
      counted: [{ of: "events", count: 3, least: 2 }],
    });
  });

  it("counts the events of what it counted, and begins with the first of them", () => {
    const burst = { ...at("f", 5000), members: [{ id: "1", time: 1000 }], size: 40, group: "[]" };
    const facts = correlationFactsOf(plan({ kind: "ordered", window: 9000 }), tuple, {
      occurrences: [burst, at("2", 6000)],
      reachedAt: 1,
    });
    expect([facts.count, facts.from]).toEqual([41, new Date(1000).toISOString()]);
  });

  it("counts what was held back behind the window of a threshold", () => {
    const bounds: readonly Bound[] = [{ of: { kind: "events" }, least: 2 }];
    const measure: Measure = { kind: "count", window: 1000, bounds, hold: 9000 };
    const found = { occurrences: [at("1", 1000), at("2", 2000), at("3", 5000), at("4", 9000)], reachedAt: 1 };
    expect(correlationFactsOf(plan(measure), tuple, found).suppressed).toEqual({ count: 2, duration: 9000 });
  });
});
