import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { equals } from "../../condition/tree.ts";
import type { Rule } from "../rule.ts";
import { withoutIndex } from "../shared-index.ts";
import { type CorrelationRun, createCorrelationEngine } from "./engine.ts";
import { anyInput, type Bound, type CorrelationInput, type CorrelationPlan, type Measure } from "./plan.ts";

const key = (field: string) => ({ field, optional: false });
const events: Bound["of"] = { kind: "events" };

function input(n: number, by: readonly string[] = ["k"]): CorrelationInput {
  const rule = { id: `n${n}`, name: `n${n}` };
  return { kind: "events", rule, condition: equals("n", n), keys: by.map(key), counted: [key("v")] };
}

function plan(measure: Measure, inputs: readonly CorrelationInput[] = [input(1)], by = ["k"]): CorrelationPlan {
  return { inputs, by, lacking: "left-out", measure };
}

function rule(id: string, of: CorrelationPlan): Rule {
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
    body: { kind: "correlation", plan: of, condition: anyInput(of) },
  };
}

const threeOfN1 = plan({ kind: "count", window: 5, bounds: [{ of: events, least: 3 }] });
const rules = [
  rule("threshold", threeOfN1),
  rule("held", plan({ kind: "count", window: 5, bounds: [{ of: events, least: 2 }], hold: 12 })),
  rule(
    "cardinality",
    plan({
      kind: "count",
      window: 6,
      bounds: [
        { of: events, least: 2 },
        { of: { kind: "values", place: 0, field: "v" }, least: 2 },
      ],
    }),
  ),
  rule("still", plan({ kind: "count", window: 5, still: true, bounds: [{ of: events, least: 3 }] })),
  rule("exactly", plan({ kind: "count", window: 4, bounds: [{ of: events, least: 2, most: 2 }] })),
  rule("first", plan({ kind: "first", history: 7 })),
  rule(
    "near",
    plan({ kind: "count", window: 5, bounds: [{ of: { kind: "inputs" }, least: 2 }] }, [input(1), input(2)]),
  ),
  rule("ordered", plan({ kind: "ordered", window: 6 }, [input(1), input(2)])),
  rule("alone", { ...plan({ kind: "count", window: 9, bounds: [{ of: events, least: 1 }] }), lacking: "alone" }),
  rule(
    "then",
    plan({ kind: "ordered", window: 9 }, [
      { kind: "findings", rule: { id: "t", name: "t" }, keys: [key("k")], counted: [], plan: threeOfN1 },
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

/** Events in the order of time; some at the same time. */
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

/** The findings that stand after each time that they were asked for. */
class Standing {
  readonly #found = new Map<string, string>();

  ask(run: CorrelationRun, passed = forever): void {
    const { findings, gone } = run.settle(passed);
    gone.forEach((id) => void this.#found.delete(id));
    for (const { id, rule: of, tuple, found } of findings) {
      this.#found.set(id, `${of.id} ${tuple} ${found.occurrences.map((one) => one.id).join(" ")}`);
    }
  }

  get all(): readonly string[] {
    return [...this.#found].map(([id, text]) => `${id} ${text}`).sort();
  }

  of(ruleId: string): readonly string[] {
    return [...this.#found.values()].filter((text) => text.startsWith(`${ruleId} `)).sort();
  }
}

function feed(run: CorrelationRun, some: readonly Event[], by = engine): void {
  for (const one of some) {
    run.take(one, by.match(one));
  }
}

function findings(some: readonly Event[], by = engine): Standing {
  const run = by.start();
  const standing = new Standing();
  feed(run, some, by);
  standing.ask(run);
  return standing;
}

function totalOf({ evicted }: CorrelationRun): number {
  return [...evicted.values()].reduce((sum, count) => sum + count, 0);
}

describe("the engine for rules over many events", () => {
  it("finds the same in any order, in any portions, and asked at any time", () => {
    fc.assert(
      fc.property(
        given.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
            fc.array(fc.nat(60), { maxLength: 5 }),
          ),
        ),
        ([all, mixed, cuts]) => {
          const expected = findings(all).all;
          const run = engine.start();
          const standing = new Standing();
          const edges = [...cuts.toSorted((left, right) => left - right), mixed.length];
          for (const [index, edge] of edges.entries()) {
            feed(run, mixed.slice(edges[index - 1] ?? 0, edge));
            standing.ask(run);
          }
          expect(standing.all).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds the same with and without the index, and when it starts anew from what it saved", () => {
    fc.assert(
      fc.property(given, fc.array(fc.nat(60), { maxLength: 4 }), fc.boolean(), (all, cuts, asks) => {
        const expected = findings(all).all;
        expect(findings(all, createCorrelationEngine(rules, withoutIndex)).all).toEqual(expected);

        const saved = new Map<string, string>();
        const standing = new Standing();
        const edges = [0, ...cuts.toSorted((left, right) => left - right), all.length];
        let run = engine.start();
        for (const [index, edge] of edges.entries()) {
          feed(run, all.slice(edges[index - 1] ?? 0, edge));
          if (asks) {
            standing.ask(run);
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
        standing.ask(run);
        expect(standing.all).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("finds a threshold exactly where a count of every window does", () => {
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
        expect(findings(all).of("threshold")).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  it("tells of the first of its kind, and of one that was away for long enough", () => {
    const at = (id: string, time: number, k: string) => ({ id, time, fields: { n: 1, k } });
    const some = [at("1", 1000, "a"), at("2", 1007, "a"), at("3", 1015, "a"), at("4", 1003, "b")];
    expect(findings(some).of("first")).toEqual(['first ["a"] 1', 'first ["a"] 3', 'first ["b"] 4']);
  });

  it("withdraws what an event that comes late shows to be otherwise", () => {
    const run = engine.start();
    const standing = new Standing();
    feed(run, [{ id: "2", time: 1005, fields: { n: 1, k: "a" } }]);
    standing.ask(run);
    expect(standing.of("first")).toEqual(['first ["a"] 2']);
    feed(run, [{ id: "1", time: 1001, fields: { n: 1, k: "a" } }]);
    standing.ask(run);
    expect(standing.of("first")).toEqual(['first ["a"] 1']);
  });

  it("waits with a bound from above until the window is over", () => {
    const run = engine.start();
    const standing = new Standing();
    feed(
      run,
      [1000, 1002].map((time) => ({ id: String(time), time, fields: { n: 1, k: "a" } })),
    );
    standing.ask(run, 1004);
    expect(standing.of("exactly")).toEqual([]);
    standing.ask(run, 1005);
    expect(standing.of("exactly")).toEqual(['exactly ["a"] 1000 1002']);
  });

  it("counts what another plan finds, in groups of its own", () => {
    const at = (time: number, n: number) => ({ id: String(time), time, fields: { n, k: "a" } });
    expect(findings([at(1000, 1), at(1001, 1), at(1002, 1), at(1008, 2)]).of("then")).toHaveLength(1);
    expect(findings([at(1000, 1), at(1001, 1), at(1008, 2)]).of("then")).toEqual([]);
    expect(findings([at(1000, 2), at(1001, 1), at(1002, 1), at(1003, 1)]).of("then")).toEqual([]);
  });

  it("counts in windows that stand still, where the rule says so: one finding for each, with all that falls into it", () => {
    const at = (time: number) => ({ id: String(time), time, fields: { n: 1, k: "a" } });
    const some = [1003, 1004, 1005, 1006, 1009, 1010, 1011, 1012, 1014].map(at);
    expect(findings(some).of("still")).toEqual(['still ["a"] 1005 1006 1009', 'still ["a"] 1010 1011 1012 1014']);
  });

  it("gives up what was longest untouched when its memory is full, counts it, and still finds what is new", () => {
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
    expect(run.settle(forever).findings.map(({ tuple }) => tuple)).toEqual(['["299"]']);
  });

  it("forgets without a word what lies far behind", () => {
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

  it("keeps one large group within its memory, and its later findings", () => {
    const small = createCorrelationEngine(rules.slice(0, 1));
    const run = small.start([], { memory: 500 });
    const standing = new Standing();
    const all = Array.from({ length: 5000 }, (_, at) => ({
      id: String(at).padStart(5, "0"),
      time: 1000 + at,
      fields: { n: 1, k: "a" },
    }));
    for (let from = 0; from < all.length; from += 100) {
      feed(run, all.slice(from, from + 100), small);
      standing.ask(run);
    }
    expect(standing.all).toEqual(findings(all, small).all);
    expect(totalOf(run)).toBeGreaterThan(0);
  });

  it("takes the saved rows of another version of a rule away", () => {
    const run = engine.start();
    feed(run, [{ id: "1", time: 1000, fields: { n: 1, k: "a" } }]);
    const rows = run.changes().flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
    const next = createCorrelationEngine([
      rule("threshold", plan({ kind: "count", window: 5, bounds: [{ of: events, least: 1 }] })),
    ]);
    const changes = next.start(rows).changes();
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.every(({ value }) => value === undefined)).toBe(true);
  });
});
