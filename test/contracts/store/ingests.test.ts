import { afterEach, beforeEach, expect, it } from "vitest";
import { BadRequestError } from "../../../server/lib/bad-request-error.ts";
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
    const states = async () =>
      (await store.ingests.page({ limit: 10 })).items.map(({ id, state, events }) => [id, state, events]);
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
  });

  it("come in pages, newest first", async () => {
    const started = ["2024-05-05", "2024-05-07", "2024-05-06", "2024-05-06"].map((day) => `${day}T00:00:00.000Z`);
    await store.write(async ({ ingests }) => {
      for (const [index, startedAt] of started.entries()) {
        await ingests.put({ ...summary, id: `ingest-${index}`, startedAt });
      }
    });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.ingests.page({ cursor, limit: 1 });
      expect(page.total).toBe(4);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(ids).toEqual(["ingest-1", "ingest-2", "ingest-3", "ingest-0"]);
    await expect(store.ingests.page({ cursor: "made-up", limit: 1 })).rejects.toThrow(BadRequestError);
  });
});
