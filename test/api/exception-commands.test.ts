import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const launcher = join(import.meta.dirname, "../../server/stemma.js");
const given = join(import.meta.dirname, "../../../shared/cases/41-stopped-exception-brings-nothing-back");
const missing = !existsSync(given);

const draft = {
  ...{ name: "Time zone", reason: "inventory of the platform team", breadthReason: "one host, one account" },
  ...{ ruleIds: ["24869767-8579-485d-9a4f-d9ddfd8f0cac"], mode: "shadow" },
  entries: [
    ["process.executable", "C:\\Windows\\System32\\tzutil.exe"],
    ["process.command_line", "tzutil.exe /g"],
    ["host.name", "srv-90.nord.example"],
    ["user.name", "svc-inv"],
  ].map(([field, value]) => ({ type: "match", field, value, operator: "included", case: "insensitive" })),
};

it.skipIf(missing)(
  `an exception that is stopped gives back what it hid, from the command line${missing ? " (skipped: no ../shared)" : ""}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "stemma-exceptions-"));
    const { STEMMA_STORE: _, ...env } = process.env;
    const stemma = (...args: readonly string[]) =>
      new Promise<{ readonly code: number; readonly out: string }>((resolve) => {
        execFile(process.execPath, [launcher, ...args, "--json"], { cwd: folder, env }, (error, out) =>
          resolve({ code: error === null ? 0 : Number(error.code), out }),
        );
      });
    const value = async (...args: readonly string[]) => JSON.parse((await stemma(...args)).out);
    await writeFile(join(folder, "draft.json"), JSON.stringify(draft));
    await stemma("ingest", join(given, "a.ndjson"));
    expect(await value("exception", "save", "draft.json", "--enforce")).not.toHaveProperty("exception");
    const saved = await value("exception", "save", "draft.json", "--enforce", "--yes");
    expect(saved).toMatchObject({ closed: 1, exception: { mode: "enforced" } });
    const { id } = saved.exception;
    expect(await value("ingest", join(given, "b.ndjson"))).toMatchObject({ alerts: 0, suppressed: 1 });
    expect(await value("exception", "list", "--state", "enforced")).toMatchObject({
      total: 1,
      items: [{ id, hits: 2 }],
    });
    expect((await stemma("exception", "stop", id)).code).toBe(2);
    const stop = ["exception", "stop", id, "--reason", "it hid an attack", "--give-back"] as const;
    expect(await value(...stop)).toMatchObject({ gaveBack: { raised: 1, reopened: 1, left: [] } });
    expect(await value(...stop)).toMatchObject({ gaveBack: { raised: 0, reopened: 0, inQueue: 2 } });
    const alerts: readonly { readonly time: string; readonly status: string }[] = await value("alerts");
    expect(alerts.map(({ time, status }) => [time, status]).sort()).toEqual([
      ["2026-03-10T09:00:05.000Z", "open"],
      ["2026-03-10T10:06:45.000Z", "open"],
    ]);
    expect((await value("exception", "show", id)).versions.items.map((one: { action: string }) => one.action)).toEqual([
      "exception.give-back",
      "exception.give-back",
      "exception.disable",
      "exception.save",
    ]);
    await rm(folder, { recursive: true });
  },
  60_000,
);
