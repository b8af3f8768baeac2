import { afterEach, beforeEach, expect, it } from "vitest";
import { packEvents } from "../../../server/store/events/packed-events.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert, exception } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { append, event, summary } from "./fixtures.ts";

describeStores("a write", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("leaves nothing behind if it fails", async () => {
    const failing = store.write(async (transaction) => {
      await transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]);
      await transaction.alerts.put(alert());
      await transaction.exceptions.put(exception());
      await transaction.triage.setChecked("alert-1", "item", true);
      await transaction.ingests.put(summary);
      await transaction.audit.append({ at: T0, actor: { name: "a" }, action: "b", subject: { kind: "c", id: "d" } });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await store.events.count()).toBe(0);
    expect(await store.alerts.get("alert-1")).toBeUndefined();
    expect(await store.exceptions.all()).toEqual([]);
    expect(await store.triage.checked("alert-1")).toEqual(new Set());
    expect(await store.ingests.page({ limit: 10 })).toEqual({ items: [], total: 0 });
    expect((await store.audit.page({ limit: 10 })).total).toBe(0);
    // The next write continues from the state before.
    expect(await append(store, event("a", T0))).toHaveLength(1);
  });

  it("is invisible to readers until it is committed", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const writing = store.write(async (transaction) => {
      await transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]);
      await transaction.alerts.put(alert());
      await gate;
    });
    expect(await store.events.count()).toBe(0);
    expect(await store.alerts.get("alert-1")).toBeUndefined();
    release();
    await writing;
    expect(await store.events.count()).toBe(1);
    expect(await store.alerts.get("alert-1")).toBeDefined();
  });

  it("waits for the writes that were called before it", async () => {
    const order: string[] = [];
    await Promise.all(
      ["first", "second", "third"].map((name) =>
        store.write(async () => {
          order.push(`${name} starts`);
          await new Promise((resolve) => setTimeout(resolve, 2));
          order.push(`${name} ends`);
        }),
      ),
    );
    expect(order).toEqual(["first", "second", "third"].flatMap((name) => [`${name} starts`, `${name} ends`]));
  });

  it("is serialized with the writes of another connection", async () => {
    const other = await test.reopen();
    await Promise.all([
      store.write(async (transaction) =>
        transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]),
      ),
      other.write(async (transaction) =>
        transaction.events.append([packEvents([{ event: event("b", T0), original: 1 }])]),
      ),
    ]);
    expect(await store.events.count()).toBe(2);
    expect(await other.events.get("a")).toEqual(event("a", T0));
  });

  it("does not need the ingest lease, which one holder at a time acquires", async () => {
    const other = await test.reopen();
    const lease = await store.ingestLease();
    const second = await other.ingestLease();
    expect(lease.ok).toBe(true);
    expect(second).toMatchObject({ ok: false, error: { code: "store.ingest-running" } });
    if (lease.ok) {
      await lease.value.release();
    }
    const third = await other.ingestLease();
    expect(third.ok).toBe(true);
  });
});
