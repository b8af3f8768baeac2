import { spawnSync } from "node:child_process";
import { chmod, chown, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StemmaEvent } from "../../event/event.ts";
import { packEvents } from "../events/packed-events.ts";
import { connect } from "./connection.ts";
import { openSqliteStore } from "./store.ts";

/** Permission bits do not bind root, so that root asks in the name of somebody else. */
const isRoot = process.getuid?.() === 0;
const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};

const event: StemmaEvent = {
  id: "e-1",
  time: 1_700_000_000_000,
  fields: { "host.name": "h" },
  source: { eventId: "e-1", file: "f", time: "2023-11-14T22:13:20.000Z" },
};

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-reading-"));
  file = join(folder, "stemma.db");
  const store = await openSqliteStore(file);
  if (!store.ok) {
    throw new Error(store.error.message);
  }
  await store.value.write(async ({ events }) => events.append([packEvents([{ event, original: {} }])]));
  await store.value.close();
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

/** What a user without rights on the folder gets. */
function asOther(readOnly: boolean): unknown {
  const script = `
    import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, "store.ts"))};
    const opened = await openSqliteStore(${JSON.stringify(file)}, { readOnly: ${readOnly} });
    console.log(JSON.stringify(opened.ok ? await opened.value.events.count() : opened.error.code));`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", ...nobody });
  return child.status === 0 ? JSON.parse(child.stdout) : child.stderr;
}

async function withRights(database: number, around: number): Promise<void> {
  if (isRoot) {
    await chown(folder, 0, 0);
  }
  for (const name of await readdir(folder)) {
    await chmod(join(folder, name), database);
  }
  await chmod(folder, around);
}

describe("a database that the user may only read", () => {
  it("opens for reading in a folder where no file can be created, and leaves none behind", async () => {
    await withRights(0o444, 0o555);
    const before = await readdir(folder);
    expect(asOther(true)).toBe(1);
    expect(await readdir(folder)).toEqual(before);
  });

  it("refuses to be opened for writing, by name", async () => {
    await withRights(0o444, 0o555);
    expect(asOther(false)).toBe("store.read-only");
  });

  it("is read while its owner has it open, the log included", async () => {
    const owner = await openSqliteStore(file);
    if (!owner.ok) {
      throw new Error(owner.error.message);
    }
    const second = { ...event, id: "e-2", source: { ...event.source, eventId: "e-2" } };
    await owner.value.write(async ({ events }) => events.append([packEvents([{ event: second, original: {} }])]));
    await withRights(0o444, 0o555);
    expect(asOther(true)).toBe(2);
    await chmod(folder, 0o700);
    await owner.value.close();
  });

  it("is refused, rather than shown without its last changes, if only its log has them", async () => {
    const owner = connect(file, { readOnly: false, busyTimeout: 0 });
    owner.execute("PRAGMA wal_autocheckpoint = 0; INSERT INTO alert_aliases VALUES ('a', 'b')");
    const copy = join(folder, "copy.db");
    await cp(file, copy);
    await cp(`${file}-wal`, `${copy}-wal`);
    owner.close();
    file = copy;
    await withRights(0o444, 0o555);
    expect(asOther(true)).toBe("store.log-unreadable");
  });

  it("says so if the user may not even read it", async () => {
    await withRights(0o400, 0o755);
    expect(asOther(true)).toBe(isRoot ? "store.unreadable" : 1);
  });
});
