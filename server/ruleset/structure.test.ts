import { describe, expect, it } from "vitest";
import { readRules } from "../detection/rule-files/load.ts";
import type { RuleFile } from "../detection/rule-files/rule-folder.ts";
import { ok } from "../lib/result.ts";
import { type Ruleset, rulesetOf } from "./ruleset.ts";
import { ruleStructureOf } from "./structure.ts";

const file = (source: string, text: string): RuleFile => ({ file: `/r/${source}`, source, text: ok(text) });

const toml = (id: string, query: string) =>
  file(
    `${id}.toml`,
    `[rule]\nrule_id = "${id}"\nname = "${id}"\nversion = 1\nseverity = "low"\nrisk_score = 21\ntype = "eql"\nlanguage = "eql"\nquery = '''\n${query}\n'''\n`,
  );

const sigma = file(
  "sigma.yml",
  `title: sigma
id: sigma
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: '\\wmic.exe'
  filter_main_agent:
    ParentImage: 'C:\\Agent\\agent.exe'
  filter_optional_backup:
    CommandLine|contains:
      - backup
      - restore
  condition: selection and not 1 of filter_main_* and not 1 of filter_optional_*
`,
);

function rulesetFrom(...files: readonly RuleFile[]): Ruleset {
  return rulesetOf(readRules(files), [{ path: "/r", origin: "configured" }], { disabled: [] });
}

function anatomy(ruleset: Ruleset, id: string) {
  const rule = ruleset.byId.get(id);
  if (rule === undefined) {
    throw new Error(`no rule ${id}: ${JSON.stringify(ruleset.files)}`);
  }
  return ruleStructureOf(rule, ruleset);
}

describe("the anatomy of a rule", () => {
  const wmic = toml(
    "wmic",
    `process where process.name : "WMIC.exe" and process.args : ("call", "*node:*") and
     not process.args : ("*localhost*", "/node:127.0.0.1") and not (user.name : "svc" or user.name == null)`,
  );

  it("separates predicates from exclusions, and splits a negated disjunction", () => {
    const [stage, ...more] = anatomy(rulesetFrom(wmic), "wmic").stages;
    expect(more).toEqual([]);
    expect(stage?.role).toBe("event");
    expect(stage?.predicates).toEqual([
      { text: 'event.category == "process"', field: "event.category" },
      { text: 'process.name : "WMIC.exe"', field: "process.name" },
      { text: 'process.args : ("call", "*node:*")', field: "process.args" },
    ]);
    expect(stage?.exclusions.map(({ values }) => values)).toEqual([
      [{ field: "process.args", values: ["*localhost*", "/node:127.0.0.1"], total: 2 }],
      [{ field: "user.name", values: ["svc"], total: 1 }],
      [{ field: "user.name", values: [], total: 0 }],
    ]);
  });

  it("lists the first values of a long exclusion, and their total", () => {
    const users = Array.from({ length: 250 }, (_, index) => `"u${index}"`).join(", ");
    const long = toml("long", `process where process.name : "a.exe" and not user.name : (${users})`);
    const [exclusion] = anatomy(rulesetFrom(long), "long").stages[0]?.exclusions ?? [];
    expect(exclusion?.values).toMatchObject([{ field: "user.name", total: 250 }]);
    expect(exclusion?.values[0]?.values).toHaveLength(200);
  });

  it("names Sigma's filters, and which of them are carve-outs", () => {
    const [stage] = anatomy(rulesetFrom(sigma), "sigma").stages;
    expect(stage?.exclusions.map(({ name, carveOut }) => [name, carveOut])).toEqual([
      ["filter_main_agent", "main"],
      ["filter_optional_backup", "optional"],
    ]);
  });

  it("counts who else looks for a value, across languages and whatever the case; exclusions do not count", () => {
    const excluding = toml("other", 'process where process.name : "a.exe" and not process.args : "call"');
    const ruleset = rulesetFrom(wmic, sigma, excluding);
    const shared = Object.fromEntries(
      anatomy(ruleset, "wmic").indicators.map(({ value, shared }) => [
        value,
        [shared.total, shared.languages, shared.rules.map(({ id }) => id)],
      ]),
    );
    expect(shared["WMIC.exe"]).toEqual([1, [{ language: "sigma", count: 1 }], ["sigma"]]);
    expect(shared["call"]).toEqual([0, [], []]);
    expect(Object.keys(shared)).not.toContain("*localhost*");
    expect(ruleset.indicators.rulesWith({ field: "process.name", value: "wmic.EXE" })).toEqual(["wmic", "sigma"]);
  });

  it("shows stages with keys, span, what must not occur and what ends it", () => {
    const ruleset = rulesetFrom(
      toml(
        "seq",
        `sequence by host.id with maxspan=2m
           [process where process.name : "a.exe"] by process.entity_id
           ![file where true] by process.entity_id
           [network where not destination.ip == "10.0.0.1"] by ?process.entity_id
         until [process where event.type == "end"] by process.entity_id`,
      ),
    );
    const { form, span, stages } = anatomy(ruleset, "seq");
    expect([form, span]).toEqual(["sequence: in this order", 120_000]);
    expect(stages.map(({ role, keys, exclusions }) => [role, keys, exclusions.length])).toEqual([
      ["stage", ["host.id", "process.entity_id"], 0],
      ["missing", ["host.id", "process.entity_id"], 0],
      ["stage", ["host.id", "process.entity_id?"], 1],
      ["until", ["host.id", "process.entity_id"], 0],
    ]);
  });

  it("says that a rule that cannot be evaluated has no parts", () => {
    const ml = file(
      "ml.toml",
      '[rule]\nrule_id = "ml"\nname = "ml"\nseverity = "low"\nrisk_score = 21\ntype = "machine_learning"\n',
    );
    expect(anatomy(rulesetFrom(ml), "ml")).toEqual({
      form: "not evaluable",
      by: [],
      stages: [],
      indicators: [],
      moreIndicators: 0,
    });
  });
});
