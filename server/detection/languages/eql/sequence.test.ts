import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eqlConditions } from "../../../condition/arbitrary.ts";
import { compileSequence, parseEql } from "./eql.ts";
import { printQuery } from "./print.ts";
import type { EqlQuery } from "./query.ts";

const key = fc.record({
  field: fc.constantFrom("host.id", "process.entity_id", "odd name.`x", "by", "with", "until", "__proto__"),
  optional: fc.boolean(),
});
const pipes = fc.array(fc.record({ kind: fc.constantFrom("head" as const, "tail" as const), count: fc.nat(1000) }), {
  maxLength: 2,
});
const category = fc.constantFrom(undefined, "process", "odd one", "sequence", "until", "where");
const keys = (length: number) => fc.array(key, { minLength: length, maxLength: length });

function stage(length: number, missing: fc.Arbitrary<boolean>, runs: fc.Arbitrary<number>) {
  return fc.record({ category, condition: eqlConditions, by: keys(length), missing, runs });
}

const never = fc.constant(false);
const once = fc.constant(1);

const sequences: fc.Arbitrary<EqlQuery> = fc.nat(2).chain((length) =>
  fc
    .record({
      kind: fc.constant("sequence" as const),
      by: fc.array(key, { maxLength: 2 }),
      maxspan: fc.integer({ min: 1, max: 1e9 }),
      first: stage(length, never, fc.integer({ min: 2, max: 100 })),
      stages: fc.array(stage(length, fc.boolean(), fc.constantFrom(1, 1, 2, 10)), { maxLength: 3 }),
      until: fc.option(stage(length, never, once), { nil: undefined }),
      pipes,
    })
    .map(({ first, stages, ...rest }) => ({ ...rest, stages: [first, ...stages] })),
);

const samples: fc.Arbitrary<EqlQuery> = fc.nat(2).chain((length) =>
  fc.record({
    kind: fc.constant("sample" as const),
    by: fc.array(key, { minLength: 1, maxLength: 2 }),
    stages: fc.array(stage(length, never, once), { minLength: 2, maxLength: 3 }),
    pipes,
  }),
);

