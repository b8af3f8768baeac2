import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open as openFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ok } from "../../lib/result.ts";
import { loadRules, readRules } from "./load.ts";

/** Rules made to break a loader: each must be refused with its location and reason, and the others must still run. */

const elastic = (query: string, language = "eql") =>
  `[rule]\nrule_id = "r"\nname = "n"\nseverity = "low"\nrisk_score = 1\ntype = "${language === "eql" ? "eql" : "query"}"\nlanguage = "${language === "eql" ? "eql" : "kuery"}"\nquery = '''\n${query}\n'''\n`;
const kql = (query: string) => elastic(query, "kql");
const sigma = (values: string, condition = "selection") =>
  `title: t\nid: i\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  selection:\n${values}\n  condition: ${condition}\n`;
const splunk = (where: string, tail = "") =>
  `name: n\nid: s\nversion: 1\ntype: TTP\nsearch: '| tstats count from datamodel=Endpoint.Processes where ${where} by Processes.dest${tail}'\n`;
const open = (text: string, end = "") => text.repeat(10_000) + end;
const explosive = "((((a{1,100}){1,100}){1,100}){1,100})";

const failing: Readonly<Record<string, readonly [file: string, text: string, reason: RegExp]>> = {
  "EQL that stops": ["a.toml", elastic("process where process.name =="), /found the end of the query/],
  "EQL of a megabyte": ["a.toml", elastic(`process where a == "${"a".repeat(1_000_000)}"`), /at most 1000000/],
  "EQL in 10,000 parentheses": ["a.toml", elastic(`process where ${open("(")}true${open(")")}`), /levels deep/],
  "EQL with 10,000 nots": ["a.toml", elastic(`process where ${open("not ")}true`), /levels deep/],
  "EQL with 10,000 sums": ["a.toml", elastic(`process where 1${open(" + 1")} == 1`), /operators follow/],
  "EQL with an explosive expression": [
    "a.toml",
    elastic(`process where a regex "${explosive}"`),
    /10000 steps with all/,
  ],
  "EQL with 10,000 stages": [
    "a.toml",
    elastic(`sequence ${"[any where true] with runs=100 ".repeat(100)}`),
    /at most 256/,
  ],
  "KQL that stops": ["a.toml", kql("process.name:(a or"), /found the end of the query/],
  "KQL of a megabyte": ["a.toml", kql(`a:(${"b or ".repeat(250_000)}c)`), /at most 1000000/],
  "KQL in 10,000 parentheses": ["a.toml", kql(`${open("(")}a:b${open(")")}`), /nesting/],
  "KQL with 10,000 nots": ["a.toml", kql(`${open("not ")}a:b`), /nesting/],
  "Sigma that stops": ["a.yml", sigma("    CommandLine: a", "selection and ("), /found the end of the condition/],
  "Sigma in 4,000 parentheses": ["a.yml", sigma("    CommandLine: a", `${"(".repeat(4000)}selection`), /nesting/],
  "tstats that stops": ["a.yml", splunk("(Processes.process=a"), /expected/],
  "tstats of a megabyte": ["a.yml", splunk(`Processes.process IN (${"a,".repeat(500_000)}b)`), /at most 1000000/],
  "tstats in 10,000 parentheses": ["a.yml", splunk(`${open("(")}Processes.process=a`), /levels deep/],
  "tstats with quotes that nothing ends": ["a.yml", splunk(`Processes.process="${open('\\"')}`), /expected/],
  "tstats with an endless macro": ["a.yml", splunk("`endless`"), /expands endlessly/],
  "tstats with a macro that doubles": ["a.yml", splunk("`double11`"), /expand to more than 1000000/],
  "YAML in 100,000 brackets": ["a.yml", `a: ${"[".repeat(100_000)}`, /nests too deep/],
  "YAML with a key twice": ["a.yml", "title: a\ntitle: b\n", /the key title is there twice/],
  "YAML of zeros": ["a.yml", "\0".repeat(1_000_000), /no UTF-8 text/],
  "YAML in UTF-16": ["a.yml", Buffer.from(sigma("    CommandLine: a"), "utf16le").toString("utf8"), /no UTF-8 text/],
  "YAML with aliases of aliases": [
    "a.yml",
    `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
      .split("")
      .map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]}, `.repeat(9)}x]\n`)
      .join("")}`,
    /alias/,
  ],
  "YAML with an alias of nothing": ["a.yml", "title: t\ndetection:\n  a: *nothing\n", /nothing/],
  "YAML in 300 lists": ["a.yml", `a: ${"[".repeat(300)}${"]".repeat(300)}\n`, /nests too deep/],
  "YAML in 10,000 lists": ["a.yml", `${"- ".repeat(10_000)}x\n`, /nests too deep/],
  "TOML with 100,000 keys": [
    "a.toml",
    `[rule]\n${Array.from({ length: 100_000 }, (_, at) => `k${at} = 1\n`).join("")}`,
    /rule_id/,
  ],
  "TOML with 50,000 tables": ["a.toml", "[[rule.a]]\nk = 1\n".repeat(50_000), /rule_id/],
  "TOML with a key of 300,000 parts": ["a.toml", `${"a.".repeat(300_000)}a = 1\n`, /rule: expected object/],
  "Sigma with a condition of a megabyte": [
    "a.yml",
    sigma("    CommandLine: a", "selection or ".repeat(80_000)),
    /at most 10000/,
  ],
  "tstats with a tail in 10,000 parentheses": [
    "a.yml",
    splunk("Processes.process=a", ` | where ${open("(")}len(process) > 3`),
    /levels deep/,
  ],
  "tstats with an endless macro behind it": [
    "a.yml",
    splunk("Processes.process=a", " | search `endless`"),
    /expands endlessly/,
  ],
  "TOML of zeros": ["a.toml", "\0".repeat(1_000_000), /no UTF-8 text/],
  "TOML in 100,000 brackets": ["a.toml", `a = ${"[".repeat(100_000)}`, /nest/],
  "TOML with a key twice": ["a.toml", "[rule]\nname = 'a'\nname = 'b'\n", /./],
  "TOML with a date for an id": [
    "a.toml",
    elastic("any where true").replace('"r"', "1979-05-27T07:32:00Z"),
    /rule.rule_id/,
  ],
  "TOML with no number for a score": ["a.toml", elastic("any where true").replace("= 1", "= nan"), /rule.risk_score/],
};

