import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("the state of the detection engine", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("is stored as named rows per scope, which are replaced and deleted", async () => {
    const long = "x".repeat(20_000);
    await store.write(async ({ engineState }) => {
      await engineState.save("one", [
        { name: "b", value: "1" },
        { name: long, value: "2" },
        { name: "a", value: "3" },
      ]);
      await engineState.save("two", [{ name: "a", value: "other" }]);
    });
    await store.write(({ engineState }) =>
      engineState.save("one", [
        { name: "a", value: "4" },
        { name: "b", value: undefined },
      ]),
    );
    expect(await store.engineState.all("one")).toEqual([
      ["a", "4"],
      [long, "2"],
    ]);
    expect(await store.engineState.all("two")).toEqual([["a", "other"]]);
    expect(await store.engineState.all("three")).toEqual([]);
  });
});
