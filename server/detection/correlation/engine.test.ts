import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { equals } from "../../condition/tree.ts";
import type { Rule } from "../rule.ts";
import { withoutIndex } from "../shared-index.ts";
import { createCorrelationEngine } from "./engine.ts";
import { anyInputCondition, type Bound, type CorrelationInput, type CorrelationPlan, type Measure } from "./plan.ts";
import type { CorrelationRun } from "./run.ts";

const key = (field: string) => ({ field, optional: false });
const events: Bound["metric"] = { kind: "events" };

function input(n: number, by: readonly string[] = ["k"]): CorrelationInput {
  const rule = { id: `n${n}`, name: `n${n}` };
  return { kind: "events", rule, condition: equals("n", n), keys: by.map(key), valueKeys: [key("v")] };
}

function plan(measure: Measure, inputs: readonly CorrelationInput[] = [input(1)], by = ["k"]): CorrelationPlan {
  return { inputs, by, onMissingKey: "exclude", measure };
}

function rule(id: string, correlation: CorrelationPlan): Rule {
  return {
    id,
    name: id,
    version: "1",
    language: "sigma",
    description: "",
    severity: "low",
    riskScore: 1,
    buildingBlock: false,
    tags: [],
    author: [],
    references: [],
    falsePositives: [],
    techniques: [],
    query: "",
    source: "test",
    body: { kind: "correlation", plan: correlation, condition: anyInputCondition(correlation) },
  };
}

const threeOfN1 = plan({ kind: "count", window: 5, bounds: [{ metric: events, min: 3 }] });
const rules = [
  rule("threshold", threeOfN1),
  rule("suppressed", plan({ kind: "count", window: 5, bounds: [{ metric: events, min: 2 }], suppression: 12 })),
  rule(
    "cardinality",
    plan({
      kind: "count",
      window: 6,
      bounds: [
        { metric: events, min: 2 },
        { metric: { kind: "values", index: 0, field: "v" }, min: 2 },
      ],
    }),
  ),
  rule("tumbling", plan({ kind: "count", window: 5, tumbling: true, bounds: [{ metric: events, min: 3 }] })),
  rule("exactly", plan({ kind: "count", window: 4, bounds: [{ metric: events, min: 2, max: 2 }] })),
  rule("first", plan({ kind: "first", history: 7 })),
  rule(
    "near",
    plan({ kind: "count", window: 5, bounds: [{ metric: { kind: "inputs" }, min: 2 }] }, [input(1), input(2)]),
  ),
  rule("ordered", plan({ kind: "ordered", window: 6 }, [input(1), input(2)])),
  rule("separate", {
    ...plan({ kind: "count", window: 9, bounds: [{ metric: events, min: 1 }] }),
    onMissingKey: "separate",
  }),
  rule(
    "then",
    plan({ kind: "ordered", window: 9 }, [
      { kind: "findings", rule: { id: "t", name: "t" }, keys: [key("k")], valueKeys: [], plan: threeOfN1 },
      input(2),
    ]),
  ),
];

interface Event {
  readonly id: string;
  readonly time: number;
  readonly fields: Fields;
}

const event = fc.record({
  step: fc.integer({ min: 0, max: 4 }),
  n: fc.integer({ min: 1, max: 2 }),
  k: fc.constantFrom<Fields[string] | undefined>("a", "a", "b", ["a", "b"], undefined),
  v: fc.constantFrom<Fields[string] | undefined>("x", "y", undefined),
});

/** Events in time order, some at the same time. */
const given = fc.array(event, { maxLength: 60 }).map((all): readonly Event[] => {
  let time = 1000;
  return all.map(({ step, n, k, v }, index) => {
    time += step;
    const fields = Object.create(null);
    Object.assign(fields, { n }, k === undefined ? {} : { k }, v === undefined ? {} : { v });
    return { id: String(index).padStart(3, "0"), time, fields };
  });
});

const forever = Number.POSITIVE_INFINITY;
const engine = createCorrelationEngine(rules);

/** The findings after each collection, without the withdrawn ones. */
class CurrentFindings {
  readonly #findings = new Map<string, string>();