const notEvaluable: Readonly<Record<string, readonly [text: string, reason: RegExp]>> = {
  "Sigma with 30,000 values": [
    sigma(`    CommandLine|contains:\n${Array.from({ length: 30_000 }, (_, at) => `      - v${at}`).join("\n")}`),
    /more than 20000 values/,
  ],
  "tstats with an explosive expression": [
    splunk("Processes.dest=a", ` | regex Processes.dest="${explosive}"`),
    /10000 steps with all/,
  ],
  "Sigma with an explosive expression": [sigma(`    CommandLine|re: '${explosive}'`), /10000 steps with all/],
};

const macros = [
  "name: endless\ndefinition: '`endless`'\n",
  ...Array.from(
    { length: 12 },
    (_, at) =>
      `name: double${at}\ndefinition: '${at === 0 ? "x".repeat(1000) : `\`double${at - 1}\` \`double${at - 1}\``}'\n`,
  ),
];
const healthy = elastic("any where true").replace('"r"', '"healthy"');

function load(file: string, text: string) {
  const named = (name: string, content: string) => ({ file: name, source: name, text: ok(content) });
  return readRules([
    named(file, text),
    named("healthy.toml", healthy),
    ...macros.map((macro, at) => named(`m${at}.yml`, macro)),
  ]);
}

describe("rules made to break a loader", () => {
  it.each(Object.entries(failing))("%s: is refused with its place, and the others run", (_, [file, text, reason]) => {
    const { files, rules } = load(file, text);
    expect(files[0]).toMatchObject({ file, state: "failed", reason: expect.stringMatching(reason) });
    expect(files[0]?.at).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    expect(rules.map(({ id }) => id)).toEqual(["healthy"]);
  });

  it.each(Object.entries(notEvaluable))("%s: is kept, with the reason why it does not run", (_, [text, reason]) => {
    const { files, rules } = load("a.yml", text);
    expect(files[0]).toMatchObject({
      state: "not evaluable",
      reason: expect.stringMatching(reason),
      at: { line: expect.any(Number), column: expect.any(Number) },
    });
    expect(rules.map(({ body }) => body.kind)).toEqual(["not-evaluable", "event"]);
  });

  it("fifty thousand keys: are read in linear time", () => {
    const keys = Array.from({ length: 50_000 }, (_, at) => `  k${at}: v`).join("\n");
    const { files } = load("a.yml", `title: t\ndetection:\n${keys}\n`);
    expect(files[0]?.state).toBe("failed");
  });
});

describe("files in a rule folder that are not rule files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-hostile-"));
    await mkdir(join(folder, "sub"));
    await mkdir(join(folder, "folder.yml"));
    await writeFile(join(folder, "sub", "healthy.toml"), healthy);
    await symlink(folder, join(folder, "sub", "loop"));
    await symlink(join(folder, "sub", "healthy.toml"), join(folder, "link.toml"));
    await symlink("nowhere", join(folder, "nowhere.yml"));
    await symlink("nowhere", join(folder, "README"));
    await promisify(execFile)("mkfifo", [join(folder, "pipe.yml")]);
    const large = await openFile(join(folder, "large.yml"), "w");
    await large.truncate(2 ** 31);
    await large.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is refused without being opened, and the others run", async () => {
    const { files, rules } = await loadRules([folder]);
    expect(files.map(({ file, state, reason, at }) => [relative(folder, file), state, reason, at?.line])).toEqual([
      ["large.yml", "failed", expect.stringContaining("2147483648 bytes"), 1],
      ["link.toml", "failed", expect.stringContaining("symbolic link"), 1],
      ["nowhere.yml", "failed", expect.stringContaining("symbolic link"), 1],
      ["pipe.yml", "failed", expect.stringContaining("no regular file"), 1],
      ["sub/healthy.toml", "evaluable", undefined, undefined],
      ["sub/loop", "failed", expect.stringContaining("symbolic link"), 1],
    ]);
    expect(rules.map(({ id }) => id)).toEqual(["healthy"]);
  });
});
