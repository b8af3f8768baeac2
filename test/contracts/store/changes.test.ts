import { afterEach, beforeEach, expect, it } from "vitest";
import type { BatchRecord } from "../../../server/store/batches/port.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("a look for changes", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const record = (kind: string, id: string) =>
    store.write(({ audit }) =>
      audit.append({ at: 1, actor: { name: "lena" }, action: "b", subject: { kind, id }, after: {} }),
    );

  it("is the same while nothing is written, and another one after a record, an alert, and work on an incident", async () => {
    const looks = [await store.changes.look()];
    expect(looks[0]?.audit).toBeUndefined();
    expect(await store.changes.look()).toEqual(looks[0]);
    const { sequence, hash } = await record("rule", "r");
    looks.push(await store.changes.look());
    expect(looks[1]?.audit).toEqual({ sequence, hash });
    await store.write(({ alerts }) => alerts.put(alert({ id: "a", rootKey: "r" })));
    looks.push(await store.changes.look());
    await store.write(({ incidents }) =>
      incidents.put({ id: "i", alertId: "a", tags: ["t"], comments: [], changedAt: 1 }),
    );
    looks.push(await store.changes.look());
    const counts = looks.map(({ alerts }) => alerts);
    expect(counts[2]).toBeGreaterThan(counts[1] ?? Number.NaN);
    expect(counts[3]).toBeGreaterThan(counts[2] ?? Number.NaN);
    // Another process sees the same.
    expect(await (await test.reopen()).changes.look()).toEqual(looks[3]);
  });

  it("is another one with each step of a batch, also one that changes no alert", async () => {
    const nothing = { incidents: 0, alerts: 0 };
    const batch: BatchRecord = {
      ...{ id: "b", action: { kind: "acknowledge", note: "" }, state: "running", actor: "lena", runner: "r" },
      ...{ startedAt: "2026-06-17T12:00:00.000Z", changedAt: "2026-06-17T12:00:00.000Z" },
      ...{ done: nothing, changed: nothing, left: [], next: 0, parts: 2 },
    };
    const counts: number[] = [];
    for (const change of [{}, { next: 1 }, { state: "done" as const }]) {
      await store.write(({ batches }) => batches.put({ ...batch, ...change }));
      counts.push((await store.changes.look()).alerts);
    }
    expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b));
  });

  it("finds the incidents of alerts by current and former ids, and of records of work; none of building blocks", async () => {
    const long = "k".repeat(1_000);
    await store.write(async ({ alerts, incidents }) => {
      await alerts.put(alert({ id: "a", processKey: "p", rootKey: long }));
      await alerts.put(alert({ id: "b", processKey: "q", rootKey: "r", buildingBlock: true }));
      await incidents.put({ id: "i", alertId: "a", tags: [], comments: [], changedAt: 1 });
    });
    const [moved] = await store.write(({ alerts }) => alerts.rekey(new Map([["p", "p2"]])));
    const found = await store.changes.incidentsOf([
      { kind: "alert", id: "a" },
      { kind: "alert", id: moved?.id ?? "" },
      { kind: "alert", id: "b" },
      { kind: "alert", id: "gone" },
      { kind: "incident", id: "i" },
      { kind: "incident", id: "a" },
    ]);
    expect(moved?.id).not.toBe("a");
    expect(found).toHaveLength(3);
    expect(new Set(found.map(({ kind, id }) => `${kind} ${id}`))).toEqual(
      new Set(["alert a", `alert ${moved?.id}`, "incident i"]),
    );
    expect(found.every(({ key }) => key === long)).toBe(true);
    expect(await store.changes.incidentsOf([])).toEqual([]);
  });

  it("lists the records after a number, oldest first", async () => {
    for (const id of ["1", "2", "3"]) {
      await record("rule", id);
    }
    const after = async (sequence: number, limit: number) =>
      (await store.audit.after(sequence, limit)).map(({ subject }) => subject.id);
    expect(await after(0, 2)).toEqual(["1", "2"]);
    expect(await after(2, 9)).toEqual(["3"]);
    expect(await after(3, 9)).toEqual([]);
  });
});
