import { describe, expect, it } from "vitest";
import { ok } from "../../lib/result.ts";
import { loadRules, type RuleFile, readRules } from "./load.ts";

const file = (name: string, text: string): RuleFile => ({ file: `dir/${name}`, source: name, text: ok(text) });

const toml = (id: string, query: string, more = "") => `
[metadata]
updated_date = "2026/01/02"
[rule]
rule_id = "${id}"
name = "n"
severity = "low"
risk_score = 21
type = "eql"
language = "eql"
query = '''
${query}
'''
${more}`;

const yaml = (id: string, where: string, more = "") => `
name: n
id: ${id}
version: 3
search: '| tstats fillnull_value=null count from datamodel=Endpoint.Processes where ${where} by Processes.dest | \`x_filter\`'
${more}`;

describe("loading rules", () => {
  it("goes on after bad files and says where each is bad", () => {
    const { rules, files } = readRules([
      file("a.toml", toml("a", 'process where process.name : "x"')),
      file("b.toml", toml("b", "process where\n  process.name = 1")),
      file("c.toml", "[rule\n"),
      file("d.toml", toml("d", "sequence [process where true] [file where true]")),
      file("e.toml", toml("a", "process where true")),
      file("f.toml", "[rule]\nname = 'f'"),
      file("g.yml", yaml("g", "Processes.user=x")),
      file("h.yml", "a: [1"),
      file("i.yml", "key: value"),
      file("j.yml", yaml("j", "Processes.user")),
    ]);
    expect(rules.map((rule) => [rule.id, rule.body.kind])).toEqual([
      ["a", "event"],
      ["d", "sequence"],
      ["g", "grouped"],
    ]);
    expect(files.map((fate) => [fate.file.slice(4, 5), fate.state, fate.at?.line, fate.at?.column])).toEqual([
      ["a", "evaluable", undefined, undefined],
      ["b", "failed", 13, 16],
      ["c", "failed", 1, 6],
      ["d", "evaluable", undefined, undefined],
      ["e", "failed", undefined, undefined],
      ["f", "failed", undefined, undefined],
      ["g", "evaluable", undefined, undefined],
      ["h", "failed", 1, 6],
      ["i", "not evaluable", undefined, undefined],
      ["j", "failed", 5, 100],
    ]);
    expect(files[4]?.reason).toBe("the rule id a is taken by a.toml");
    expect(files[5]?.reason).toContain("rule.rule_id");
  });

  it("gives samples the time span over which the rule looks back", () => {
    const sample = "sample by host.id [process where true] [file where true]";
    const { rules } = readRules([
      file("a.toml", toml("a", sample)),
      file("b.toml", toml("b", sample).replace('name = "n"', 'name = "n"\nfrom = "now-9m"')),
    ]);
    expect(rules.map(({ body }) => (body.kind === "sequence" ? body.plan : undefined))).toMatchObject([
      { kind: "sample", window: 360_000 },
      { kind: "sample", window: 540_000 },
    ]);
  });

  it("takes the version from the rule, else from the date of its last change", () => {
    const { rules } = readRules([
      file("a.toml", toml("a", "process where true")),
      file("b.toml", toml("b", "process where true").replace('name = "n"', 'name = "n"\nversion = 7')),
    ]);
    expect(rules.map((rule) => rule.version)).toEqual(["2026/01/02", "7"]);
  });

  it("names techniques with their tactics, and marks building blocks", () => {
    const threat = `
[[rule.threat]]
framework = "MITRE ATT&CK"
tactic = { id = "TA0008", name = "Lateral Movement" }
[[rule.threat.technique]]
id = "T1021"
name = "Remote Services"
[[rule.threat.technique.subtechnique]]
id = "T1021.003"
name = "DCOM"`;
    const text = toml("a", "process where true", threat).replace(
      'name = "n"',
      'name = "n"\nbuilding_block_type = "default"',
    );
    const [rule] = readRules([file("a.toml", text)]).rules;
    expect(rule?.buildingBlock).toBe(true);
    expect(rule?.techniques).toEqual([
      { id: "T1021", name: "Remote Services", tactic: "Lateral Movement" },
      { id: "T1021.003", name: "DCOM", tactic: "Lateral Movement" },
    ]);
  });

  it.each([
    ["confidence times impact", "tags: {confidence: 80, impact: 70, message: old $dest$}", 56, "medium", "old $dest$"],
    ["the score that is stated", "tags: {risk_score: 20}", 20, "low", undefined],
    [
      "the rba block",
      "rba: {message: new $dest$, risk_objects: [{field: dest, type: system, score: 64}, {score: 90}]}",
      90,
      "critical",
      "new $dest$",
    ],
    ["nothing", "", 0, "low", undefined],
  ])("takes a Splunk risk from %s", (_, more, riskScore, severity, message) => {
    const [rule] = readRules([file("a.yml", yaml("a", "Processes.user=x", more))]).rules;
    expect([rule?.riskScore, rule?.severity, rule?.message]).toEqual([riskScore, severity, message]);
  });

  it("knows macros of all files, whatever their order", () => {
    const { rules } = readRules([
      file("a.yml", yaml("a", "`later`")),
      file("z.yml", "name: later\ndefinition: Processes.user=x\n"),
    ]);
    expect(rules.map((rule) => rule.body.kind)).toEqual(["grouped"]);
  });

  it("refuses YAML bombs and absurd nesting", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++) {
      bomb.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    const { files } = readRules([
      file("a.yml", bomb.join("\n")),
      file("b.yml", `a: ${"[".repeat(100_000)}`),
      file("c.toml", `a = ${"[".repeat(100_000)}`),
    ]);
    expect(files.map((fate) => fate.state)).toEqual(["failed", "failed", "failed"]);
  });

  it("reports a folder that cannot be read", async () => {
    const { files } = await loadRules(["no/such/folder"]);
    expect(files.map((fate) => [fate.file, fate.state])).toEqual([["no/such/folder", "failed"]]);
  });
});
