import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { T0 } from "../../test/factories/events.ts";
import { agentStart, CMD, end } from "../../test/factories/facts.ts";
import {
  addFacts,
  byTime,
  earliest,
  formerParents,
  isObserved,
  laterChoice,
  leastUser,
  mergeReplacedPlaceholders,
  NO_FACTS,
  type ProcessFacts,
  provisionalAttributes,
} from "./process-facts.ts";

const starts = [
  agentStart({ id: "1", pid: 1 }),
  agentStart({ id: "2", at: 5 }),
  agentStart({ id: "3", executable: undefined }),
];
const ends = [end({ id: "4", at: 9 }), end({ id: "5", at: 8 })];
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const common = {
  first: fc.integer({ min: 0, max: 3 }),
  pid: optional(fc.constantFrom(1, 2)),
  executable: optional(fc.constantFrom("a", "b")),
};

const facts: fc.Arbitrary<ProcessFacts> = fc.record({
  starts: fc.subarray(starts),
  ends: fc.subarray(ends),
  observed: optional(fc.record({ ...common, user: optional(fc.constantFrom({ name: "a" }, { name: "b" })) })),
  inferred: optional(fc.record({ ...common, commandLine: optional(fc.constantFrom("x", "y")) })),
  choice: optional(fc.record({ parent: fc.constantFrom("p", "q"), by: fc.constantFrom("l", "m"), at: fc.nat(2) })),
  replacedPlaceholders: optional(fc.subarray([{ key: "a" }, { key: "b", exit: "1" }])),
});

/** `undefined` and left out are the same. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("adding facts", () => {
  it("gives the same in any order and grouping, and the same fact twice changes nothing", () => {
    fc.assert(
      fc.property(facts, facts, facts, (a, b, c) => {
        const normal = addFacts(NO_FACTS, a);
        expect(plain(addFacts(normal, normal))).toEqual(plain(normal));
        expect(plain(addFacts(addFacts(normal, b), c))).toEqual(plain(addFacts(addFacts(normal, c), b)));
        expect(plain(addFacts(normal, addFacts(b, c)))).toEqual(plain(addFacts(addFacts(normal, b), c)));
      }),
    );
  });

  it("keeps records in the order of time and event id", () => {
    const { starts: merged } = addFacts(
      { ...NO_FACTS, starts: starts.slice(1, 2) },
      { ...NO_FACTS, starts: starts.slice(0, 1) },
    );
    expect(merged.map(({ source }) => source.eventId)).toEqual(["1", "2"]);
    expect([...ends].sort(byTime).map(({ source }) => source.eventId)).toEqual(["5", "4"]);
    expect(earliest(ends)).toBe(ends[1]);
    expect(earliest([])).toBeUndefined();
  });

  it("returns the same list if nothing was added, so that unchanged rows are recognised cheaply", () => {
    const known = addFacts(NO_FACTS, { ...NO_FACTS, starts: starts.slice(0, 1) });
    expect(addFacts(known, known).starts).toBe(known.starts);
  });

  it("drops what is known from activity and children once a start record has pid and path", () => {
    const observed = { first: T0, pid: 1, executable: CMD };
    const provisional = { ...NO_FACTS, observed, inferred: { first: T0 } };
    expect(provisionalAttributes(provisional)).toBe(provisional);
    expect(addFacts(provisional, { ...NO_FACTS, starts: starts.slice(2) }).observed).toEqual(observed);
    const complete = addFacts(provisional, { ...NO_FACTS, starts: starts.slice(0, 1) });
    expect([complete.observed, complete.inferred]).toEqual([undefined, undefined]);
    expect(provisionalAttributes(complete)).toEqual({});
  });
});

describe("a process", () => {
  it("has records of its own by start, end or activity, not by its children", () => {
    const inferred = { first: T0 };
    const all = [NO_FACTS, { ...NO_FACTS, inferred }, { ...NO_FACTS, observed: { first: T0 } }, { starts: [], ends }];
    expect(all.map(isObserved)).toEqual([false, false, true, true]);
  });

  it("remembers each replaced placeholder once; those of exits were no parents", () => {
    const replacedPlaceholders = mergeReplacedPlaceholders(
      [{ key: "b" }, { key: "a", exit: "1" }],
      [{ key: "b" }, { key: "a" }],
    );
    expect(replacedPlaceholders).toHaveLength(3);
    expect(formerParents({ ...NO_FACTS, replacedPlaceholders })).toEqual(["a", "b"]);
  });

  it("has the later of two choices, and one of two accounts, in either order", () => {
    const [one, other] = [
      { parent: "p", by: "l", at: 1 },
      { parent: "q", by: "m", at: 1 },
    ];
    expect(laterChoice(one, { ...other, at: 2 })).toEqual({ ...other, at: 2 });
    expect(laterChoice(one, other)).toBe(laterChoice(other, one));
    const [ann, bob] = [{ name: "ann" }, { name: "bob" }];
    expect([leastUser(bob, ann), leastUser(ann, bob), leastUser(undefined, bob)]).toEqual([ann, ann, bob]);
  });
});
