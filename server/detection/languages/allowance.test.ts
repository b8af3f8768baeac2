import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { regexSize } from "../../condition/regex-size.ts";
import { ok } from "../../lib/result.ts";
import { readRules } from "../rule-files/load.ts";

const sigma = (detection: string) =>
  `title: t\nid: i\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n${detection}\nlevel: high\n`;
const eql = (query: string) =>
  `[rule]\nrule_id = "r"\nname = "n"\nseverity = "low"\nrisk_score = 1\ntype = "eql"\nlanguage = "eql"\nquery = '''\n${query}\n'''\n`;
const splunk = (tail: string) =>
  `name: n\nid: s\nversion: 1\ntype: TTP\nsearch: '| tstats count from datamodel=Endpoint.Processes by Processes.process ${tail}'\n`;

const load = (file: string, text: string) => readRules([{ file, source: file, text: ok(text) }]).files[0];
const names = (count: number, length = 5) => Array.from({ length: count }, (_, at) => `${at}`.padStart(length, "a"));

describe("what a rule may cost", () => {
  it("bounds the regular expressions of all languages, and says where and what to do", () => {
    const heavy = "(a|b){900}.{90}";
    const inSigma = `  s:\n    CommandLine|re:\n${`      - '${heavy}'\n`.repeat(1500)}  condition: s`;
    const found = [
      load("a.yml", sigma(inSigma)),
      load("a.toml", eql(`process where process.name regex (${Array(1500).fill(`"${heavy}"`).join(", ")})`)),
      load("a.yml", splunk(`| regex Processes.process="${heavy}" `.repeat(500))),
    ];
    for (const status of found) {
      expect(status?.reason).toMatch(/regular expressions of a rule can have 10000 steps.*use fewer or smaller/);
      expect(status?.at).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    }
    // The third one is too much.
    expect(found[0]).toMatchObject({ state: "not evaluable", at: { line: 11 } });
  });

  it("compiles no expression that alone is too large", () => {
    const huge = `(?:${"abcdefghij".repeat(1000)}){900}`;
    expect(load("a.yml", sigma(`  s:\n    CommandLine|re: '${huge}'\n  condition: s`))?.reason).toMatch(/10000 steps/);
  });

  it("counts a selection each time that a condition names it, with all its values", () => {
    const selections = Array.from({ length: 90 }, (_, at) => `  s${at}: {Image: [${names(100).join(", ")}]}\n`).join(
      "",
    );
    const once = `${selections}  condition: 1 of s*`;
    expect(load("a.yml", sigma(once))?.state).toBe("evaluable");
    const often = `${selections}  condition: ${Array(900).fill("1 of s*").join(" or ")}`;
    expect(load("a.yml", sigma(often))).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/more than 100000 parts when written out: name long selections less often/),
      at: { line: 97, column: expect.any(Number) },
    });
  });

  it("counts all variants of all values of a rule, not only those of one key", () => {
    const dashed = Array.from({ length: 20 }, (_, at) => `  s${at}:\n    CommandLine|windash|contains:\n`).map(
      (key) =>
        `${key}${names(100, 3)
          .map((name) => `      - ' -a -b -${name}'\n`)
          .join("")}`,
    );
    expect(load("a.yml", sigma(`${dashed.join("")}  condition: all of s*`))?.reason).toMatch(/more than 100000 parts/);
  });

  it("bounds the selections of a rule", () => {
    const many = Array.from({ length: 1100 }, (_, at) => `  s${at}: {Image: a}\n`).join("");
    expect(load("a.yml", sigma(`${many}  condition: 1 of s*`))).toMatchObject({
      reason: expect.stringMatching(/more than 1000 selections/),
      at: { line: 1007 },
    });
  });

  it("bounds what YAML aliases stand for, and shows the alias with which it is too much", () => {
    const aliased = (count: number) =>
      sigma(
        `  s0: &a {Image: [${names(9000).join(",")}]}\n${Array.from({ length: count }, (_, at) => `  s${at + 1}: *a\n`).join("")}  condition: 1 of s*`,
      );
    expect(load("a.yml", aliased(90))).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/aliases stand for more than 200000 characters: write out fewer/),
      at: { line: 11, column: 7 },
    });
    expect(load("a.yml", aliased(2))?.state).toBe("evaluable");
  });
});

describe("the size of a regular expression", () => {
  it.each([
    "abc",
    "(a|b){900}.{90}",
    "((ab){10}c){10,}",
    "[^\\]a-z]{3,40}",
    "a{,3}",
    "\\(\\[x{2}\\\\{3}",
    "(?i)(?:foo|bar)+?\\s*\\d{1,3}$",
    "(?P<n>[[:alpha:]]{20})",
    "\\p{Greek}",
    "\\x{1F600}{9}",
    "",
  ])("is not below that of its program: %s", (pattern) => {
    const length = RE2JS.compile(pattern).programSize();
    expect(regexSize(pattern)).toBeGreaterThanOrEqual(length / 2 - 3);
    expect(regexSize(pattern)).toBeLessThanOrEqual(3 * length + 25);
  });
});
