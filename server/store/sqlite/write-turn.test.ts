import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../port.ts";
import { openSqliteStore } from "./store.ts";

let folder: string;
let stores: Store[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-turn-"));
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const opened = await openSqliteStore(join(folder, "turn.db"));
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  stores.push(opened.value);
  return opened.value;
}

/** A write that lasts until it is finished. */
async function longWrite(store: Store) {
  const { promise: gate, resolve: finish } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const done = store.write(async () => {
    begin();
    await gate;
  });
  await begun;
  return async () => {
    finish();
    await done;
  };
}

describe("the turn to write", () => {
  it("goes to those who wait, before a process that writes again and again", async () => {
    const [ingest, server] = [await open(), await open()];
    const order: string[] = [];
    const write = (store: Store, name: string) => store.write(async () => void order.push(name));
    const finish = await longWrite(ingest);
    const answers = [write(server, "first answer"), write(server, "second answer")];
    // Now the server has asked for its turn.
    await setImmediate();
    await finish();
    await write(ingest, "ingest");
    await Promise.all(answers);
    expect(order).toEqual(["first answer", "second answer", "ingest"]);
  });

  it("is not kept by a process whose writes never end", async () => {
    const [busy, waiting] = [await open(), await open()];
    let ended = false;
    const writeForever = async (): Promise<void> => {
      while (!ended) {
        await Promise.all([1, 2, 3].map(() => busy.write(() => setImmediate())));
      }
    };
    const forever = Promise.all([writeForever(), writeForever()]);
    await waiting.write(async () => undefined);
    ended = true;
    await forever;
    expect(ended).toBe(true);
  });

  it("passes on when a write fails", async () => {
    const [one, other] = [await open(), await open()];
    const failing = one.write(async () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await other.write(async () => "done")).toBe("done");
    expect(await one.write(async () => "done")).toBe("done");
  });
});
