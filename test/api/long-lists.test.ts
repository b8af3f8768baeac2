import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HuntRequest } from "#contracts/hunt";
import { loadRules } from "../../server/detection/rule-files/load.ts";
import { startApi, type TestApi } from "./workbench.ts";

const values = [...Array.from({ length: 10_000 }, (_, index) => `value${index}`), "cmd.exe"];
const indented = (lines: readonly string[]) => lines.map((line) => `      ${line}`).join("\n");
const sigma = (selection: string) => `title: Long list
id: 5b0a3c5e-0000-4000-8000-000000000001
status: test
level: low
logsource: {product: windows, category: process_creation}
detection:
  selection:
${selection}
  condition: selection`;

const queries: readonly (readonly [string, Pick<HuntRequest, "language" | "query">])[] = [
  ["EQL in", { language: "eql", query: `any where process.name in (${values.map((one) => `"${one}"`).join(", ")})` }],
  ["EQL :", { language: "eql", query: `any where process.name : (${values.map((one) => `"${one}*"`).join(", ")})` }],
  ["EQL or", { language: "eql", query: `any where ${values.map((one) => `process.name == "${one}"`).join(" or ")}` }],
  ["KQL list", { language: "kql", query: `process.name: (${values.join(" or ")})` }],
  ["KQL or", { language: "kql", query: values.map((one) => `process.name: ${one}`).join(" or ") }],
  [
    "Sigma list",
    { language: "sigma", query: sigma(`    Image|endswith:\n${indented(values.map((one) => `- '\\${one}'`))}`) },
  ],
  ["Sigma maps", { language: "sigma", query: sigma(indented(values.map((one) => `- Image|endswith: '\\${one}'`))) }],
  [
    "tstats IN",
    {
      language: "tstats",
      query: `| tstats count from datamodel=Endpoint.Processes where Processes.process_name IN (${values.join(", ")}) by Processes.dest`,
    },
  ],
  [
    "tstats OR",
    {
      language: "tstats",
      query: `| tstats count from datamodel=Endpoint.Processes where (${values.map((one) => `Processes.process_name=${one}`).join(" OR ")}) by Processes.dest`,
    },
  ],
];

describe("ten thousand terms", () => {
  let api: TestApi;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-long-"));
    api = await startApi();
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  it.each(queries)("%s: find what one of them names", async (_, request) => {
    const one = await api.get("hunt", { body: { language: "eql", query: 'any where process.name == "cmd.exe"' } });
    const many = await api.get("hunt", { body: request });
    expect(many.total).toBeGreaterThan(0);
    expect(many.total).toBeLessThanOrEqual(one.total);
  });

  it("can be the value list of an exception", async () => {
    const { items } = await api.get("rules", {});
    const [rule] = items;
    const entries = [
      { type: "match_any", field: "process.name", values, operator: "included", case: "insensitive" },
    ] as const;
    const draft = {
      name: "Long",
      ruleIds: [rule?.id ?? ""],
      entries: entries.map((entry) => ({ ...entry, values: [...entry.values] })),
      reason: "a long list",
      mode: "shadow" as const,
    };
    const { status, body } = await api.send("exceptionDryRun", { body: draft });
    expect({ status, detail: body.detail }).toMatchObject({ status: 200 });
  });

  it("can be a rule of a folder", async () => {
    await writeFile(join(folder, "long.yml"), `${queries.find(([name]) => name === "Sigma maps")?.[1].query}\n`);
    const { rules } = await loadRules([folder]);
    expect(rules.map(({ body }) => body.kind)).toEqual(["event"]);
  });
});
