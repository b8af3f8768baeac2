import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleDraft, RuleRunRequest, RuleRunView } from "#contracts/rule-draft";
import { loadContent } from "../../server/cli/open.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

const toml = (id: string, version: number, query: string, note = "") =>
  `[rule]\nrule_id = "${id}"\nname = "Rule ${id}"\nversion = ${version}\nseverity = "low"\nrisk_score = 21\ntype = "eql"\nlanguage = "eql"\n${note}query = '''\n${query}\n'''\n`;

const note = "as agreed";

const draft: RuleDraft = {
  language: "eql",
  text: 'process where process.parent.name : "WmiPrvSE.exe"',
  id: "drafted",
  name: "Drafted",
  description: "",
  severity: "low",
  riskScore: 21,
};

describe("the management of rules", () => {
  let api: TestApi;
  let base: string;
  let folder: string;
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), "stemma-manage-"));
    folder = join(base, "rules");
    await mkdir(folder);
    await writeFile(join(folder, "a.toml"), toml("added", 1, 'process where process.name : "cmd.exe"'));
    api = await startApi();
  });
  afterAll(async () => {
    await api.stop();
    await rm(base, { recursive: true });
  });

  const refusal = async (path: string) => {
    const response = await api.send("addRuleFolder", { body: { path, note } });
    expect(response.status).toBe(400);
    return response.body.detail;
  };
  const names = async (query: Parameters<typeof api.get<"rules">>[1]) =>
    (await api.get("rules", query)).items.map(({ id }) => id);
  const run = async (what: RuleRunRequest["what"]): Promise<RuleRunView> => {
    const { id } = await api.get("startRuleRun", { body: { what } });
    for (;;) {
      const view = await api.get("ruleRun", { params: { id } });
      if (view.state !== "running") {
        return view;
      }
    }
  };

  it("refuses what is not a folder, with the reason", async () => {
    const file = join(folder, "a.toml");
    expect(await refusal("rules")).toContain("absolute");
    expect(await refusal("/")).toContain("file system root");
    expect(await refusal(join(base, "missing"))).toContain("cannot read the folder");
    expect(await refusal(file)).toContain("cannot read the folder");
    expect(await refusal(join(first(api.config.ruleFolders.map(String)), "elastic"))).toContain("overlap");
    const configured = await api.send("removeRuleFolder", {
      body: { path: first(api.config.ruleFolders.map(String)), note },
    });
    expect([configured.status, configured.body.detail]).toEqual([
      400,
      expect.stringContaining("when the server was started"),
    ]);
  });

  it("loads an added folder in this process and in others until it is removed", async () => {
    const { folders } = await api.get("addRuleFolder", { body: { path: folder, note } });
    expect(folders.at(-1)).toMatchObject({
      path: folder,
      origin: "added",
      files: 1,
      rules: 1,
      failed: 0,
      writable: true,
    });
    expect(await names({ query: { folder: [folder] } })).toEqual(["added"]);
    const elsewhere = await loadContent(api.config, api.workbench.store);
    expect(elsewhere.detector.rules.map(({ id }) => id)).toContain("added");
    expect(await refusal(folder)).toContain("already loaded");
  });

  it("turns a rule off for every process on the store, with an audit record", async () => {
    const held = api.workbench.rules.current.detector;
    await api.get("setRuleEnabled", { params: { id: "added" }, body: { enabled: false, note: "too loud" } });
    expect(api.workbench.rules.current.detector.rules.map(({ id }) => id)).not.toContain("added");
    // Users of the previous detector keep it.
    expect(held.rules.map(({ id }) => id)).toContain("added");
    const elsewhere = await loadContent(api.config, api.workbench.store);
    expect(elsewhere.detector.rules.map(({ id }) => id)).not.toContain("added");
    expect(await names({ query: { state: ["turned off"] } })).toEqual(["added"]);
    expect((await api.get("rule", { params: { id: "added" } })).enabled).toBe(false);
    const trail = await api.get("audit", { query: { kind: "rule", id: "added" } });
    expect(trail.items.map(({ action, actor, after }) => [action, actor, after])).toEqual([
      ["rule.disable", "lena", { enabled: false, note: "too loud" }],
    ]);
    await api.get("setRuleEnabled", { params: { id: "added" }, body: { enabled: true, note } });
    expect((await api.send("setRuleEnabled", { params: { id: "nobody" }, body: { enabled: true, note } })).status).toBe(
      404,
    );
  });

  it("keeps every loaded version of a rule and compares two by text, structure and hits", async () => {
    await writeFile(
      join(folder, "b.toml"),
      toml("guided", 1, "process where false", "note = '''\n## Triage and analysis\n\nThis happens on Mondays.\n'''\n"),
    );
    await writeFile(join(folder, "a.toml"), toml("added", 2, 'process where process.name : "powershell.exe"'));
    await api.get("reloadRules", { body: {} });
    const { versions } = await api.get("rule", { params: { id: "added" } });
    expect(versions.map(({ version, state }) => [version, state])).toEqual([
      ["2", "active"],
      ["1", "earlier"],
    ]);
    const [right, left] = versions;
    if (left === undefined || right === undefined) {
      throw new Error("two versions were expected");
    }
    const sides = { leftRule: "added", left: left.hash, rightRule: "added", right: right.hash };
    const comparison = await api.get("ruleComparison", { query: sides });
    expect(comparison.text.filter(({ side }) => side !== "both").map(({ line }) => line)).toEqual([
      "version = 1",
      "version = 2",
      'process where process.name : "cmd.exe"',
      'process where process.name : "powershell.exe"',
    ]);
    expect(comparison.predicates).toContainEqual({ side: "left", item: 'process.name : "cmd.exe"' });
    expect(comparison.predicates).toContainEqual({ side: "right", item: 'process.name : "powershell.exe"' });
    const compared = await run({
      kind: "versions",
      left: { ruleId: "added", hash: left.hash },
      right: { ruleId: "added", hash: right.hash },
    });
    const [one, other] = compared.rules;
    expect(compared).toMatchObject({ state: "done", exact: true });
    expect([one?.hits, other?.hits].every((hits) => (hits ?? 0) > 0)).toBe(true);
    expect(compared.comparison).toMatchObject({
      both: 0,
      onlyLeft: { total: one?.hits },
      onlyRight: { total: other?.hits },
    });
    expect(compared.comparison?.onlyLeft.listed.every(({ process }) => process === "cmd.exe")).toBe(true);
    expect((await api.send("ruleComparison", { query: { ...sides, left: "unknown" } })).status).toBe(404);
  });

  it("lists rules by page, order and filter with exact totals", async () => {
    const all = await api.get("rules");
    expect(all.total).toBe(all.loaded);
    expect(all.items).toHaveLength(all.loaded);
    const byName = await api.get("rules", { query: { sort: "name", ascending: true, limit: 2 } });
    const further = { sort: "name", ascending: true, limit: 3, cursor: byName.next } as const;
    const sorted = all.items.map(({ name }) => name).toSorted();
    expect((await api.get("rules", { query: further })).items.map(({ name }) => name)).toEqual(sorted.slice(2, 5));
    expect((await api.send("rules", { query: { ...further, sort: "risk" } })).body.code).toBe("request.invalid-cursor");
    expect(byName.total).toBe(all.total);
    const sigma = await api.get("rules", { query: { language: ["sigma"] } });
    expect(sigma.facets.language.find(({ value }) => value === "sigma")?.count).toBe(sigma.total);
    expect(sigma.facets.language.reduce((sum, { count }) => sum + count, 0)).toBe(all.total);
    expect(await names({ query: { text: "WMIC t1047" } })).toContain("f59668de-caa0-4b84-94c1-3a1549e1e798");
    expect(await names({ query: { field: "process.name", value: "powershell.EXE" } })).toContain("added");
    expect((await api.send("rules", { query: { sort: "mood" } as never })).status).toBe(400);
    const { alerts } = first(all.items.filter(({ id }) => id === "12f07955-1674-44f7-86b5-c35da0a6f41a"));
    const counted = await api.workbench.store.alerts.find({
      ruleIds: ["12f07955-1674-44f7-86b5-c35da0a6f41a"],
      limit: 1,
    });
    expect(alerts).toBe(counted.total);
  });

  it("lists the rules with a guide, and says why one yields no playbook", async () => {
    const { items, facets } = await api.get("rules", { query: { guide: ["with guide"] } });
    expect(items.map(({ guidePlaybookId }) => guidePlaybookId)).toEqual(["guide-guided"]);
    expect(facets.guide).toContainEqual({ value: "with guide", count: 1 });
    const { status, body } = await api.send("playbookDetail", { params: { playbook: "guide-guided" } });
    expect([status, body.detail]).toEqual([404, expect.stringContaining('The guide of "Rule guided" has neither')]);
  });

  it.each([
    ["eql", "process where\n  process.name = 1", 2, 16],
    ["kql", "process.name: (a or", 1, 20],
    [
      "sigma",
      "title: t\nlogsource: {product: windows, category: process_creation}\ndetection:\n  a: {Image: x}\n  condition: b\n",
      5,
      14,
    ],
    ["tstats", "| tstats count from datamodel=Endpoint.Processes where Processes.user by x", 1, 71],
  ] as const)("says where a draft in %s is wrong", async (language, text, line, column) => {
    const { problems, file } = await api.get("checkRule", { body: { ...draft, language, text } });
    expect(problems.map(({ at }) => [at?.line, at?.column])).toEqual([[line, column]]);
    expect(file).toBeUndefined();
  });

  it("runs a draft over the stored events without raising alerts", async () => {
    const before = (await api.workbench.store.alerts.find({ limit: 1 })).total;
    const tried = await run({ kind: "draft", draft });
    expect(tried).toMatchObject({ state: "done", exact: true });
    const { hits, listed } = first(tried.rules);
    expect(hits).toBeGreaterThan(0);
    expect(listed).toHaveLength(hits);
    expect((await api.workbench.store.alerts.find({ limit: 1 })).total).toBe(before);
    const wrong = await api.send("startRuleRun", { body: { what: { kind: "draft", draft: { ...draft, text: "x" } } } });
    expect([wrong.status, wrong.body.errors?.[0]?.field]).toEqual([400, "text"]);
  });

  it("saves a draft only as a new plain file in a loaded folder, and loads it", async () => {
    const save = (more: object) =>
      api.send("saveRule", { body: { draft, folder, name: "drafted.toml", note, ...more } as never });
    for (const name of ["../drafted.toml", "/drafted.toml", "sub/drafted.toml", ".hidden.toml", "drafted.sh"]) {
      expect([name, (await save({ name })).status]).toEqual([name, 400]);
    }
    expect((await save({ name: "drafted.yml" })).body.detail).toContain("a file name like drafted.toml");
    expect((await save({ folder: base })).body.detail).toContain("is not a rule folder");
    const outside = join(base, "outside.toml");
    await symlink(outside, join(folder, "link.toml"));
    expect((await save({ name: "link.toml" })).status).toBe(409);
    expect((await save({})).body).toEqual({ file: join(folder, "drafted.toml"), ruleId: "drafted" });
    expect(await readFile(join(folder, "drafted.toml"), "utf8")).toContain(draft.text);
    expect((await api.get("rule", { params: { id: "drafted" } })).query).toBe(draft.text);
    expect((await save({})).status).toBe(409);
    const next = { ...draft, text: "process where true" };
    expect((await save({ draft: next, replace: true })).status).toBe(200);
    // A symbolic link is neither followed nor replaced.
    const link = await save({ draft: next, name: "link.toml", replace: true });
    expect([link.status, link.body.code]).toEqual([409, "rule-file.not-a-rule"]);
    await expect(readFile(outside, "utf8")).rejects.toThrow("ENOENT");
    const trail = await api.get("audit", { query: { kind: "rule", id: "drafted" } });
    expect(trail.items.map(({ action }) => action)).toContain("rule.save");
  });

  it("reports what each rule is worth, and why", async () => {
    const report = await api.get("ruleReport");
    const finding = new Map(report.rules.map((rule) => [rule.id, rule]));
    expect(report.totals.reduce((sum, { count }) => sum + count, 0)).toBe(report.rules.length);
    expect(finding.get("12f07955-1674-44f7-86b5-c35da0a6f41a")).toMatchObject({ finding: "fires" });
    expect(finding.get("added")).toMatchObject({ finding: "silent", alerts: 0 });
    await writeFile(join(folder, "z.toml"), toml("ml", 1, "any where true").replace('type = "eql"', 'type = "esql"'));
    await writeFile(join(folder, "y.toml"), toml("cloud", 1, 'process where cloud.provider == "x"'));
    await api.get("reloadRules", { body: {} });
    const after = new Map((await api.get("ruleReport")).rules.map((rule) => [rule.id, rule]));
    const refusal = { reason: expect.stringContaining("esql"), source: "z.toml", at: { line: 7, column: 1 } };
    expect(after.get("ml")).toMatchObject({ finding: "not evaluable", ...refusal });
    expect(await api.get("rule", { params: { id: "ml" } })).toMatchObject({ evaluable: false, ...refusal });
    expect((await api.get("ruleFolders")).issues.items).toContainEqual(
      expect.objectContaining({ state: "not evaluable", at: expect.objectContaining({ line: 7, column: 1 }) }),
    );
    expect(after.get("cloud")).toMatchObject({
      finding: "no source",
      lack: { kind: "mapping", what: "field", names: ["cloud.provider"] },
    });
  });

  it("names the place in a draft that cannot be evaluated", async () => {
    const text = "| tstats count from datamodel=Endpoint.Processes by Processes.user\n| lookup a b";
    expect(await api.get("checkRule", { body: { ...draft, language: "tstats", text } })).toMatchObject({
      problems: [],
      evaluable: false,
      reason: "the command lookup after tstats is not supported",
      at: { line: 2, column: 3 },
    });
  });

  it("reports what was evicted from full memory, with the rule and in the report", async () => {
    const value = JSON.stringify({ count: 3, last: Date.parse("2026-03-04T05:06:07Z") });
    await api.workbench.store.write(({ engineState }) => engineState.save("evictions", [{ name: "added", value }]));
    const evictions = {
      count: 3,
      last: "2026-03-04T05:06:07.000Z",
      sentence: expect.stringContaining("evicted 3 times, last on 2026-03-04 at 05:06 UTC"),
    };
    expect(await api.get("rule", { params: { id: "added" } })).toMatchObject({ evictions });
    const { rules } = await api.get("ruleReport");
    expect(rules.filter((rule) => rule.evictions !== undefined)).toMatchObject([{ id: "added", evictions }]);
  });

  it("removes a folder with its rules", async () => {
    const { folders } = await api.get("removeRuleFolder", { body: { path: folder, note } });
    expect(folders.map(({ path }) => path)).not.toContain(folder);
    expect((await api.send("rule", { params: { id: "added" } })).status).toBe(404);
    const trail = await api.get("audit", { query: { kind: "rule-folder" } });
    expect(trail.items.map(({ action }) => action)).toEqual(["rules.remove-folder", "rules.add-folder"]);
  });
});

describe("a missing rule folder", () => {
  it("is reported, and the server starts", async () => {
    const api = await startApi({ STEMMA_SHIPPED: "off", STEMMA_RULES: join(tmpdir(), "stemma-no-such-folder") });
    const { folders, issues } = await api.get("ruleFolders");
    expect(folders).toMatchObject([{ files: 0, rules: 0, problem: expect.stringContaining("ENOENT") }]);
    expect(issues.items).toMatchObject([{ state: "failed" }]);
    expect(await api.get("rules")).toMatchObject({ items: [], loaded: 0 });
    await api.stop();
  });
});
