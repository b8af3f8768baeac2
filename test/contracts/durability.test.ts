import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { always } from "../../server/condition/tree.ts";
import { connect } from "../../server/store/sqlite/connection.ts";
import { acquireLock } from "../../server/store/sqlite/lock.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";

const child = join(import.meta.dirname, "endless-ingest.ts");

describe("the SQLite file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-durable-"));
    path = join(folder, "stemma.db");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs an ingest in another process. `shouldKill` is called after each acknowledged batch. */
  async function run(batches: number, shouldKill: (acknowledged: number) => boolean): Promise<{ lines: string[] }> {
    const ingesting = spawn(process.execPath, [child, path, String(batches)], { stdio: ["ignore", "pipe", "inherit"] });
    const closed = new Promise((resolve) => ingesting.once("close", resolve));
    const lines: string[] = [];
    for await (const line of createInterface({ input: ingesting.stdout })) {
      lines.push(line);
      if (shouldKill(lines.length)) {
        ingesting.kill("SIGKILL");
      }
    }
    await closed;
    return { lines };
  }

  it("neither loses nor doubles anything when an ingest is killed, which then continues where it stopped", async () => {
    const { lines } = await run(50, (acknowledged) => acknowledged === 2);
    const acknowledged = Number(lines.at(-1));
    expect(acknowledged).toBeGreaterThanOrEqual(8_000);
    expect(acknowledged).toBeLessThan(200_000);

    const opened = await openSqliteStore(path);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const store = opened.value;
    const stored = await store.events.count();
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    const found = await store.events.find({ condition: always, limit: stored, order: "oldest-first" });
    expect(new Set(found.events.map((event) => event.id)).size).toBe(stored);
    expect((await store.lineage.counts()).processes).toBeGreaterThanOrEqual(stored);
    // Each marked event raises an alert, and another one together with the previous marked event.
    const alerts = (events: number) => 2 * Math.ceil(events / 1_000) - 1;
    expect((await store.alerts.find({ limit: 1 })).total).toBe(alerts(stored));
    expect((await store.ingests.page({ limit: 1 })).items[0]?.state).toBe("interrupted");
    await store.close();

    const batches = Math.ceil(stored / 4_000) + 1;
    const again = await run(batches, () => false);
    const summary = JSON.parse(again.lines.at(-1)?.slice("done ".length) ?? "{}");
    expect(summary).toMatchObject({ state: "done", duplicates: stored, events: batches * 4_000 - stored });
    expect(summary.alerts).toBe(alerts(batches * 4_000) - alerts(stored));
  });

  it("is not opened if it is not a database, not a Stemma database, or of a newer version", async () => {
    writeFileSync(path, "not a database at all, but long enough to look like one ".repeat(20));
    expect(await openSqliteStore(path)).toMatchObject({
      ok: false,
      error: { code: "store.not-a-database", at: { file: path } },
    });

    const foreign = join(folder, "foreign.db");
    const connection = connect(foreign, { readOnly: false, busyTimeout: 0 });
    connection.execute("CREATE TABLE other (x)");
    connection.close();
    expect(await openSqliteStore(foreign)).toMatchObject({ ok: false, error: { code: "store.foreign" } });

    const newer = join(folder, "newer.db");
    const opened = await openSqliteStore(newer);
    expect(opened.ok).toBe(true);
    if (opened.ok) {
      await opened.value.close();
    }
    const tampered = connect(newer, { readOnly: false, busyTimeout: 0 });
    tampered.execute("PRAGMA user_version = 9999");
    tampered.close();
    expect(await openSqliteStore(newer)).toMatchObject({ ok: false, error: { code: "store.newer-schema" } });
    expect(await openSqliteStore(newer, { readOnly: true })).toMatchObject({
      ok: false,
      error: { code: "store.newer-schema" },
    });
  });

  it("can be opened read-only during a write, but must exist", async () => {
    expect(await openSqliteStore(path, { readOnly: true })).toMatchObject({
      ok: false,
      error: { code: "store.not-found" },
    });
    const writing = await openSqliteStore(path);
    const reading = await openSqliteStore(path, { readOnly: true });
    if (!writing.ok || !reading.ok) {
      throw new Error("the file could not be opened");
    }
    await writing.value.write(async () => {
      expect(await reading.value.events.count()).toBe(0);
    });
    await expect(reading.value.write(async () => {})).rejects.toThrow("read-only");
    await reading.value.close();
    await writing.value.close();
  });

  it("is locked by one server and one ingest at a time", () => {
    const server = acquireLock(path, "server");
    expect(server.ok).toBe(true);
    expect(acquireLock(path, "server")).toMatchObject({
      ok: false,
      error: { code: "store.server-running", at: { file: path } },
    });
    const ingesting = acquireLock(path, "ingest");
    expect(ingesting.ok).toBe(true);
    for (const lock of [server, ingesting]) {
      if (lock.ok) {
        lock.value.release();
      }
    }
    const next = acquireLock(path, "server");
    expect(next.ok).toBe(true);
    if (next.ok) {
      next.value.release();
    }
  });
});
