import { describe, expect, it } from "vitest";
import { agentStart, rowOf, securityStart } from "../../test/factories/facts.ts";
import type { ParentLink, ProcessRow } from "./process-row.ts";
import { BROKEN_CYCLE, breaksCycle, isBackwardEdge, parentEdge } from "./relations.ts";

const child = rowOf(securityStart({ pid: 20, parentPid: 10 }), { creatorPid: 10 });
const linked = (parent: ParentLink, given: Partial<ProcessRow> = {}): ProcessRow => ({ ...child, ...given, parent });
const known = { observed: true, name: "cmd.exe", pid: 10 };

const edge = (link: Partial<ParentLink>, parent = known) =>
  parentEdge(linked({ key: "p", basis: "pid-time", ...link }), undefined, parent, false).parent;

describe("the parent edge", () => {
  it.each<[Partial<ParentLink>, typeof known, string, string]>([
    [{ basis: "entity" }, known, "exact", "Parent identified by entity id."],
    [
      { basis: "entity" },
      { ...known, observed: false },
      "declared",
      "Parent identified by entity id; it has no records of its own.",
    ],
    [{}, known, "pid-time", "Parent identified by process id 10 and time."],
    [
      { basis: "ambiguous", candidates: ["p", "q"] },
      known,
      "ambiguous",
      "Several processes may have had process id 10 at that time.",
    ],
    [
      { basis: "ambiguous", candidates: ["p"], doubt: "age" },
      known,
      "ambiguous",
      "Parent identified by process id 10, but it started more than a week earlier and may have ended unseen.",
    ],
    [
      { basis: "ambiguous", candidates: ["p"] },
      known,
      "ambiguous",
      "Parent identified by process id 10, but neither its start nor its name could be verified.",
    ],
    [
      { basis: "placeholder" },
      known,
      "declared",
      "The record names cmd.exe with process id 10; the start of that process was not recorded.",
    ],
  ])("of basis %o with %o is %s: %s", (link, parent, certainty, why) => {
    expect(edge(link, parent)).toMatchObject({ key: "p", certainty, why });
  });

  it("names the process id if not even the name of the parent is known", () => {
    expect(
      parentEdge(linked({ key: "p", basis: "placeholder" }), undefined, { observed: false }, false).parent?.why,
    ).toBe("Only the process id of the parent is known: 10.");
  });

  it("names the analyst who chose the parent, and when", () => {
    const chosen = { by: "lena", at: Date.UTC(2024, 0, 2, 3, 4), computed: "q" };
    const link: ParentLink = { key: "p", basis: "ambiguous", candidates: ["p", "q"], chosen };
    expect(edge(link)).toMatchObject({
      why: expect.stringContaining(
        "Chosen by lena on 2024-01-02 at 03:04 UTC; the records alone show another parent. Several",
      ),
      chosen: { by: "lena", at: "2024-01-02T03:04:00.000Z", computed: "q" },
    });
    expect(edge({ ...link, chosen: { ...chosen, computed: "p" } })?.why).toContain("the records alone show the same");
  });

  it("reports that an entity id overrules the choice of an analyst", () => {
    const facts = { ...child.facts, choice: { parent: "q", by: "lena", at: 1 } };
    const row = linked({ key: "p", basis: "entity" }, { facts });
    expect(parentEdge(row, undefined, known, false).parent?.why).toBe(
      "Parent identified by entity id. This overrules the choice of lena.",
    );
    const duplicate = { ...child, facts: { ...facts, choice: { parent: "p", by: "mika", at: 2 } } };
    expect(parentEdge(row, duplicate, known, false).parent?.why).toBe("Parent identified by entity id.");
  });
});

describe("a process without a parent edge", () => {
  it("has a reason", () => {
    const root = rowOf(agentStart({ entityId: "a" }));
    expect(parentEdge(root, undefined, undefined, false)).toEqual({
      parentUnknown: "No record names the parent process.",
    });
    expect(parentEdge(child, undefined, undefined, false)).toEqual({
      parentUnknown: "No record names the parent process.",
    });
    expect(parentEdge(linked({ key: "p", basis: "entity" }), undefined, known, true)).toEqual({
      parentUnknown: BROKEN_CYCLE,
    });
  });
});

describe("a cycle of parents", () => {
  const cycle = [
    { key: "b", at: 1, parentAt: 3 },
    { key: "a", at: 2, parentAt: 1 },
    { key: "c", at: 3, parentAt: 3 },
  ];

  it("contains an edge to a parent that starts no earlier", () => {
    expect(cycle.map(isBackwardEdge)).toEqual([true, false, true]);
    expect(isBackwardEdge({ at: undefined, parentAt: 1 })).toBe(false);
  });

  it("is broken at one of these edges, the same one in any order", () => {
    for (const order of [cycle, cycle.toReversed()]) {
      expect(order.filter(({ key }) => breaksCycle(key, order)).map(({ key }) => key)).toEqual(["b"]);
    }
  });
});
