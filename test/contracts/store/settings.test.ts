import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("settings", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("store any JSON value together with its audit record, and replace and delete it", async () => {
    expect(await store.settings.get("rules")).toBeUndefined();
    const value = { folders: ["/rules", "odd \u0000 name"], disabled: [], nested: { deep: [1, null, true] } };
    await store.write(async ({ settings, audit }) => {
      await settings.put("rules", value);
      expect(await settings.get("rules")).toEqual(value);
      await audit.append({
        at: T0,
        actor: { name: "tester" },
        action: "rules.folder",
        subject: { kind: "setting", id: "rules" },
      });
    });
    expect(await store.settings.get("rules")).toEqual(value);
    await expect(
      store.write(async ({ settings }) => {
        await settings.put("rules", "lost");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await (await test.reopen()).settings.get("rules")).toEqual(value);
    await store.write(({ settings }) => settings.put("rules", ["other"]));
    expect(await store.settings.get("rules")).toEqual(["other"]);
    await store.write(({ settings }) => settings.put("rules", undefined));
    expect(await store.settings.get("rules")).toBeUndefined();
  });
});
