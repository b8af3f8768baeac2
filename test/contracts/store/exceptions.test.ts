import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { exception } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("exceptions", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("count a hit once per rule and subject, and are found by it", async () => {
    const hit = { ruleId: "rule-1", subject: "p1", eventId: "e1", time: T0 };
    await store.write(async ({ exceptions }) => {
      await exceptions.put(exception());
      await exceptions.addHit("exception-1", hit);
      await exceptions.addHit("exception-1", { ...hit, eventId: "e2", time: T0 + 1 });
      await exceptions.addHit("exception-1", { ...hit, subject: "p2", time: T0 + 5 });
      await exceptions.addHit("exception-1", { ...hit, ruleId: "rule-2" });
      const asked = ["p3", "p1"].map((subject) => ({ ruleId: "rule-1", subject }));
      expect(await exceptions.hitsOf(asked)).toEqual([[], ["exception-1"]]);
    });
    const stored = await store.exceptions.get("exception-1");
    expect(stored).toMatchObject({ hits: 3, lastHit: new Date(T0 + 5).toISOString(), entries: exception().entries });
    await store.write(({ exceptions }) => exceptions.put({ ...exception(), disabledAt: "2024-05-07T00:00:00.000Z" }));
    expect((await store.exceptions.all()).map((one) => [one.disabledAt, one.hits])).toEqual([
      ["2024-05-07T00:00:00.000Z", 3],
    ]);
    expect(await store.exceptions.get("none")).toBeUndefined();
  });

  it("return their hits in pages, newest first, with the time when they were counted", async () => {
    const hit = { ruleId: "rule-1", subject: "p1", eventId: "e1", time: T0 };
    const hits = [
      { ...hit, subject: "p3", time: T0 + 5, countedAt: T0 + 9 },
      { ...hit, ruleId: "rule-2", countedAt: T0 + 7 },
      { ...hit, subject: "p2" },
      hit,
    ];
    await store.write(async ({ exceptions }) => {
      await exceptions.put(exception());
      await exceptions.put({ ...exception(), id: "exception-2" });
      for (const one of hits.toReversed()) {
        await exceptions.addHit("exception-1", one);
      }
      // The first one counts.
      await exceptions.addHit("exception-1", { ...hit, countedAt: T0 + 20 });
      await exceptions.addHit("exception-2", hit);
    });
    const first = await store.exceptions.hits("exception-1", { limit: 2 });
    expect(first).toEqual(hits.slice(0, 2));
    expect(await store.exceptions.hits("exception-1", { after: first[1], limit: 9 })).toEqual(hits.slice(2));
    expect(await store.exceptions.hits("exception-1", { after: hits[3], limit: 9 })).toEqual([]);
  });
});
