import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { playbooksCommand } from "./content-check.ts";

const rule = (id: string, note: string, more = "") => `[rule]
rule_id = "${id}"
name = "Rule ${id}"
severity = "low"
risk_score = 21
type = "eql"
language = "eql"
query = "process where true"
note = """${note}"""
${more}`;

const guide = `## Triage and analysis

### Possible investigation steps

- Is it known? $investigate_0
- Is it rare? $investigate_7
  - !{investigate{"label":"broken"
`;

const query = `[[transform.investigate]]
label = "Around it"
providers = [[{ field = "host.id", value = "{{host.id}}" }]]`;

describe("stemma playbooks check", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-check-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function check(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    let out = "";
    const terminal = {
      out: (text: string) => {
        out += text;
      },
      err: () => undefined,
      width: undefined,
      progressWidth: undefined,
    };
    const code = await playbooksCommand.run(["check", folder, ...args], {
      terminal,
      environment: {},
      directory: folder,
      stop: new AbortController().signal,
      stdin: (async function* () {})(),
      lines: () => () => undefined,
    });
    return { code, out };
  }

  it("reports what each guide of a rule became, with places, and what gave nothing and why", async () => {
    const { code, out } = await check(
      { "a.toml": rule("a", guide, query), "b.toml": rule("b", "Nothing to do."), "c.toml": rule("c", "") },
      "--json",
    );
    const report = JSON.parse(out);
    expect(code).toBe(0);
    expect(report.totals).toMatchObject({
      guides: 2,
      guidesWithSteps: 1,
      percentWithSteps: 50,
      queries: 2,
      queriesThatCompile: 1,
      osquery: 0,
      unresolved: 1,
    });
    expect(report.guides).toMatchObject([
      { file: "a.toml", kind: "guide", steps: 2, queries: 1, unresolved: ["$investigate_7"] },
    ]);
    expect(report.guides[0].warnings.map(({ code: name, at }: { code: string; at: object }) => [name, at])).toEqual([
      ["playbook.unresolved-query", { file: "a.toml", line: 14, column: 15 }],
      ["playbook.block-syntax", { file: "a.toml", line: 15, column: 5 }],
    ]);
    expect(report.nothing).toMatchObject([{ code: "playbook.no-steps", at: { file: "b.toml" } }]);
  });

  it("sums up guides in its text, and names each warning and each failed file", async () => {
    const { code, out } = await check({
      "a.toml": rule("a", guide, query),
      "page.md": "### Investigating Rule a\n#### Possible investigation steps\n- Look.\n",
      "other.yaml": "a: 1",
    });
    expect(code).toBe(1);
    expect(out).toContain("Rule a (1): 1 steps, 0 queries, 0 checks [page]");
    expect(out).toContain("1 guides of rules: 1 with steps (100 %)");
    expect(out).toContain("2 queries, 1 of them can be run");
    expect(out).toMatch(/warning: a\.toml, line 14, column 15: \$investigate_7 names no query/);
    expect(out).toMatch(/failed: other\.yaml.*neither/);
    expect(out).not.toContain("a.toml, line 1:");
  });

  it("counts the searches of Security Onion, those that run and those that do not", async () => {
    const search = (source: string) =>
      `logsource: { category: ${source} }, detection: { selection: { Image: a }, condition: selection }`;
    const question = (source: string) => `  - { question: About ${source}?, query: "{ ${search(source)} }" }\n`;
    const { out } = await check(
      { "so.yaml": `name: Odd\ndetection_id: a\nquestions:\n${question("process_creation")}${question("pigeon")}` },
      "--json",
    );
    const report = JSON.parse(out);
    expect(report.totals).toMatchObject({ playbooks: 1, queries: 2, queriesThatCompile: 1 });
    expect(report.playbooks[0].warnings).toMatchObject([{ code: "playbook.invalid-query", at: { line: 5 } }]);
  });

  it("fails for a folder with nothing to use, and says so", async () => {
    const { code, out } = await check({ "rule.toml": rule("c", "") });
    expect(code).toBe(1);
    expect(out).toContain(`nothing to use: ${folder}`);
  });
});
