import { describe, expect, it } from "vitest";
import { printEql } from "../../condition/print.ts";
import { ok } from "../../lib/result.ts";
import { readRules } from "./load.ts";
import type { RuleFile } from "./rule-folder.ts";

const file = (name: string, text: string): RuleFile => ({ file: `dir/${name}`, source: name, text: ok(text) });

const sigma = (
  id: string,
  more = "",
  detection = "  selection:\n    Image|endswith: '\\cmd.exe'\n  condition: selection",
) => `
title: A title
id: ${id}
author: Lena Vogt, Tomas Eriksen (Nordwind)
logsource:
  product: windows
  category: process_creation
detection:
${detection}
${more}`;

const kql = (id: string, type: string, query: string, more = "") => `
[rule]
rule_id = "${id}"
name = "n"
severity = "low"
risk_score = 21
type = "${type}"
language = "kuery"
query = '''
${query}
'''
${more}`;

describe("loading Sigma rules", () => {
  it("keeps what their authors say", () => {
    const [rule] = readRules([
      file(
        "a.yml",
        sigma(
          "a",
          [
            "description: what it finds",
            "license: DRL-1.1",
            "status: test",
            "date: 2025-01-02",
            "modified: 2026-03-04",
            "level: high",
            "tags: [attack.execution, attack.t1059.001, cve.2026-1]",
            "references: [https://example.org/a]",
            "falsepositives: [Installers]",
          ].join("\n"),
        ),
      ),
    ]).rules;
    expect(rule).toMatchObject({
      id: "a",
      name: "A title",
      version: "2026-03-04",
      language: "sigma",
      severity: "high",
      riskScore: 73,
      buildingBlock: false,
      author: ["Lena Vogt", "Tomas Eriksen (Nordwind)"],
      license: "DRL-1.1",
      tags: ["status.test", "attack.execution", "attack.t1059.001", "cve.2026-1"],
      references: ["https://example.org/a"],
      falsePositives: ["Installers"],
      techniques: [{ id: "T1059.001", name: "PowerShell", tactic: "Execution" }],
    });
    expect(rule?.query).toBe(
      "logsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    Image|endswith: '\\cmd.exe'\n  condition: selection",
    );
  });

  it.each([
    ["informational", "low", 1, true],
    ["low", "low", 21, false],
    ["medium", "medium", 47, false],
    ["critical", "critical", 99, false],
  ])("takes severity and risk from the level %s", (level, severity, riskScore, buildingBlock) => {
    const [rule] = readRules([file("a.yml", sigma("a", `level: ${level}`))]).rules;
    expect([rule?.severity, rule?.riskScore, rule?.buildingBlock]).toEqual([severity, riskScore, buildingBlock]);
  });

  it("goes on after bad files, and says of each what is wrong and where", () => {
    const correlation =
      "title: c\nid: c\ncorrelation:\n  type: event_count\n  rules: [nothing]\n  timespan: 1m\n  condition: { gte: 2 }";
    const { rules, files } = readRules([
      file("a.yml", `${sigma("a")}\n---\n${correlation}`),
      file("b.yml", sigma("b", "", "  selection:\n    Image: x\n  condition: selection and andd other")),
      file("d.yml", sigma("d", "", "  selection:\n    Image|fuzzy: x\n  condition: selection")),
      file("e.yml", sigma("e", "level: loud")),
      file("f.yml", sigma("f", "", "  selection:\n    Image: x")),
      file("g.yml", sigma("g", "", "  selection:\n    Image: x\n  timeframe: 5m\n  condition: selection")),
      file("h.yml", sigma("h").replace("category: process_creation", "category: telepathy")),
      file("i.yml", "action: global\ntitle: i\nid: i"),
      file("j.yml", "title: j\nid: j\ndetection: {condition: a, a: {b: c}}"),
      file("k.yml", sigma("a")),
      file("l.yml", "title: l\nid: l\nfilter:\n  rules: [a, b]\n  s: {User: x}\n  condition: not s"),
    ]);
    expect(rules.map(({ id, body }) => [id, body.kind])).toEqual([
      ["a", "event"],
      ["c", "not-evaluable"],
      ["d", "not-evaluable"],
      ["g", "not-evaluable"],
      ["h", "not-evaluable"],
      ["i", "not-evaluable"],
    ]);
    expect(files.map(({ file: name, state, at }) => [name.slice(4, 5), state, at?.line, at?.column])).toEqual([
      ["a", "not evaluable", 18, 11],
      ["b", "failed", 11, 33],
      ["d", "not evaluable", 10, 5],
      ["e", "failed", 12, 1],
      ["f", "failed", 8, 1],
      ["g", "not evaluable", 11, 3],
      ["h", "not evaluable", 7, 3],
      ["i", "not evaluable", 1, 1],
      ["j", "failed", 1, 1],
      ["k", "superseded", undefined, undefined],
      ["l", "failed", 1, 1],
    ]);
    expect(files.map(({ reason }) => reason?.slice(0, 70))).toEqual([
      'the correlation refers to "nothing", but no rule has this id or name',
      'expected "and", "or" or the end of the condition, found "other"',
      'the modifier "fuzzy" of Image is unknown',
      expect.stringContaining("level"),
      expect.stringContaining("condition"),
      "a timeframe counts events, which Sigma left to correlation rules",
      'the log source category "telepathy" of windows is unknown',
      "collections of documents with `action` are not supported",
      expect.stringContaining("logsource"),
      "version unknown of the rule a is kept for comparison; version unknown ",
      "logsource: expected an object, found nothing",
    ]);
  });
});

describe("loading Elastic rules in KQL", () => {
  it("runs queries with their filters, and says what other types lack", () => {
    const filter = '[[rule.filters]]\nmeta = { negate = true }\nquery = { exists = { field = "b" } }';
    const { rules, files } = readRules([
      file("a.toml", kql("a", "query", "event.code:1", filter)),
      file("b.toml", kql("b", "query", "event.code:1 and\n  (x:y")),
      file("c.toml", kql("c", "query", "event.code:1", "[[rule.filters]]\nquery = { script = {} }")),
      file("d.toml", kql("d", "threat_match", "event.code:1")),
      file("e.toml", kql("e", "eql", 'any where event.code == "1"', filter).replace('"kuery"', '"eql"')),
    ]);
    const [, , , filtered] = rules;
    expect(filtered?.body.kind === "event" && printEql(filtered.body.condition)).toBe(
      'event.code == "1" and b == null',
    );
    expect(rules.map(({ id, language, body }) => [id, language, body.kind])).toEqual([
      ["a", "kql", "event"],
      ["c", "kql", "not-evaluable"],
      ["d", "kql", "not-evaluable"],
      ["e", "eql", "event"],
    ]);
    expect(files.map(({ state, at }) => [state, at?.line, at?.column])).toEqual([
      ["evaluable", undefined, undefined],
      ["failed", 11, 7],
      ["not evaluable", 12, 1],
      ["not evaluable", 7, 1],
      ["evaluable", undefined, undefined],
    ]);
  });
});
