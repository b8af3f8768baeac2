import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleCheck } from "#contracts/bundle";
import { incidentKey } from "../../server/alert/incident-key.ts";
import { bundleCommand } from "../../server/cli/bundle.ts";
import type { Command } from "../../server/cli/command.ts";
import { incidentCommand } from "../../server/cli/incident.ts";
import { verifyCommand } from "../../server/cli/verify.ts";
import { commentOnIncident } from "../../server/triage/incident/work.ts";
import { noon, openWorkbenchStore } from "../factories/workbench-store.ts";
import { first } from "./workbench.ts";

let folder: string;
let db: string;
let key: string;
let alertId: string;
let closeStore = async () => {};

/** Runs a command in this process, from the folder. */
async function run(command: Command, ...args: readonly string[]) {
  const output = { out: "", err: "" };
  const code = await command.run(args, {
    terminal: {
      out: (text) => (output.out += text),
      err: (text) => (output.err += text),
      width: undefined,
      progressWidth: undefined,
    },
    environment: { STEMMA_ANALYST: "robin" },
    directory: folder,
    stop: new AbortController().signal,
    stdin: (async function* () {})(),
    lines: () => () => undefined,
  });
  return { code, ...output };
}

const checksOf = (out: string) => bundleCheck.array().parse(JSON.parse(out).checks);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-bundle-commands-"));
  const workbench = await openWorkbenchStore();
  await workbench.take({ sampleAt: noon });
  const { store } = workbench;
  const { items } = await store.alerts.find({ buildingBlock: false, limit: 500 });
  const incidents = [...Map.groupBy(items, incidentKey)].toSorted((a, b) => b[1].length - a[1].length);
  const [largest, alerts] = first(incidents);
  key = largest;
  alertId = first(alerts).id;
  await commentOnIncident(store, { key, actor: { name: "lena" }, at: noon, newId: () => "i1" }, "taken over");
  db = workbench.file;
  closeStore = () => workbench.close();
});
afterAll(async () => {
  await closeStore();
  await rm(folder, { recursive: true });
});

describe("stemma bundle and stemma verify", () => {
  it("write a page and its JSON for their owner alone, and find nothing wrong with either", async () => {
    const written = await run(bundleCommand, key, "-o", "out.html", "--db", db, "--json");
    expect(written).toMatchObject({ code: 0 });
    const report = JSON.parse(written.out);
    expect(report).toMatchObject({
      incident: key,
      counts: { alerts: 33 },
      omitted: [],
      html: join(folder, "out.html"),
    });
    for (const name of ["out.html", "out.json"]) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      const verified = await run(verifyCommand, name, "--json");
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.out)).toMatchObject({ ok: true, sha256: report.sha256, made: { by: "robin" } });
    }
    const compared = await run(verifyCommand, "out.json", "--db", db, "--json");
    expect([compared.code, checksOf(compared.out).at(-1)]).toMatchObject([0, { name: "store", state: "ok" }]);
    const { head } = report.trail;
    const noted = await run(verifyCommand, "out.html", "--audit-head", `${head.sequence}:${head.hash}`);
    expect(noted).toMatchObject({ code: 0, out: expect.stringContaining("is the noted one") });
    expect(noted.out).toContain("does not show who made it");
  });

  it("name the incident by one of its alerts, and the files by its title in a folder", async () => {
    const written = await run(bundleCommand, alertId, "--db", db, "--json");
    expect(JSON.parse(written.out)).toMatchObject({ incident: key });
    const names = (await readdir(folder)).filter((name) => name.startsWith("bundle-"));
    expect(names.map((name) => name.replace(/^.*\./, ""))).toEqual(["html", "json"]);
  });

  it("do not replace files unasked, and leave nothing behind where they cannot write", async () => {
    await writeFile(join(folder, "kept.json"), "mine");
    const refused = await run(bundleCommand, key, "-o", "kept.html", "--db", db);
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--force") });
    expect(await readFile(join(folder, "kept.json"), "utf8")).toBe("mine");
    expect(await run(bundleCommand, key, "-o", "kept.html", "--db", db, "--force")).toMatchObject({ code: 0 });
    expect(await run(bundleCommand, key, "-o", "no/such/folder.html", "--db", db)).toMatchObject({ code: 2, out: "" });
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("say where a file was changed, with exit code 1", async () => {
    await run(bundleCommand, key, "-o", "changed.html", "--db", db, "--force");
    const page = await readFile(join(folder, "changed.html"), "utf8");
    await writeFile(join(folder, "changed.html"), page.replace("taken over", "all is well"));
    const { code, out } = await run(verifyCommand, "changed.html");
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED +page .*all is well.*in summary/);
    expect(out).toContain("CHANGED");
  });

  it("tell wrong usage from a file that fails", async () => {
    expect((await run(verifyCommand)).code).toBe(2);
    expect((await run(verifyCommand, "out.html", "--audit-head", "seven")).code).toBe(2);
    const missing = await run(verifyCommand, "not-there.html");
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("not-there.html") });
    await writeFile(join(folder, "other.html"), "<p>hello</p>");
    expect(await run(verifyCommand, "other.html")).toMatchObject({
      code: 1,
      out: expect.stringContaining("not a bundle"),
    });
    expect(await run(bundleCommand, "none", "--db", db)).toMatchObject({ code: 2, out: "" });
  });
});

describe("stemma incident", () => {
  it("shows status, verdict, what is left to answer, alerts and history", async () => {
    const { code, out } = await run(incidentCommand, alertId, "--db", db);
    expect(code).toBe(0);
    for (const part of [key, "33 open", "undetermined", "Left to answer", "lena: taken over"]) {
      expect(out).toContain(part);
    }
    expect(out).toMatch(/33 of 33/);
  });

  it("has the same as one JSON value, with so many alerts as asked", async () => {
    const { out } = await run(incidentCommand, key, "--db", db, "--limit", "5", "--json");
    const { incident, questions } = JSON.parse(out);
    expect(incident).toMatchObject({ key, status: "open", total: 33 });
    expect(incident.items).toHaveLength(5);
    expect(questions.verdict).toMatchObject({ outcome: "undetermined" });
  });

  it("says that there is none", async () => {
    expect(await run(incidentCommand, "none", "--db", db)).toMatchObject({ code: 2, out: "" });
  });
});
