import { describe, expect, it } from "vitest";
import { huntRequest } from "#contracts/hunt";
import { languages, ruleLanguage } from "#contracts/language";
import { searchCommand } from "../cli/search.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { ok } from "../lib/result.ts";
import { readRules } from "./rule-files/load.ts";
import { compileQuery, ruleLanguages } from "./rule-languages.ts";

const fields = {
  "event.category": "process",
  "event.type": "start",
  "host.os.type": "windows",
  "process.name": "WMIC.exe",
  "process.executable": "C:\\Windows\\System32\\wbem\\WMIC.exe",
};
const context = { macros: new Map() };

describe.each(ruleLanguage.options)("the language %s", (language) => {
  const { example, compileEventQuery, checkRuleText, ruleFile } = ruleLanguages[language];

  it("compiles its example, matches with it, and prints it", () => {
    const query = compileEventQuery(example, context);
    expect(query.ok ? query.value.printed : query.error.message).toMatch(/wmic\.exe/i);
    const whole = compileQuery(language, example, context);
    expect(whole.ok && whole.value.kind === "events" && whole.value.condition).toEqual(
      query.ok && query.value.condition,
    );
    const matches = query.ok ? compileCondition(query.value.condition) : undefined;
    expect(matches?.({ ...fields, "process.name": "wmic.exe" })).toBe(true);
    expect(matches?.({ ...fields, "process.name": "cmd.exe", "process.executable": "C:\\cmd.exe" })).toBe(false);
  });

  it("writes a rule to a file that loads as the same rule", () => {
    expect(checkRuleText(example, context.macros).ok).toBe(true);
    const written = { id: "an-id", name: "A rule", description: "", severity: "high", riskScore: 73 } as const;
    const file = ruleFile({ ...written, text: example });
    const { rules, files } = readRules([{ file: file.name, source: file.name, text: ok(file.text) }]);
    expect(files).toMatchObject([{ state: "evaluable" }]);
    expect(rules).toMatchObject([{ language }]);
    expect(languages[language].text === "document" ? file.text.trim() : rules[0]?.query).toBe(example);
  });

  it("reports the place of a syntax error", () => {
    const broken = ["| tstats count from datamodel=Endpoint.Processes where (", "title: [", "a and ("];
    expect(
      broken.some((text) => {
        const checked = checkRuleText(text, context.macros);
        return !checked.ok && checked.error.at?.line === 1;
      }),
    ).toBe(true);
  });

  it("is accepted by the API and the command line", () => {
    expect(huntRequest.safeParse({ language, query: example }).success).toBe(true);
    expect(searchCommand.usage).toMatch(new RegExp(`--lang \\S*\\b${language}\\b`));
    expect(languages[language].label).not.toBe("");
  });
});

describe("a query over single events", () => {
  it.each([
    ["eql", "PROCESS where true", "PROCESS where true", false],
    ["eql", 'process where process.name:"wmic.exe"', 'process where process.name : "wmic.exe"', true],
    ["eql", "any where process.name == null", "any where process.name == null", false],
    ["kql", "process.name:WMIC* and not a:*", "process.name:WMIC* and not a:*", true],
    ["kql", "process.name:wmic.exe", 'process.name:"wmic.exe"', false],
    [
      "sigma",
      "title: t\nlogsource: { category: process_creation }\ndetection:\n  a: { Image: x }\n  condition: not a",
      'event.category == "process" and event.type == "start" and not process.executable in~ ("x")',
      true,
    ],
    [
      "tstats",
      "| tstats count from datamodel=Endpoint.Processes where process_name=wmic.exe",
      'Processes.process_name="wmic.exe"',
      true,
    ],
    ["tstats", "| tstats count from datamodel=Endpoint.Processes", "true", true],
  ] as const)("in %s: %s", (language, text, printed, matches) => {
    const query = ruleLanguages[language].compileEventQuery(text, context);
    expect(query.ok && [query.value.printed, compileCondition(query.value.condition)(fields)]).toEqual([
      printed,
      matches,
    ]);
  });

  it("reports a syntax error with its place", () => {
    const query = ruleLanguages.eql.compileEventQuery("process were true", context);
    expect(query.ok ? "accepted" : query.error.at).toEqual({ line: 1, column: 9 });
  });
});
