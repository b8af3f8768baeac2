import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallPlaybook } from "../factories/playbooks.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

let api: TestApi;
let alert: string;
beforeAll(async () => {
  api = await startApi();
  const { items } = await api.get("queue", { query: { group: "none", limit: 1 } as never });
  alert = first(items.flatMap(({ alerts }) => alerts)).id;
});
afterAll(() => api.stop());

const draft = (text: string, more: object = {}) =>
  ({ body: { text, name: "ours.md", folder: api.playbooks, note: "ours", ...more } }) as never;

describe("a playbook that is saved", () => {
  it("is a file in an own folder, in use at once, with an audit record", async () => {
    const text = smallPlaybook("ours");
    expect(await api.get("savePlaybook", draft(text))).toEqual({ id: "ours", file: join(api.playbooks, "ours.md") });
    expect(await readFile(join(api.playbooks, "ours.md"), "utf8")).toBe(text);
    expect((await api.get("playbookDetail", { params: { playbook: "ours" } })).steps).toHaveLength(1);
    const { items } = await api.get("audit", { query: { limit: 1 } as never });
    expect(items).toMatchObject([{ action: "playbook.save", subject: { kind: "playbook", id: "ours" } }]);
  });

  it("does not replace another file unless that is asked for, and keeps the former text", async () => {
    const second = smallPlaybook("ours", "Who installed it?");
    expect((await api.send("savePlaybook", draft(second))).body.code).toBe("playbook-file.exists");
    await api.get("savePlaybook", draft(second, { replace: true }));
    const file = await api.get("playbookFile", { params: { playbook: "ours" } });
    expect(file).toMatchObject({ text: second, writable: true, totalVersions: 2 });
    const former = String(file.versions[1]?.sequence);
    const compared = await api.get("playbookVersion", { params: { playbook: "ours", version: former } });
    expect(compared.text).toBe(smallPlaybook("ours"));
    expect(compared.lines.filter(({ side }) => side !== "both").map(({ side, line }) => `${side} ${line}`)).toEqual([
      "left ### behaviour: What does the service run?",
      "right ### behaviour: Who installed it?",
    ]);
  });

  it("never takes the place of a file that is no playbook", async () => {
    await writeFile(join(api.playbooks, "notes.md"), "# Notes\n");
    const refused = await api.send("savePlaybook", draft(smallPlaybook("x"), { name: "notes.md", replace: true }));
    expect(refused.body.code).toBe("playbook-file.not-a-playbook");
    expect(await readFile(join(api.playbooks, "notes.md"), "utf8")).toBe("# Notes\n");
  });

  it("cannot be put into the shipped folder", async () => {
    const { folders } = await api.get("playbookFolders");
    const shipped = first(folders.filter((one) => one.shipped));
    expect(shipped.writable).toBe(false);
    const refused = await api.send("savePlaybook", draft(smallPlaybook("x"), { folder: shipped.path }));
    expect(refused.body.code).toBe("playbook-file.unknown-folder");
  });
});

describe("the playbook of an alert", () => {
  it("is another one once that was chosen, with who and when, until the rule decides again", async () => {
    const params = { id: alert };
    const before = await api.get("playbook", { params });
    const chosen = await api.get("choosePlaybook", { params, body: { playbook: "ours", scope: "alert" } });
    expect(chosen).toMatchObject({ id: "ours", because: { kind: "chosen", by: "lena" } });
    expect(chosen.alternatives[0]?.id).toBe(before.id);
    expect((await api.get("playbook", { params })).id).toBe("ours");
    expect((await api.get("choosePlaybook", { params, body: {} as never })).id).toBe(before.id);
  });

  it("can be chosen for all alerts of its rule in the incident", async () => {
    const { incidentKey, rule } = await api.get("alert", { params: { id: alert } });
    await api.get("choosePlaybook", { params: { id: alert }, body: { playbook: "ours", scope: "rule" } });
    const { items } = await api.get("incident", { params: { key: incidentKey } });
    for (const one of items.filter((other) => other.rule.id === rule.id)) {
      expect((await api.get("playbook", { params: { id: one.id } })).id).toBe("ours");
    }
    await api.get("choosePlaybook", { params: { id: alert }, body: { scope: "rule" } });
  });

  it("can be tried out without choosing it, also its queries", async () => {
    const params = { playbook: "generic", id: alert };
    const preview = await api.get("playbookPreview", { params });
    const [step] = preview.steps.filter(({ queries }) => queries.length > 0);
    const query = first(step?.queries ?? []).id;
    const run = await api.get("stepQuery", { params: { id: alert, query }, query: { playbook: "generic" } as never });
    expect(run.id).toBe(query);
    expect((await api.get("playbook", { params: { id: alert } })).because.kind).not.toBe("chosen");
  });
});
