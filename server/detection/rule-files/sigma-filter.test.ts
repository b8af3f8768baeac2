import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { compileCondition } from "../../condition/evaluate.ts";
import { ok } from "../../lib/result.ts";
import { readRules } from "./load.ts";
import type { RuleFile } from "./rule-folder.ts";
import { printSigmaFilter } from "./sigma-filter.ts";

const file = (name: string, text: string): RuleFile => ({ file: `/r/${name}`, source: name, text: ok(text) });

const rule = (id: string, more = "", logsource = "{product: windows, category: process_creation}") => `title: Rule ${id}
id: ${id}
name: name_${id}
level: medium
logsource: ${logsource}
detection:
  s: {Image|endswith: '\\nltest.exe'}
  condition: s
${more}`;

const filter = (rules: string, condition = "not selection", logsource = "{product: windows}") => `title: Filter agents
id: filter-1
logsource: ${logsource}
filter:
  rules: ${rules}
  selection: {ParentImage|endswith: '\\agent.exe'}
  condition: ${condition}
`;

const start = (parent: string, user = "lena", domain = "NORD") => ({
  "event.category": "process",
  "event.type": "start",
  "host.os.type": "windows",
  "process.executable": "C:\\Windows\\System32\\nltest.exe",
  "process.parent.executable": parent,
  "user.name": user,
  "user.domain": domain,
});

function fires(files: readonly RuleFile[], id: string, fields: Readonly<Record<string, string>>): boolean {
  const found = readRules(files).rules.find((one) => one.id === id);
  if (found?.body.kind !== "event") throw new Error(`${id} does not run`);
  return compileCondition(found.body.condition)(Object.assign(Object.create(null), fields));
}

describe("a Sigma filter document", () => {
  it.each([["[a]"], ["[name_a]"], ["a"], ["any"], ["[]"]])("is ANDed to the rules named by %s", (rules) => {
    const files = [file("f.yml", filter(rules)), file("a.yml", rule("a"))];
    expect(fires(files, "a", start("C:\\agent.exe"))).toBe(false);
    expect(fires(files, "a", start("C:\\evil.exe"))).toBe(true);
    const { rules: loaded, versions, files: statuses } = readRules(files);
    expect(loaded.map(({ id, filters }) => [id, filters])).toEqual([
      ["a", [{ id: "filter-1", name: "Filter agents", source: "f.yml" }]],
    ]);
    expect(versions).toHaveLength(1);
    expect(statuses.map(({ state }) => state)).toEqual(["evaluable", "evaluable"]);
  });

  it("leaves other rules as they are", () => {
    const files = [file("f.yml", filter("[a]")), file("a.yml", rule("a")), file("b.yml", rule("b"))];
    expect(fires(files, "b", start("C:\\agent.exe"))).toBe(true);
  });

  it("keeps what its condition selects if it is not negated", () => {
    const files = [file("f.yml", filter("[a]", "selection")), file("a.yml", rule("a"))];
    expect(fires(files, "a", start("C:\\agent.exe"))).toBe(true);
    expect(fires(files, "a", start("C:\\evil.exe"))).toBe(false);
  });

  it("changes the rules that a correlation counts", () => {
    const correlation =
      "---\ntitle: Many\nid: many\ncorrelation:\n  type: event_count\n  rules: [name_a]\n  group-by: [User]\n" +
      "  timespan: 1m\n  condition: { gte: 2 }";
    const { rules } = readRules([file("a.yml", `${rule("a")}${correlation}`), file("f.yml", filter("[a]"))]);
    const body = rules.find(({ id }) => id === "many")?.body;
    const input = body?.kind === "correlation" ? body.plan.inputs[0] : undefined;
    if (input?.kind !== "events") throw new Error("no input");
    const matches = compileCondition(input.condition);
    expect([matches(start("C:\\agent.exe")), matches(start("C:\\evil.exe"))]).toEqual([false, true]);
  });

  it("says with file and line what it is not applied to, and why", () => {
    const linux = "{product: linux, category: process_creation}";
    const status = (text: string, ...more: readonly RuleFile[]) => {
      const found = readRules([file("a.yml", rule("a")), ...more, file("f.yml", text)]).files.at(-1);
      return [found?.state, found?.reason, found?.at?.line];
    };
    expect(status(filter("[a, nothing]"))).toEqual([
      "not evaluable",
      'the filter is not applied to all that it names: no rule has the id or name "nothing"; it is applied to 1 other rule',
      5,
    ]);
    expect(status(filter("[a]", "not selection", linux))).toEqual([
      "not evaluable",
      'the filter is not applied to all that it names: the log source of "Rule a" is not within that of the filter',
      5,
    ]);
    expect(status(filter("any", "not selection", linux))).toEqual([
      "not evaluable",
      "the filter is applied to no rule: none that is loaded has its log source",
      3,
    ]);
    expect(status(filter("[a]", "not selectoin"))).toEqual([
      "failed",
      'expected one of the selections selection, found "selectoin"',
      7,
    ]);
    expect(status(filter("[a]").replace("endswith", "fuzzy"))).toEqual([
      "not evaluable",
      'the filter is not applied: the modifier "fuzzy" of ParentImage is unknown',
      6,
    ]);
    expect(status(filter("{a: b}"))[0]).toBe("failed");
  });

  it("is the same again when it is printed and loaded", () => {
    const text = printSigmaFilter({
      title: "Known: agents",
      id: "f",
      description: "# not a comment",
      date: "2026-06-17",
      logSource: { product: "windows", category: "process_creation" },
      rules: ["a"],
      selections: { selection: { "ParentImage|endswith": "\\agent.exe" } },
      condition: "not selection",
    });
    const files = [file("f.yml", text), file("a.yml", rule("a"))];
    expect(fires(files, "a", start("C:\\agent.exe"))).toBe(false);
    expect(fires(files, "a", start("C:\\evil.exe"))).toBe(true);
  });

  const shared = resolve(import.meta.dirname, "../../../../shared/cases/28-sigma-filter-document/rules");
  it.skipIf(!existsSync(shared))(
    "takes patterns in its condition, as in the reported case (skipped: no ../shared)",
    () => {
      const files = ["f.yml", "r.yml"].map((name) => file(name, readFileSync(resolve(shared, name), "utf8")));
      const id = "22222222-0000-4000-8000-000000000028";
      expect(fires(files, id, start("C:\\x\\agent.exe"))).toBe(false);
      expect(fires(files, id, start("C:\\x\\cmd.exe", "svc-sccm"))).toBe(false);
      expect(fires(files, id, start("C:\\x\\cmd.exe"))).toBe(true);
    },
  );
});
