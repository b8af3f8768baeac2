import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { conditions } from "../condition/arbitrary.ts";
import { and, type Condition, equals, or, wildcard } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import { createDetector } from "./detector.ts";
import type { Rule, RuleBody } from "./rule.ts";
import { createRuleIndex } from "./rule-index.ts";

function rule(id: string, body: RuleBody, message?: string): Rule {
  return {
    id,
    name: `rule ${id}`,
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
    query: "",
    source: `${id}.toml`,
    message,
    body,
  };
}

function event(fields: Record<string, string | number | readonly string[]>): StemmaEvent {
  const given: Fields = Object.assign(Object.create(null), fields);
  return { id: "e", time: 0, fields: given, source: { eventId: "e", file: "f", time: "" } };
}

const values = fc.constantFrom(
  "process",
  "Process",
  "network",
  "windows",
  "start",
  "CMD.exe",
  "cmd.exe",
  "wmic.exe",
  "1",
);
const indexed = fc.constantFrom(
  "event.category",
  "host.os.type",
  "event.type",
  "process.name",
  "process.parent.name",
  "event.code",
);
const keyed = fc
  .array(
    fc.oneof(
      fc
        .tuple(indexed, fc.array(values, { minLength: 1, maxLength: 2 }), fc.boolean())
        .map(([name, some, caseInsensitive]) => equals(name, some, { caseInsensitive })),
      fc.tuple(indexed, values).map(([name, pattern]) => wildcard(name, pattern)),
      fc.tuple(indexed, values, indexed, values).map(([a, x, b, y]) => or(equals(a, x), wildcard(b, `${y}*`))),
      fc.tuple(indexed, values, indexed, values).map(([a, x, b, y]) => or(equals(a, x), wildcard(b, y))),
      conditions,
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((terms): Condition => and(...terms));
const fields = fc.dictionary(
  fc.oneof(indexed, fc.constantFrom("process.args", "user.name")),
  fc.oneof(values, fc.array(values, { maxLength: 3 })),
);

describe("a detector", () => {
  it("finds the same with and without the index", () => {
    fc.assert(
      fc.property(fc.array(keyed, { maxLength: 12 }), fc.array(fields, { maxLength: 6 }), (bodies, events) => {
        const rules = bodies.map((condition, index) => rule(String(index), { kind: "event", condition }));
        const on = createDetector(rules);
        const off = createDetector(rules, { index: false });
        for (const given of events) {
          const ids = (detector: typeof on) => detector.test(event(given)).map((hit) => hit.rule.id);
          expect(ids(on)).toEqual(ids(off));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("tests only the rules that the index finds for an event", () => {
    const names = ["cmd.exe", "wmic.exe", "powershell.exe", "rundll32.exe", "mshta.exe"];
    const candidates = createRuleIndex(
      names.map((name) => and(equals("event.category", "process"), wildcard("process.name", name))),
    );
    expect(candidates(event({ "event.category": "process", "process.name": "WMIC.EXE" }).fields)).toEqual([1]);
    expect(candidates(event({ "event.category": "network", "process.name": "wmic.exe" }).fields)).toEqual([]);
  });

  it("fills in messages by data model names and by ECS names", () => {
    const condition = equals("event.code", "1");
    const message = "$process$ on $dest$ by $user$, $process.pid$, $parent_process_name$, $unknown_field$ and $5";
    const detector = createDetector([rule("a", { kind: "event", condition }, message)]);
    const [hit] = detector.test(
      event({
        "event.code": "1",
        "process.command_line": "cmd /c $user$ $& $1",
        "host.name": "ws1",
        "user.name": ["x", "y"],
        "process.pid": 7,
      }),
    );
    expect(hit?.message).toBe("cmd /c $user$ $& $1 on ws1 by x, y, 7, unknown, $unknown_field$ and $5");
  });

  it("uses the name of a rule without a message", () => {
    const detector = createDetector([rule("a", { kind: "event", condition: equals("event.code", "1") })]);
    expect(detector.test(event({ "event.code": "1" })).map((hit) => hit.message)).toEqual(["rule a"]);
  });

  it("groups by the by-fields, absent values as the text null", () => {
    const by = [
      { name: "dest", field: "host.name" },
      { name: "user", field: "user.name" },
    ];
    const condition = equals("event.code", "1");
    const given = event({ "event.code": "1", "host.name": "ws1" });
    const [hit] = createDetector([rule("a", { kind: "grouped", condition, by })]).test(given);
    expect({ ...hit?.group }).toEqual({ dest: "ws1", user: "null" });
    const [other] = createDetector([rule("a", { kind: "grouped", condition, by, fill: "-" })]).test(given);
    expect(other?.group?.["user"]).toBe("-");
  });

  it("keeps rules that are not evaluable and never matches them", () => {
    const detector = createDetector([rule("a", { kind: "not-evaluable", reason: "a sequence", at: {} })]);
    expect(detector.byId.get("a")?.name).toBe("rule a");
    expect(detector.test(event({ "event.code": "1" }))).toEqual([]);
  });
});
