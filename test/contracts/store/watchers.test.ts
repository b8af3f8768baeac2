import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { describeStores, type TestStore } from "../stores.ts";

const now = 1_000_000;
const lena = { key: "k".repeat(2_000), account: "1", name: 'Lena "\u202e\u0000\ud800', since: now - 60_000 };

describeStores("who has incidents open", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("is nobody elsewhere for the server that says it, and no change", async () => {
    const before = await store.changes.look();
    await store.watchers.announce([lena], now);
    expect(await store.watchers.elsewhere()).toEqual([]);
    expect(await store.changes.look()).toEqual(before);
    await store.watchers.announce([], now);
    expect(await store.changes.look()).toEqual(before);
  });
});
