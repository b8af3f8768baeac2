import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileSequence, parseEql } from "../languages/eql/eql.ts";
import type { Rule } from "../rule.ts";
import { withoutIndex } from "../shared-index.ts";
import { createSequenceEngine, type SequenceEngine } from "./engine.ts";
import { createFinder } from "./find.ts";
import { anyStageCondition } from "./plan.ts";
import type { SequenceFinding, SequenceRun } from "./run.ts";

function rule(query: string): Rule {
  const parsed = parseEql(query);
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error(parsed.ok ? query : parsed.error.message);
  }
  const plan = compileSequence(parsed.value);
  return {
    id: query,
    name: query,
    version: "1",
    language: "eql",
    description: "",
    severity: "low",
    riskScore: 1,
    buildingBlock: false,
    tags: [],
    author: [],
    references: [],
    falsePositives: [],
    techniques: [],
    query,
    source: "test",
    body: { kind: "sequence", plan, condition: anyStageCondition(plan) },
  };
}

const rules = [
  "sequence by k with maxspan=5ms [any where n == 1] [any where n == 2]",
  "sequence [any where n == 1] by k [any where n == 2] by j until [any where n == 3] by k",
  "sequence by ?k, ?j [any where n == 1] with runs=3 [any where n == 2]",
  "sequence by k with maxspan=6ms ![any where n == 3] [any where n == 1] [any where n == 2]",
  "sequence by k with maxspan=6ms [any where n == 1] ![any where n == 3] [any where n == 2]",
  "sequence by k with maxspan=6ms [any where n == 1] ![any where n == 3]",
  "sequence by k with maxspan=6ms ![any where n == 3] [any where n == 1] ![any where n == 2]",
].map(rule);

interface Event {
  readonly id: string;
  readonly time: number;
  readonly fields: Fields;
}

const event = fc.record({
  step: fc.integer({ min: 0, max: 3 }),
  n: fc.integer({ min: 1, max: 3 }),
  k: fc.constantFrom<Fields[string] | undefined>("a", "b", undefined),
  j: fc.constantFrom<Fields[string] | undefined>("a", ["a", "b"], undefined),
});

/** Events in time order, some at the same time. */
const events = fc.array(event, { maxLength: 40 }).map((given): readonly Event[] => {
  let time = 1000;
  return given.map(({ step, n, k, j }, index) => {
    time += step;
    const fields = Object.create(null);
    Object.assign(fields, { n }, k === undefined ? {} : { k }, j === undefined ? {} : { j });
    return { id: String(index), time, fields };
  });
});

function text({ rule: { id }, members }: SequenceFinding): string {
  return `${id}: ${members.map((member) => member.id).join(" ")}`;
}

function feed(engine: SequenceEngine, run: SequenceRun, some: readonly Event[]): readonly string[] {
  return some.flatMap(({ id, time, fields }) => run.apply({ id, time }, engine.match(fields)).map(text));
}

const forever = Number.POSITIVE_INFINITY;

describe("the sequence engine", () => {
  it("finds the same sequences as a search over the same events", () => {
    fc.assert(
      fc.property(events, (given) => {
        const engine = createSequenceEngine(rules);
        const run = engine.start();
        const found = [...feed(engine, run, given), ...run.advanceTime(forever).map(text)];
        const searched = rules.flatMap(({ id, body }) => {
          const finder = body.kind === "sequence" ? createFinder(body.plan) : undefined;
          given.forEach((one) => void finder?.add(one));
          return (finder?.finish() ?? []).map((ids) => `${id}: ${ids.filter((one) => one !== undefined).join(" ")}`);
        });
        expect(found.toSorted()).toEqual(searched.toSorted());
      }),
      { numRuns: 200 },
    );
  });

  it("finds the same with and without the index, in batches of any size, and resumed from saved state", () => {
    fc.assert(
      fc.property(events, fc.array(fc.nat(40), { maxLength: 5 }), (given, splits) => {
        const engine = createSequenceEngine(rules);
        const whole = engine.start();
        const expected = [...feed(engine, whole, given), ...whole.advanceTime(forever).map(text)];

        const plain = createSequenceEngine(rules, withoutIndex);
        const unindexed = plain.start();
        expect([...feed(plain, unindexed, given), ...unindexed.advanceTime(forever).map(text)]).toEqual(expected);

        const saved = new Map<string, string>();
        const found: string[] = [];
        const edges = [0, ...splits.toSorted((left, right) => left - right), given.length];
        let run = engine.start();
        for (const [index, edge] of edges.entries()) {
          found.push(...feed(engine, run, given.slice(edges[index - 1] ?? 0, edge)));
          for (const { name, value } of run.changes()) {
            if (value === undefined) {
              saved.delete(name);
            } else {
              saved.set(name, value);
            }
          }
          run = engine.start(saved);
        }
        found.push(...run.advanceTime(forever).map(text));
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 200 },
    );
  });

  it("evicts and counts the least recently used tuples when its memory is full", () => {
    const engine = createSequenceEngine(rules.slice(0, 1));
    const run = engine.start([], { memory: 100 });
    const open = Array.from({ length: 300 }, (_, k) => ({ id: `open${k}`, time: 1000, fields: { n: 1, k } }));
    feed(engine, run, open);
    run.changes();
    expect([...run.evicted.keys()]).toEqual([rules[0]?.id]);
    expect(run.evicted.get(rules[0]?.id ?? "")).toBeGreaterThanOrEqual(250);
    const close = (k: number) => feed(engine, run, [{ id: "close", time: 1001, fields: { n: 2, k } }]);
    expect(close(0)).toEqual([]);
    expect(close(299)).toHaveLength(1);
  });

  it("drops state that cannot be completed any more", () => {
    const engine = createSequenceEngine(rules.slice(0, 1));
    const run = engine.start();
    feed(engine, run, [{ id: "1", time: 1000, fields: { n: 1, k: "a" } }]);
    const quiet = Array.from({ length: 5000 }, () => ({ id: "-", time: 9000, fields: {} }));
    expect(run.changes().filter(({ value }) => value !== undefined)).toHaveLength(2);
    feed(engine, run, quiet);
    expect(run.changes().filter(({ value }) => value === undefined)).toHaveLength(1);
    expect(run.evicted.size).toBe(0);
  });

  it("ignores the saved state of another version of a rule", () => {
    const [before, after] = [
      "sequence by k [any where n == 1] [any where n == 2]",
      "sequence by k [any where n == 2] [any where n == 2]",
    ].map((query) => ({ ...rule(query), id: "same" }));
    const engine = createSequenceEngine(before === undefined ? [] : [before]);
    const run = engine.start();
    feed(engine, run, [{ id: "1", time: 1000, fields: { n: 1, k: "a" } }]);
    const rows = run.changes().flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
    const next = [{ id: "2", time: 1001, fields: { n: 2, k: "a" } }];
    expect(feed(engine, engine.start(rows), next)).toEqual(["same: 1 2"]);
    const changed = createSequenceEngine(after === undefined ? [] : [after]);
    expect(feed(changed, changed.start(rows), next)).toEqual([]);
  });

  it("uses each event in one sample only", () => {
    const engine = createSequenceEngine([rule("sample by k [any where n == 1] [any where n == 2]")]);
    const run = engine.start();
    const given = [2, 1, 1, 2, 2].map((n, index) => ({ id: String(index), time: 1000 - index, fields: { n, k: "a" } }));
    expect(feed(engine, run, given).map((line) => line.replace(/^.*: /, ""))).toEqual(["1 0", "2 3"]);
  });
});
