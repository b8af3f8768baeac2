import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteInTemporaryFolder, type TestStore } from "../../test/contracts/stores.ts";
import type { Store } from "./port.ts";
import { readOnlyStore } from "./read-only.ts";

describe("a store that can only be read", () => {
  let [test, besides]: TestStore[] = [];
  let store: Store;
  beforeAll(async () => {
    [test, besides] = [await sqliteInTemporaryFolder(), await sqliteInTemporaryFolder()];
    store = readOnlyStore(test.store, besides.store);
  });
  afterAll(async () => {
    await test?.dispose();
    await besides?.dispose();
  });

  it("has every subject of a transaction, and refuses to change those that it does not keep besides", async () => {
    const subjects = (of: Store | undefined) => of?.write(async (transaction) => Object.keys(transaction).sort());
    expect(await subjects(store)).toEqual(await subjects(test?.store));
    const refused = { problem: { code: "store.read-only" } };
    await expect(store.write(({ settings }) => settings.put("x", "y"))).rejects.toMatchObject(refused);
    await expect(store.write(({ alerts }) => alerts.rekey(new Map()))).rejects.toMatchObject(refused);
  });
});
