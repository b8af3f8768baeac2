import { expect, it } from "vitest";
import { always, and, type Condition, compare, equals, field, not, or } from "../condition/tree.ts";
import { type Outcomes, outcomes, type Shape } from "./outcomes.ts";

const start: Shape = { constant: { "event.category": "process", "event.type": "start" } };
const isKnown = (name: string) => name === "process.name";
const only = (canHold: boolean): Outcomes => ({ canHold, canFail: !canHold });
const either: Outcomes = { canHold: true, canFail: true };
const process = equals("event.category", "process");

it.each<[string, Condition, Outcomes]>([
  ["what the type says", process, only(true)],
  ["another type", equals("event.category", "network"), only(false)],
  ["a field that its events have", equals("process.name", "x"), either],
  ["a field that none has", equals("process.pid", 4), only(false)],
  ["not having that", not(equals("process.pid", 4)), only(true)],
  ["both of two", and(process, equals("process.pid", 4)), only(false)],
  ["one of two", or(process, equals("process.pid", 4)), only(true)],
  ["anything", always, only(true)],
])("tells the outcomes of %s", (_, condition, expected) => {
  expect(outcomes(condition, start, isKnown)).toEqual(expected);
});

it("compiles a comparison once, however many event types it is asked about", () => {
  let reads = 0;
  const asked: Condition = {
    ...compare(field("event.category"), { kind: "present" }),
    get test() {
      reads += 1;
      return { kind: "equals", values: ["process"], caseInsensitive: true } as const;
    },
  } as Condition;
  outcomes(asked, start, isKnown);
  const once = reads;
  for (let count = 0; count < 100; count += 1) {
    const other: Shape = { constant: { "event.category": count % 2 === 0 ? "process" : "network" } };
    expect(outcomes(asked, other, isKnown)).toEqual(only(count % 2 === 0));
  }
  expect(once).toBeGreaterThan(0);
  expect(reads).toBe(once);
});
