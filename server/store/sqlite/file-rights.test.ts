import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { acquireLock } from "./lock.ts";
import { openSqliteStore } from "./store.ts";

let folder = "";
afterEach(() => rm(folder, { recursive: true }));

it("creates the database and every file beside it for its owner alone", async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-rights-"));
  const file = join(folder, "stemma.db");
  const lock = acquireLock(file, "server");
  const store = await openSqliteStore(file, {});
  if (!store.ok || !lock.ok) {
    throw new Error("not opened");
  }
  await store.value.write(async () => undefined);
  const names = (await readdir(folder)).sort();
  expect(names).toEqual(expect.arrayContaining(["stemma.db", "stemma.db-shm", "stemma.db-wal", "stemma.db.lock"]));
  expect(names).toContain("stemma.db.turn.lock");
  const modes = await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).mode & 0o777]));
  expect(modes).toEqual(names.map((name) => [name, 0o600]));
  await store.value.close();
  lock.value.release();
});
