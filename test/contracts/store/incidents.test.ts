import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IncidentRecord } from "../../../server/alert/incident-record.ts";
import type { AlertRecord } from "../../../server/alert/record.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { describeStores, type TestStore } from "../stores.ts";

const hostile = "</script>\u202e\u0000'; DROP TABLE incidents; --\n` MATCH (n) DETACH DELETE n";

function record(given: Partial<IncidentRecord> = {}): IncidentRecord {
  return { id: "record", alertId: "a", tags: [], comments: [], changedAt: 1, ...given };
}

const comment = (id: string, at: string) => ({ id, at, actor: "lena", text: hostile, mentions: [hostile] });
const closed = { at: "2026-06-17T10:00:00.000Z", actor: "lena", reason: "benign", note: hostile } as const;
const reopened = (at: string) => ({ at, alertId: "a", ruleName: hostile, text: hostile });

describeStores("work on incidents", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const putAlerts = (...alerts: readonly AlertRecord[]) =>
    store.write(async (to) => {
      for (const one of alerts) {
        await to.alerts.put(one);
      }
    });
  const put = (...records: readonly IncidentRecord[]) =>
    store.write(async ({ incidents }) => {
      for (const one of records) {
        await incidents.put(one);
      }
    });
  const work = async (key: string, from: Store = store) => (await from.incidents.work([key])).get(key);

  it("is stored as it was given, with hostile text, and read by the key of its incident", async () => {
    const key = `root ${hostile}`;
    await putAlerts(alert({ id: "a", processKey: "p", rootKey: key }));
    const given = record({
      ...{ assignee: hostile, tags: [hostile], comments: [comment("c", "2026-06-17T09:00:00.000Z")] },
      ...{ closed, reopened: reopened("2026-06-17T11:00:00.000Z"), changedAt: 1_781_000_000_000 },
    });
    await put(given);
    const { id, ...rest } = given;
    expect(await work(key)).toEqual({ ...rest, ids: [id] });
    expect(await work(key, await test.reopen())).toEqual({ ...rest, ids: [id] });
    expect(await store.incidents.work([])).toEqual(new Map());
    expect(await store.incidents.work(["root", key, key])).toEqual(new Map([[key, { ...rest, ids: [id] }]]));
    expect(await store.write(({ incidents }) => incidents.records(key))).toEqual([given]);
  });

  it("is visible to the transaction that wrote it, and not if it fails", async () => {
    await putAlerts(alert({ id: "a", rootKey: "r" }));
    const failing = store.write(async ({ incidents }) => {
      await incidents.put(record());
      expect(await incidents.records("r")).toHaveLength(1);
      expect((await incidents.work(["r"])).get("r")?.ids).toEqual(["record"]);
      throw new Error("stopped");
    });
    await expect(failing).rejects.toThrow("stopped");
    expect(await work("r")).toBeUndefined();
  });

  it("belongs to the incident of its alert, whatever becomes of that", async () => {
    const one = alert({ id: "a", processKey: "p", rootKey: "r" });
    await putAlerts(one);
    await put(record());
    const merge = { at: 1, actor: "lena", reason: "" };
    for (const [changed, key] of [
      [{ ...one, rootKey: "r2" }, "r2"],
      [{ ...one, originRootKey: "o" }, "o"],
      [{ ...one, merged: { ...merge, into: "merged:1" } }, "merged:1"],
      [{ ...one, removed: merge }, "alert:a"],
      [{ ...one, removed: { ...merge, to: "split:1" } }, "split:1"],
      [{ ...one, removed: { ...merge, to: "split:1", merged: { ...merge, into: "merged:1" } } }, "merged:1"],
      [one, "r"],
    ] as const) {
      const before = await store.alerts.find({ limit: 1 });
      await putAlerts(changed);
      expect((await work(key))?.ids, key).toEqual(["record"]);
      const keys = before.items.map(({ rootKey }) => rootKey ?? "").filter((other) => other !== key);
      expect((await store.incidents.work(keys)).size).toBe(0);
      expect((await store.alerts.get("a"))?.removed).toEqual("removed" in changed ? changed.removed : undefined);
    }
  });

  it("follows its alert to another id, and to the alert that it is merged with", async () => {
    await putAlerts(
      alert({ id: "a", processKey: "p1", rootKey: "p1" }),
      alert({ id: "b", processKey: "p2", rootKey: "p2" }),
    );
    await put(record({ tags: ["one"] }), record({ id: "other", alertId: "b", tags: ["two"], changedAt: 2 }));
    const moved = await store.write(({ alerts }) => alerts.rekey(new Map([["p1", "p2"]])));
    expect(moved).toEqual((await store.alerts.find({ limit: 5 })).items);
    expect(await work("p1")).toBeUndefined();
    expect(await work("p2")).toMatchObject({ ids: ["other", "record"], tags: ["one", "two"] });
    const id = (await store.alerts.get("a"))?.id;
    const records = await store.write(({ incidents }) => incidents.records("p2"));
    expect(records.map(({ alertId }) => alertId)).toEqual([id, id]);
    // By a former id, too.
    await put(record({ id: "third", alertId: "a" }));
    expect((await work("p2"))?.ids).toContain("third");
  });

  it("stays with the leading part of an alert that is separated", async () => {
    const whole = alert({ id: "a", processKey: "p", rootKey: "r" });
    await putAlerts(whole);
    await put(record());
    const parts = [
      { ...whole, id: "a1", processKey: "q", rootKey: "r1" },
      alert({ id: "a2", processKey: "s", rootKey: "r2" }),
    ];
    expect(await store.write(({ alerts }) => alerts.separate(whole, parts))).toEqual(parts);
    expect([await work("r"), (await work("r1"))?.ids, await work("r2")]).toEqual([undefined, ["record"], undefined]);
  });

  it("meets other work in one incident and is read as one", async () => {
    await putAlerts(alert({ id: "a", rootKey: "r" }), alert({ id: "b", rootKey: "r" }));
    const [first, second] = ["2026-06-17T09:00:00.000Z", "2026-06-17T09:00:01.000Z"];
    await put(
      record({ assignee: "lena", tags: ["b", "a"], comments: [comment("2", second)], reopened: reopened(first) }),
      record({ id: "later", alertId: "b", tags: ["a"], comments: [comment("1", first)], closed, changedAt: 2 }),
    );
    expect(await work("r")).toEqual({
      ids: ["later", "record"],
      alertId: "b",
      assignee: "lena",
      tags: ["a", "b"],
      comments: [comment("1", first), comment("2", second)],
      closed,
      // One was reopened before the other was closed.
      reopened: undefined,
      changedAt: 2,
    });
  });

  it("knows the merge of a lineage from its alerts", async () => {
    const merge = (into: string) => ({ into, at: 1, actor: hostile, reason: hostile });
    await putAlerts(
      alert({ id: "a", rootKey: "r", time: 2, merged: merge("merged:2") }),
      alert({ id: "b", rootKey: "r", time: 1, merged: merge("merged:1") }),
      alert({ id: "c", rootKey: "s" }),
      alert({ id: "d", rootKey: hostile, merged: merge("merged:1"), removed: { at: 1, actor: "x", reason: "" } }),
    );
    const asked = ["r", "s", hostile, "nothing"];
    const expected = new Map([
      ["r", merge("merged:1")],
      [hostile, merge("merged:1")],
    ]);
    expect(await store.alerts.merges(asked)).toEqual(expected);
    expect(await store.write(({ alerts }) => alerts.merges(asked))).toEqual(expected);
    expect(await store.alerts.merges([])).toEqual(new Map());
  });

  describe("answers on several alerts", () => {
    const answer = (stepId: string, note: string) => ({
      ...{ stepId, note, value: "raises" as const, evidence: [], actor: "lena" },
      at: "2026-06-17T09:00:00.000Z",
    });

    it("are the latest of each step, by the current ids of the alerts", async () => {
      await putAlerts(alert({ id: "a", processKey: "p1" }), alert({ id: "b", processKey: "x" }), alert({ id: "c" }));
      await store.write(async ({ triage, alerts }) => {
        await triage.putAnswer("a", answer("s", "first"));
        await triage.putAnswer("a", answer("t", hostile));
        await triage.putAnswer("a", answer("s", "second"));
        await triage.putAnswer("b", answer("s", "of b"));
        await alerts.rekey(new Map([["p1", "p2"]]));
      });
      const id = (await store.alerts.get("a"))?.id ?? "";
      const expected = new Map([
        [id, [answer("t", hostile), answer("s", "second")]],
        ["b", [answer("s", "of b")]],
      ]);
      expect(await store.triage.answersOn(["a", "b", "c", "nobody"])).toEqual(expected);
      expect(await store.write(({ triage }) => triage.answersOn([id, "b", "a"]))).toEqual(expected);
      expect(await store.triage.answersOn([])).toEqual(new Map());
    });
  });
});