describe("EQL sequences and samples", () => {
  it("print and parse to an equal query", () => {
    fc.assert(
      fc.property(fc.oneof(sequences, samples), (query) => {
        expect(parseEql(printQuery(query))).toEqual({ ok: true, value: query });
      }),
      { numRuns: 200 },
    );
  });

  it("print each item on its own line", () => {
    const query = parseEql(`sequence by host.id, ?user.id with maxspan=90s
      [process where true] by a with runs=3 ![file where x:"y"] by b until [any where false] by c | tail 2`);
    expect(query.ok && printQuery(query.value)).toBe(
      [
        "sequence by host.id, ?user.id with maxspan=90s",
        "[process where true] by a with runs=3",
        '![file where x : "y"] by b',
        "until [any where false] by c",
        "| tail 2",
      ].join("\n  "),
    );
  });

  it("compile with shared keys before the keys of each item, and with runs repeated", () => {
    const query = parseEql("sequence by k [any where true] by a with runs=2 [any where false] by b");
    const plan = query.ok && query.value.kind !== "event" ? compileSequence(query.value) : undefined;
    expect(plan?.stages.map((one) => one.keys.map(({ field }) => field))).toEqual([
      ["k", "a"],
      ["k", "a"],
      ["k", "b"],
    ]);
  });

  it.each<[string, string, number, number]>([
    ["sequence", 'expected "by", "with" or "[", found the end of the query', 1, 9],
    ["sequence by", "expected a field to join by, found the end of the query", 1, 12],
    ["sequence by a", 'expected "," or "[", found the end of the query', 1, 14],
    ["sequence by string(a) [any where true]", 'expected a field to join by, found the function "string"', 1, 13],
    [
      "sequence [any where true",
      'expected "]" or "and", "or", an operator after the condition, found the end of the query',
      1,
      25,
    ],
    ["sequence [any where true]", "expected at least 2 events in a sequence, found 1", 1, 1],
    ["sequence [any where true] by a\n [any where true]", "expected 1 join keys as in the first event, found 0", 2, 2],
    [
      "sequence with maxspan=2.5m [any where true]",
      'expected a whole number with ms, s, m, h or d after "maxspan=", found "2.5m"',
      1,
      23,
    ],
    [
      "sequence with maxspan=5 [any where true]",
      'expected a whole number with ms, s, m, h or d after "maxspan=", found the number 5',
      1,
      23,
    ],
    [
      "sequence with maxspan=5w [any where true]",
      'expected a whole number with ms, s, m, h or d after "maxspan=", found "5w"',
      1,
      23,
    ],
    ["sequence with span=5m [any where true]", 'expected "maxspan" after "with", found "span"', 1, 15],
    [
      "sequence with maxspan=5m by a [any where true]",
      'expected "[", found "by": join keys come before "with maxspan"',
      1,
      26,
    ],
    [
      "sequence [any where true] with runs=0 [any where true]",
      'expected a whole number from 1 to 100 after "runs=", found the number 0',
      1,
      37,
    ],
    [
      "sequence [any where true] with runs=101",
      'expected a whole number from 1 to 100 after "runs=", found the number 101',
      1,
      37,
    ],
    [
      "sequence [any where true] ![any where true]",
      'expected "with maxspan=…": a missing event needs a span of time',
      1,
      27,
    ],
    [
      "sequence with maxspan=1s ![any where true] ![any where true]",
      "expected at least one event that is not missing",
      1,
      1,
    ],
    ["sequence [any where true] [any where true] until any", 'expected "[" before the event, found "any"', 1, 50],
    [
      "sequence [any where true] [any where true] nonsense",
      'expected "[", "until", "|" or the end of the query, found "nonsense"',
      1,
      44,
    ],
    ["sequence [any where true] [any where a = 1]", 'expected an operator, found "="', 1, 40],
    ["sequence [any where true] fork=true [any where true]", '"fork" is not supported', 1, 27],
    [
      "sample [any where true] [any where true]",
      'expected "by" and a field: a sample is joined by at least one key',
      1,
      1,
    ],
    ["sample by a [any where true]", "expected at least 2 events in a sample, found 1", 1, 1],
    [
      "sample by a ![any where true] [any where true]",
      'expected "[", found "!": a sample has no order, so nothing can be missing',
      1,
      13,
    ],
    [
      "sample by a with maxspan=1m [any where true]",
      'expected "[", found "with": a sample has no order, so no span of time',
      1,
      13,
    ],
    ["join by a [any where true]", '"join" queries are not supported: expected "sequence" or "sample"', 1, 1],
    ["any where true | sort a", 'expected "head" or "tail" after "|", found "sort"', 1, 18],
    ["any where true | head", 'expected a whole number after "head", found the end of the query', 1, 22],
    ["any where true | head 1.5", 'expected a whole number after "head", found the number 1.5', 1, 23],
  ])("report what is wrong with %j", (query, message, line, column) => {
    const parsed = parseEql(query);
    expect(parsed.ok ? "accepted" : { message: parsed.error.message, at: parsed.error.at }).toEqual({
      message,
      at: { line, column },
    });
  });

  it.each<[string, string, RegExp]>([
    ["ten thousand items", `sequence ${"[any where true]".repeat(10_000)}`, /at most 256/],
    ["too many runs together", `sequence ${"[any where true] with runs=100".repeat(3)}`, /at most 256/],
    ["ten thousand keys", `sequence by ${"a,".repeat(10_000)}b [any where true]`, /more than 64 join keys/],
    ["ten thousand brackets", `sequence ${"[".repeat(10_000)}`, /expected an event category/],
  ])("reject %s", (_, query, message) => {
    const parsed = parseEql(query);
    expect(parsed.ok ? "accepted" : parsed.error.message).toMatch(message);
  });
});
