import { describe, expect, it } from "vitest";
import { compileCondition } from "../condition/evaluate.ts";
import { compileSearch } from "./search.ts";

const fields = { "event.category": "process", "event.type": "start", "process.name": "WMIC.exe" };

describe("a search", () => {
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
    const search = compileSearch(language, text, new Map());
    expect(search.ok && [search.value.printed, compileCondition(search.value.condition)(fields)]).toEqual([
      printed,
      matches,
    ]);
  });

  it("passes on what is wrong with it", () => {
    const search = compileSearch("eql", "process were true", new Map());
    expect(search.ok ? "accepted" : search.error.at).toEqual({ line: 1, column: 9 });
  });
});
