import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { MINUTE } from "./fixtures.ts";

describeStores("rule versions", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const version = (ruleId: string, hash: string, at: number) => ({
    ruleId,
    hash,
    version: `v-${hash}`,
    name: "A rule",
    source: "windows/rule.toml",
    text: `text of ${hash}`,
    firstSeen: at,
    lastSeen: at,
  });

  it("store every text once, report unknown ones, and when each was seen", async () => {
    const first = version("one", "a", T0);
    const second = version("one", "b", T0 + MINUTE);
    const other = version("two", "a", T0);
    await store.write(async ({ ruleVersions }) => {
      expect(await ruleVersions.markSeen([first, other], T0)).toEqual([first, other]);
      await ruleVersions.put([first, other]);
    });
    await store.write(async ({ ruleVersions }) => {
      expect(await ruleVersions.markSeen([second, other], T0 + MINUTE)).toEqual([second]);
      await ruleVersions.put([second, { ...first, text: "never changed" }]);
    });
    expect(await store.ruleVersions.of("one")).toEqual([second, first]);
    expect(await store.ruleVersions.of("two")).toEqual([{ ...other, lastSeen: T0 + MINUTE }]);
    await store.write(({ ruleVersions }) => ruleVersions.markSeen([first], T0 + 2 * MINUTE));
    await store.write(({ ruleVersions }) => ruleVersions.markSeen([second], T0));
    expect(await store.ruleVersions.of("one")).toEqual([{ ...first, lastSeen: T0 + 2 * MINUTE }, second]);
    expect(await store.ruleVersions.of("unknown")).toEqual([]);
  });
});
