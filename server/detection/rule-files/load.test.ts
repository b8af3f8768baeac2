import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ok } from "../../lib/result.ts";
import { guideMarkdown } from "../guide.ts";
import { createRuleLoader, loadRules, readRules } from "./load.ts";
import { compareVersions } from "./loaded-rules.ts";
import type { RuleFile } from "./rule-folder.ts";

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
    expect(files.map((status) => [status.file.slice(4, 5), status.state, status.at?.line, status.at?.column])).toEqual([
      ["a", "evaluable", undefined, undefined],
      ["b", "failed", 13, 16],
      ["c", "failed", 1, 6],
      ["d", "evaluable", undefined, undefined],
      ["e", "superseded", undefined, undefined],
      ["f", "failed", 1, 1],
      ["g", "evaluable", undefined, undefined],
      ["h", "failed", 1, 6],
      ["i", "not evaluable", 1, 1],
      ["j", "failed", 5, 100],
    ]);
    expect(files[4]?.reason).toBe(
      "version 2026/01/02 of the rule a is kept for comparison; version 2026/01/02 in a.toml runs",
    );
    expect(files[5]?.reason).toContain("rule.rule_id");
  });

  it("keeps all versions of a rule, runs the newest, and reports copies", () => {
    const versioned = (version: number, query: string) =>
      toml("a", query).replace('name = "n"', `name = "n"\nversion = ${version}`);
    const { rules, versions, files } = readRules([
      file("a.toml", versioned(9, "process where true")),
      file("b.toml", versioned(322, "file where true")),
      file("c.toml", versioned(9, "process where true")),
    ]);
    expect(rules.map(({ version, source }) => [version, source])).toEqual([["322", "b.toml"]]);
    expect(versions.map(({ rule, active }) => [rule.version, rule.source, active])).toEqual([
      ["322", "b.toml", true],
      ["9", "a.toml", false],
    ]);
    expect(files.map(({ state }) => state)).toEqual(["superseded", "evaluable", "superseded"]);
    const copies = readRules([
      file("a.toml", versioned(9, "any where true")),
      file("b.toml", versioned(9, "any where true")),
    ]);
    expect(copies.files.map(({ state }) => state)).toEqual(["evaluable", "duplicate"]);
    expect(copies.versions).toHaveLength(1);
  });

  it.each([
    ["10", "9"],
    ["2026/01/02", "2025/12/31"],
    ["2024-01-02", "unknown"],
    ["1.10", "1.9"],
    ["1.0.1", "1.0"],
  ])("takes %s for newer than %s", (newer, older) => {
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, newer)).toBe(0);
  });

  it("takes neither a date nor a count for newer than the other", () => {
    expect(compareVersions("322", "2026/05/03")).toBe(0);
    expect(compareVersions("2026/05/03", "322")).toBe(0);
  });

  it("loads again what has changed, with the macros that there are then, and keeps the rest as it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-load-"));
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write("a.toml", toml("a", "process where true"));
    write("b.yml", yaml("b", "`later`"));
    const load = createRuleLoader();
    const first = await load([folder]);
    expect(first.rules.map(({ body }) => body.kind)).toEqual(["event", "not-evaluable"]);
    write("later.yml", "name: later\ndefinition: Processes.user=x\n");
    const second = await load([folder]);
    expect(second.rules.map(({ body }) => body.kind)).toEqual(["event", "grouped"]);
    expect(second.rules[0]).toBe(first.rules[0]);
    write("a.toml", toml("a", "file where true and true"));
    const third = await load([folder]);
    expect(third.rules[0]).not.toBe(first.rules[0]);
    expect(third.rules[1]).toBe(second.rules[1]);
    rmSync(join(folder, "a.toml"));
    expect((await load([folder])).rules).toEqual([third.rules[1]]);
    rmSync(folder, { recursive: true });
  });

  it("says where a file stops being UTF-8, and takes the sign for an unknown character as any other", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-load-"));
    const sign = Buffer.from(`# \ufffd \u00e9\n${toml("a", "process where true")}`);
    writeFileSync(join(folder, "sign.toml"), sign);
    writeFileSync(join(folder, "latin.toml"), Buffer.concat([sign, Buffer.from("# caf\u00e9", "latin1")]));
    writeFileSync(join(folder, "cut.toml"), Buffer.concat([Buffer.from("# \ufffd "), Buffer.from([0xef, 0x41])]));
    const { files } = await createRuleLoader()([folder]);
    expect(files.map(({ state, at }) => [state, at?.line, at?.column])).toEqual([
      ["failed", 1, 5],
      ["failed", sign.toString().split("\n").length, 6],
      ["evaluable", undefined, undefined],
    ]);
    expect(files[0]?.reason).toContain("no UTF-8 text");
    rmSync(folder, { recursive: true });
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

  it("keeps what authors tell those who investigate or set up a rule", () => {
    const { rules } = readRules([
      file("a.toml", toml("a", "process where true", `note = '''\n## Triage\n\nLook.\n'''\nsetup = "Install it."`)),
      file("b.toml", toml("b", "process where true", `setup = '''\n## Setup\n\nInstall it.'''`)),
      file("c.toml", toml("c", "process where true", "")),
      file("d.yml", yaml("d", "Processes.user=x", "how_to_implement: Ingest `4688`.")),
      file("e.yml", yaml("e", "Processes.user=x", "how_to_implement: ''")),
    ]);
    expect(rules.map(({ id, guide }) => [id, guideMarkdown(guide)])).toEqual([
      ["a", "## Triage\n\nLook.\n\n## Setup\n\nInstall it."],
      ["b", "## Setup\n\nInstall it."],
      ["c", undefined],
      ["d", "## How to implement\n\nIngest `4688`."],
      ["e", undefined],
    ]);
  });

  it("puts the searches that a guide names by their place into it, and leaves names of none", () => {
    const searches = `note = "Ask $investigate_0, then $osquery_0, then $osquery_1."
[[transform.investigate]]
label = "Around it"
providers = [
  [{ excluded = false, field = "host.id", value = "{{host.id}}" }, { excluded = true, field = "user.id", value = "S-1-5-18" }],
  [{ field = "event.code", value = "4648" }],
]
[[transform.osquery]]
label = "Ports"
query = "SELECT port\\n FROM listening_ports"`;
    const { rules } = readRules([
      file("a.toml", toml("a", "process where true", searches)),
      file("b.toml", toml("b", "process where true", "note = 'Ask $osquery_0.'\n[transform]\nosquery = 'odd'")),
    ]);
    expect(rules.map(({ guide }) => guideMarkdown(guide))).toEqual([
      "Ask **Around it**: `(host.id: {{host.id}} and not user.id: S-1-5-18) or (event.code: 4648)`, then **Ports**: `SELECT port FROM listening_ports`, then $osquery_1.",
      "Ask $osquery_0.",
    ]);
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
    expect(files.map((status) => status.state)).toEqual(["failed", "failed", "failed"]);
  });

  it("reports a folder that cannot be read", async () => {
    const { files } = await loadRules(["no/such/folder"]);
    expect(files.map((status) => [status.file, status.state])).toEqual([["no/such/folder", "failed"]]);
  });
});
