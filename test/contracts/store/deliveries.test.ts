import { afterEach, beforeEach, expect, it } from "vitest";
import type { DeliveryRecord } from "../../../server/store/deliveries/port.ts";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const hostile = "</script>\u202e\u0000'; DROP TABLE deliveries; --\n` MATCH (n) DETACH DELETE n";
const hook = "https://chat.example/hook";

function delivery(id: string, given: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return {
    ...{ id, incidentKey: "k", target: hook, at: T0, actor: "lena", note: "", alerts: 1 },
    ...{ state: "waiting", attempts: 0, nextAt: T0, files: [] },
    ...given,
  };
}

describeStores("deliveries", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const put = (...all: readonly DeliveryRecord[]) =>
    store.write(async ({ deliveries }) => {
      for (const one of all) {
        await deliveries.put(one);
      }
    });
  const due = async (target: string | undefined, now: number, limit = 10) =>
    (await store.deliveries.due(target, now, limit)).map(({ id }) => id);

  it("are stored as they were given, with hostile and long values, and replaced by id", async () => {
    const given = delivery("a", {
      ...{ incidentKey: hostile.repeat(30), note: hostile, actor: hostile, body: hostile, reason: hostile },
      ...{ state: "failed", endedAt: T0 + 5, files: [{ name: hostile, sha256: "0" }] },
    });
    await put(delivery("a"), given);
    expect(await store.deliveries.get("a")).toEqual(given);
    expect(await (await test.reopen()).deliveries.get("a")).toEqual(given);
    expect(await store.deliveries.get("b")).toBeUndefined();
    const { items, total } = await store.deliveries.page({ incidentKey: given.incidentKey, limit: 10 });
    expect([items, total]).toEqual([[given], 1]);
  });

  it("are not stored if the write of which they are part fails", async () => {
    const failing = store.write(async ({ deliveries }) => {
      await deliveries.put(delivery("a"));
      expect(await deliveries.get("a")).toBeDefined();
      throw new Error("stopped");
    });
    await expect(failing).rejects.toThrow("stopped");
    expect(await store.deliveries.get("a")).toBeUndefined();
  });

  it("are due for their receiver while they wait, the longest due first", async () => {
    await put(
      delivery("c", { nextAt: T0 + 1 }),
      delivery("b", { nextAt: T0 + 1 }),
      delivery("d", { nextAt: T0 }),
      delivery("later", { nextAt: T0 + 3 }),
      delivery("done", { state: "delivered" }),
      delivery("given-up", { state: "failed" }),
      delivery("other", { target: `${hook}/other` }),
      delivery("folder", { target: undefined }),
    );
    expect(await due(hook, T0 + 2)).toEqual(["d", "b", "c"]);
    expect(await due(hook, T0 + 2, 2)).toEqual(["d", "b"]);
    expect(await due(undefined, T0)).toEqual(["folder"]);
    expect(await due(hook, T0 - 1)).toEqual([]);
    expect(await store.deliveries.counts()).toEqual({ waiting: 6, delivered: 1, failed: 1 });
  });

  it("are listed newest first, in pages, of one incident or state", async () => {
    await put(
      delivery("a", { at: T0 + 1 }),
      delivery("b", { at: T0 + 2, incidentKey: "other" }),
      delivery("c", { at: T0 + 2, state: "failed" }),
    );
    const page = async (query: Partial<Parameters<Store["deliveries"]["page"]>[0]>) => {
      const { items, total, next } = await store.deliveries.page({ limit: 10, ...query });
      return { ids: items.map(({ id }) => id), total, next };
    };
    expect(await page({})).toEqual({ ids: ["c", "b", "a"], total: 3, next: undefined });
    const first = await page({ limit: 2 });
    expect([first.ids, first.total]).toEqual([["c", "b"], 3]);
    expect((await page({ limit: 2, cursor: first.next ?? "" })).ids).toEqual(["a"]);
    expect(await page({ incidentKey: "k", state: "failed" })).toMatchObject({ ids: ["c"], total: 1 });
    await expect(page({ cursor: "made-up" })).rejects.toThrow("cursor");
    expect(await store.deliveries.counts()).toEqual({ waiting: 2, delivered: 0, failed: 1 });
  });
});