  collect(run: CorrelationRun, now = forever): void {
    const { findings, withdrawn: gone } = run.collectFindings(now);
    gone.forEach((id) => void this.#findings.delete(id));
    for (const { id, rule: found, tuple, finding } of findings) {
      this.#findings.set(id, `${found.id} ${tuple} ${finding.occurrences.map((one) => one.id).join(" ")}`);
    }
  }

  get all(): readonly string[] {
    return [...this.#findings].map(([id, text]) => `${id} ${text}`).sort();
  }

  ofRule(ruleId: string): readonly string[] {
    return [...this.#findings.values()].filter((text) => text.startsWith(`${ruleId} `)).sort();
  }
}

function feed(run: CorrelationRun, some: readonly Event[], by = engine): void {
  for (const one of some) {
    run.apply(one, by.match(one));
  }
}

function findings(some: readonly Event[], by = engine): CurrentFindings {
  const run = by.start();
  const current = new CurrentFindings();
  feed(run, some, by);
  current.collect(run);
  return current;
}

function totalOf({ evicted }: CorrelationRun): number {
  return [...evicted.values()].reduce((sum, count) => sum + count, 0);
}

describe("the correlation engine", () => {
  it("finds the same in any order, in batches of any size, and collected at any time", () => {
    fc.assert(
      fc.property(
        given.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
            fc.array(fc.nat(60), { maxLength: 5 }),
          ),
        ),
        ([all, mixed, splits]) => {
          const expected = findings(all).all;
          const run = engine.start();
          const current = new CurrentFindings();
          const edges = [...splits.toSorted((left, right) => left - right), mixed.length];
          for (const [index, edge] of edges.entries()) {
            feed(run, mixed.slice(edges[index - 1] ?? 0, edge));
            current.collect(run);
          }
          expect(current.all).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds the same with and without the index, and resumed from saved state", () => {
    fc.assert(
      fc.property(given, fc.array(fc.nat(60), { maxLength: 4 }), fc.boolean(), (all, splits, collects) => {
        const expected = findings(all).all;
        expect(findings(all, createCorrelationEngine(rules, withoutIndex)).all).toEqual(expected);

        const saved = new Map<string, string>();
        const current = new CurrentFindings();
        const edges = [0, ...splits.toSorted((left, right) => left - right), all.length];
        let run = engine.start();
        for (const [index, edge] of edges.entries()) {
          feed(run, all.slice(edges[index - 1] ?? 0, edge));
          if (collects) {
            current.collect(run);
          }
          for (const { name, value } of run.changes()) {
            if (value === undefined) {
              saved.delete(name);
            } else {
              saved.set(name, value);
            }
          }
          run = engine.start(saved);
        }
        current.collect(run);
        expect(current.all).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("finds a threshold exactly where counting every window does", () => {
    fc.assert(
      fc.property(given, (all) => {
        const expected = ["a", "b"].flatMap((k) => {
          const times = all.filter(({ fields }) => fields["n"] === 1 && [fields["k"]].flat().includes(k));
          const found: string[] = [];
          for (let rest = times; rest.length > 0; ) {
            const first = rest.findIndex(
              ({ time }) => rest.filter((one) => one.time >= time && one.time <= time + 5).length >= 3,
            );
            const start = rest[first];
            if (start === undefined) {
              break;
            }
            const within = rest.slice(first).filter(({ time }) => time <= start.time + 5);
            found.push(`threshold ["${k}"] ${within.map(({ id }) => id).join(" ")}`);
            rest = rest.slice(first + within.length);
          }
          return found;
        });
        expect(findings(all).ofRule("threshold")).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  it("finds the first occurrence, and one after a long enough absence", () => {
    const at = (id: string, time: number, k: string) => ({ id, time, fields: { n: 1, k } });
    const some = [at("1", 1000, "a"), at("2", 1007, "a"), at("3", 1015, "a"), at("4", 1003, "b")];
    expect(findings(some).ofRule("first")).toEqual(['first ["a"] 1', 'first ["a"] 3', 'first ["b"] 4']);
  });

  it("withdraws a finding that a late event disproves", () => {
    const run = engine.start();
    const current = new CurrentFindings();
    feed(run, [{ id: "2", time: 1005, fields: { n: 1, k: "a" } }]);
    current.collect(run);
    expect(current.ofRule("first")).toEqual(['first ["a"] 2']);
    feed(run, [{ id: "1", time: 1001, fields: { n: 1, k: "a" } }]);
    current.collect(run);
    expect(current.ofRule("first")).toEqual(['first ["a"] 1']);
  });

  it("decides an upper bound when the window is over", () => {
    const run = engine.start();
    const current = new CurrentFindings();
    feed(
      run,
      [1000, 1002].map((time) => ({ id: String(time), time, fields: { n: 1, k: "a" } })),
    );
    current.collect(run, 1004);
    expect(current.ofRule("exactly")).toEqual([]);
    current.collect(run, 1005);
    expect(current.ofRule("exactly")).toEqual(['exactly ["a"] 1000 1002']);
  });

  it("counts the findings of another plan in its own groups", () => {
    const at = (time: number, n: number) => ({ id: String(time), time, fields: { n, k: "a" } });
    expect(findings([at(1000, 1), at(1001, 1), at(1002, 1), at(1008, 2)]).ofRule("then")).toHaveLength(1);
    expect(findings([at(1000, 1), at(1001, 1), at(1008, 2)]).ofRule("then")).toEqual([]);
    expect(findings([at(1000, 2), at(1001, 1), at(1002, 1), at(1003, 1)]).ofRule("then")).toEqual([]);
  });

  it("counts in tumbling windows: one finding per window, with everything in it", () => {
    const at = (time: number) => ({ id: String(time), time, fields: { n: 1, k: "a" } });
    const some = [1003, 1004, 1005, 1006, 1009, 1010, 1011, 1012, 1014].map(at);
    expect(findings(some).ofRule("tumbling")).toEqual([
      'tumbling ["a"] 1005 1006 1009',
      'tumbling ["a"] 1010 1011 1012 1014',
    ]);
  });

  it("evicts and counts the least recently used groups when its memory is full, and still finds new ones", () => {
    const small = createCorrelationEngine(rules.slice(0, 1));
    const run = small.start([], { memory: 100 });
    const at = (k: number, time: number) => ({ id: `${k}-${time}`, time, fields: { n: 1, k } });
    feed(
      run,
      Array.from({ length: 300 }, (_, k) => at(k, 1000)),
      small,
    );
    run.changes();
    expect(totalOf(run)).toBeGreaterThanOrEqual(250);
    feed(run, [at(0, 1001), at(0, 1002), at(299, 1001), at(299, 1002)], small);
    expect(run.collectFindings(forever).findings.map(({ tuple }) => tuple)).toEqual(['["299"]']);
  });

  it("evicts old groups without counting them", () => {
    const small = createCorrelationEngine(rules.slice(0, 1));
    const run = small.start([], { memory: 100 });
    const DAY = 86_400_000;
    feed(
      run,
      Array.from({ length: 1000 }, (_, k) => ({ id: String(k), time: k * 2 * DAY, fields: { n: 1, k } })),
      small,
    );
    run.changes();
    expect(totalOf(run)).toBeLessThan(5);
  });

  it("keeps one large group within its memory without changing its later findings", () => {
    const small = createCorrelationEngine(rules.slice(0, 1));
    const run = small.start([], { memory: 500 });
    const current = new CurrentFindings();
    const all = Array.from({ length: 5000 }, (_, at) => ({
      id: String(at).padStart(5, "0"),
      time: 1000 + at,
      fields: { n: 1, k: "a" },
    }));
    for (let from = 0; from < all.length; from += 100) {
      feed(run, all.slice(from, from + 100), small);
      current.collect(run);
    }
    expect(current.all).toEqual(findings(all, small).all);
    expect(totalOf(run)).toBeGreaterThan(0);
  });

  it("deletes the saved rows of another version of a rule", () => {
    const run = engine.start();
    feed(run, [{ id: "1", time: 1000, fields: { n: 1, k: "a" } }]);
    const rows = run.changes().flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
    const next = createCorrelationEngine([
      rule("threshold", plan({ kind: "count", window: 5, bounds: [{ metric: events, min: 1 }] })),
    ]);
    const changes = next.start(rows).changes();
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.every(({ value }) => value === undefined)).toBe(true);
  });
});
