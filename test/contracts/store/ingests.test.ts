import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { summary } from "./fixtures.ts";

describeStores("ingests", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("are interrupted if unfinished, unless some process holds the ingest lease", async () => {
    await store.write(async ({ ingests }) => {
      await ingests.put({ ...summary, id: "old", startedAt: "2024-05-05T00:00:00.000Z", state: "done" });
      await ingests.put(summary);
      await ingests.put({ ...summary, events: 5 });
    });
    const lease = await store.ingestLease();
    const states = async () => (await store.ingests.all(10)).map(({ id, state, events }) => [id, state, events]);
    expect(await states()).toEqual([
      ["ingest-1", "running", 5],
      ["old", "done", 0],
    ]);
    if (lease.ok) {
      await lease.value.release();
    }
    expect(await states()).toEqual([
      ["ingest-1", "interrupted", 5],
      ["old", "done", 0],
    ]);
    expect(await store.ingests.all(1)).toHaveLength(1);
  });
});
