import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Batch, type BatchRequest, isUnended } from "#contracts/batch";
import { checkWhole } from "../../server/cli/check.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { damage } from "../factories/damage.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

describe("a damaged batch", () => {
  let api: TestApi;
  let ids: string[];
  let closed: Batch;
  beforeAll(async () => {
    api = await startApi();
    const { items } = await api.get("queue", { query: { group: "none", limit: 2 } });
    ids = items.flatMap(({ alerts }) => alerts.map(({ id }) => id));
  });
  afterAll(() => api.stop());

  const ended = async (id: string): Promise<Batch> => {
    for (;;) {
      const batch = await api.get("batch", { params: { id } });
      if (!isUnended(batch)) {
        return batch;
      }
      await setTimeout(20);
    }
  };
  const run = async (action: BatchRequest["action"]) => {
    const body = { action, of: [{ kind: "alerts" as const, ids }], scope: "alerts" as const };
    return ended((await api.get("startBatch", { body })).id);
  };
  const undo = async () => ended((await api.get("undoBatch", { params: { id: closed.id }, body: {} })).id);
  const resume = async (id: string) => ended((await api.get("resumeBatch", { params: { id }, body: {} })).id);
  const ofClosed = () => `batch = '${closed.id}'`;
  const statuses = () => Promise.all(ids.map(async (id) => (await api.get("alert", { params: { id } })).status));
  const findings = async () => {
    const opened = await openSqliteStore(api.config.store, { readOnly: true });
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const check = await checkWhole(opened.value, {
      ...{ onProgress: () => undefined, signal: new AbortController().signal, noted: [] },
    });
    await opened.value.close();
    return check.findings.map(({ message }) => message);
  };

  beforeEach(async () => {
    await run({ kind: "reopen", note: "" });
    closed = await run({ kind: "close", reason: "benign", note: "", override: "The vendor confirmed it." });
    expect(closed).toMatchObject({ state: "done", changed: { alerts: 2 } });
  });

  it("in a part ends its undo as interrupted, with the damage by name; repaired, the undo is resumed", async () => {
    const repair = damage(api.config.store, { table: "batch_parts", name: "body" }, "cut", ofClosed());
    const undone = await undo();
    const found = await findings();
    repair();
    expect(undone).toMatchObject({
      state: "interrupted",
      changed: { alerts: 0 },
      problem: {
        code: "store.damaged",
        message: expect.stringContaining(`the part of a batch "${closed.id}" is damaged in the store`),
      },
    });
    expect(found).toEqual([expect.stringContaining(`the part of a batch "${closed.id}" is damaged`)]);
    expect(await statuses()).toEqual(["closed", "closed"]);
    expect(await resume(undone.id)).toMatchObject({ state: "done", changed: { alerts: 2 } });
    expect(await statuses()).toEqual(["open", "open"]);
    expect(await findings()).toEqual([]);
  });

  it("whose part is missing, or that of another one, is not undone as if nothing had been changed", async () => {
    const database = new DatabaseSync(api.config.store, { timeout: 5_000 });
    database.exec(`UPDATE batch_parts SET number = 7 WHERE ${ofClosed()}`);
    const missing = await undo();
    database.exec(`UPDATE batch_parts SET number = 0 WHERE ${ofClosed()}`);
    database.exec(`UPDATE batch_parts SET body = json_set(body, '$.batch', 'another') WHERE ${ofClosed()}`);
    const another = await resume(missing.id);
    const found = await findings();
    database.exec(`UPDATE batch_parts SET body = json_set(body, '$.batch', batch) WHERE ${ofClosed()}`);
    database.close();
    const named = `the part of a batch "${closed.id}" is damaged in the store:`;
    expect(missing).toMatchObject({
      state: "interrupted",
      problem: { code: "store.damaged", message: `${named} number 0 is missing` },
    });
    expect(another).toMatchObject({
      state: "interrupted",
      problem: { code: "store.damaged", message: `${named} its row names another one` },
    });
    expect(found).toEqual([`${named} its row names another one`]);
    expect(await resume(missing.id)).toMatchObject({ state: "done", changed: { alerts: 2 } });
  });

  it("that lacks a part, or whose columns differ from it, is found by the check", async () => {
    const database = new DatabaseSync(api.config.store, { timeout: 5_000 });
    database.exec(`CREATE TEMP TABLE kept AS SELECT * FROM batch_parts WHERE ${ofClosed()}`);
    database.exec(`DELETE FROM batch_parts WHERE ${ofClosed()}`);
    const missing = await findings();
    database.exec("INSERT INTO batch_parts SELECT * FROM kept");
    database.exec(`UPDATE batches SET ended = 0 WHERE id = '${closed.id}'`);
    const columns = await findings();
    database.exec(`UPDATE batches SET ended = 1 WHERE id = '${closed.id}'`);
    database.close();
    expect(missing).toEqual([expect.stringContaining(`parts of batches`)]);
    expect(columns).toEqual([expect.stringContaining(`columns of batches`)]);
    expect(await findings()).toEqual([]);
  });

  it("in what it left takes only that out of the list, which says so", async () => {
    const again = await run({ kind: "close", reason: "benign", note: "", override: "The vendor confirmed it." });
    const list = { params: { id: again.id } };
    const where = `batch = '${again.id}'`;
    const repair = damage(api.config.store, { table: "batch_left", name: "body" }, "garbage", where);
    const lacking = await api.get("batchLeft", list);
    repair();
    expect(lacking).toMatchObject({
      items: [],
      total: 2,
      unreadable: { count: 1, problems: [{ code: "store.damaged" }] },
    });
    const whole = await api.get("batchLeft", list);
    expect(whole.unreadable).toBeUndefined();
    expect(whole.items.map(({ alert }) => alert).toSorted()).toEqual(ids.toSorted());
    expect(first(whole.items)).toMatchObject({ code: "workflow.same-status", now: { status: "closed" } });
  });

  it("does not keep a server from starting, and is missing in the list by name", async () => {
    const copy = `${api.config.store}.copy`;
    const original = new DatabaseSync(api.config.store, { readOnly: true });
    await backup(original, copy);
    original.close();
    const database = new DatabaseSync(copy);
    database.exec(`UPDATE batches SET ended = 0, body = '{' WHERE id = '${closed.id}'`);
    database.close();
    const fresh = await startApi({ STEMMA_STORE: copy });
    const list = await fresh.get("batches");
    expect(list.unreadable).toMatchObject({
      count: 1,
      problems: [{ message: expect.stringContaining(`the batch "${closed.id}" is damaged in the store`) }],
    });
    const one = await fresh.send("batch", { params: { id: closed.id } });
    expect([one.status, one.body.code]).toEqual([503, "store.damaged"]);
    const undone = await fresh.send("undoBatch", { params: { id: closed.id }, body: {} });
    await fresh.stop();
    expect([undone.status, undone.body.code]).toEqual([503, "store.damaged"]);
  });
});
