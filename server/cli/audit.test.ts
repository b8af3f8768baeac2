import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { acceptTrail } from "./audit.ts";
import { readArguments } from "./command.ts";
import { openStore } from "./open.ts";

describe("accepting a trail", () => {
  let folder = "";
  let file = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-accept-"));
    file = join(folder, "stemma.db");
    const store = await opened();
    for (const id of ["a", "b", "c"]) {
      const entry = { at: 1, actor: { name: "lena" }, action: "alert.assign", subject: { kind: "alert", id } };
      await store.write(({ audit }) => audit.append(entry));
    }
    await store.close();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function opened() {
    const read = readArguments(["--db", file], { settings: ["db"] }, { environment: {}, directory: folder });
    if (!read.ok) throw new Error(read.error[0]?.message);
    const store = await openStore(read.value.config, { readOnly: false });
    if (!store.ok) throw new Error(store.error.message);
    return store.value;
  }

  function edit(sql: string) {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  }

  /** Accepts it, and says how often the trail was read for that. */
  async function accept() {
    const store = await opened();
    const all = vi.spyOn(store.audit, "all");
    const text = { out: "", err: "" };
    const code = await acceptTrail(
      store,
      { reason: "older file", analyst: "lena" },
      {
        out: (more) => (text.out += more),
        err: (more) => (text.err += more),
        width: undefined,
        progressWidth: undefined,
      },
    );
    await store.close();
    return { code, ...text, reads: all.mock.calls.length };
  }

  it("records that it is shorter than noted", async () => {
    edit("DELETE FROM audit WHERE sequence = 3");
    edit("UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit WHERE sequence = 2)");
    expect(await accept()).toEqual({ code: 0, out: expect.stringMatching(/^3:[0-9a-f]{64}\n$/), err: "", reads: 1 });
    expect(await accept()).toMatchObject({ code: 2, err: expect.stringContaining("everything noted") });
  });

  it("refuses one that is broken, and reads it only once for that", async () => {
    edit("UPDATE audit SET body = replace(body, 'lena', 'omar') WHERE sequence = 2");
    const err = expect.stringContaining("broken at record 2");
    expect(await accept()).toEqual({ code: 2, out: "", err, reads: 1 });
  });
});
