import { afterEach, beforeEach, expect, it } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import { equals } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import type { Store } from "../../server/store/port.ts";
import { changeParent } from "../../server/triage/change-parent.ts";
import { rule } from "../factories/alerts.ts";
import { guid, opaqueId, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, type TestStore } from "./stores.ts";

const CMD = "C:\\Windows\\System32\\cmd.exe";
const NOON = Date.UTC(2024, 4, 6, 12);

/** Two processes had pid 10 close to the start of `child`; `grandchild` raises an alert. */
const first = sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: CMD });
const second = sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: CMD });
const child = securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: CMD, commandLine: "cmd /c a" });
const grandchild = securityStart({
  pid: 30,
  time: T0 + 22_000,
  creatorPid: 20,
  parentImage: CMD,
  image: "C:\\Windows\\System32\\net.exe",
});

describeStores("a parent chosen by an analyst", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const detector = createDetector([rule({ condition: equals("process.name", "net.exe") })]);
  const ingestAll = (...events: readonly StemmaEvent[]) => ingestEvents(store, detector, events);
  const nodeOf = async (event: StemmaEvent): Promise<ProcessNode> => {
    const node = await store.lineage.processOf(event);
    if (node === undefined) {
      throw new Error("the event has no process");
    }
    return node;
  };
  const choose = async (event: StemmaEvent, parent: string | undefined, actor = "lena") =>
    changeParent(store, {
      process: (await nodeOf(event)).key,
      parent,
      actor: { name: actor },
      at: NOON,
      rules: new Map(),
    });
  const roots = async () => (await store.alerts.find({ limit: 10 })).items.map(({ rootKey }) => rootKey);

  it("moves the process, its branch and its alerts, and records who chose it and when", async () => {
    await ingestAll(first, second, child, grandchild);
    const [one, two] = [(await nodeOf(first)).key, (await nodeOf(second)).key];
    expect((await nodeOf(child)).parent?.key).toBe(two);
    expect(await roots()).toEqual([two]);

    expect(await choose(child, one)).toMatchObject({ ok: true, value: { movedAlerts: 1 } });
    expect((await nodeOf(child)).parent).toMatchObject({
      key: one,
      certainty: "ambiguous",
      chosen: { by: "lena", at: new Date(NOON).toISOString(), computed: two },
      why: expect.stringContaining("Chosen by lena on 2024-05-06 at 12:00 UTC"),
    });
    expect([(await nodeOf(first)).childCount, (await nodeOf(second)).childCount]).toEqual([1, 0]);
    expect((await store.lineage.ancestors((await nodeOf(grandchild)).key, 9)).map(({ key }) => key)).toEqual([
      (await nodeOf(child)).key,
      one,
    ]);
    expect(await roots()).toEqual([one]);
    const { items } = await store.audit.page({ kind: "process", limit: 5 });
    expect(items).toMatchObject([
      { actor: "lena", action: "process.parent", before: { parent: two }, after: { parent: one, computed: two } },
    ]);
  });

  it("can be undone, and leaves traces only in the audit trail", async () => {
    await ingestAll(first, second, child, grandchild);
    const before = await nodeOf(child);
    await choose(child, (await nodeOf(first)).key);
    expect(await choose(child, undefined)).toMatchObject({ ok: true, value: { movedAlerts: 1 } });
    expect(await nodeOf(child)).toEqual(before);
    expect(await choose(child, undefined)).toMatchObject({ ok: false, error: { code: "parent.not-chosen" } });
    expect((await store.audit.page({ kind: "process", limit: 5 })).total).toBe(2);
  });

  it("remains after later ambiguous records, and after a record of the same process from another log", async () => {
    await ingestAll(first, second, child, grandchild);
    const one = (await nodeOf(first)).key;
    await choose(child, one);
    await ingestAll(
      securityStart({ pid: 10, time: T0 + 60_000, image: CMD }),
      sysmonStart({ guid: opaqueId(7), pid: 20, time: T0 + 21_500, image: CMD, commandLine: "cmd /c a" }),
    );
    const node = await nodeOf(child);
    expect(node.sources).toHaveLength(2);
    expect(node.parent).toMatchObject({ key: one, chosen: { by: "lena" } });
    expect(await roots()).toEqual([one]);
  });

  it("is overruled by a record that names the parent by entity id, with a reason", async () => {
    await ingestAll(first, second, child, grandchild);
    await choose(child, (await nodeOf(first)).key);
    const otherRecord = { pid: 20, time: T0 + 21_500, image: CMD, commandLine: "cmd /c a" };
    await ingestAll(
      sysmonStart({ ...otherRecord, guid: guid(T0 + 21_000, 7), parentGuid: opaqueId(2), parentPid: 10 }),
    );
    const { parent } = await nodeOf(child);
    expect(parent).toMatchObject({ key: (await nodeOf(second)).key, certainty: "exact" });
    expect(parent?.chosen).toBeUndefined();
    expect(parent?.why).toContain("overrules the choice of lena");
  });

  it("has to be a candidate", async () => {
    await ingestAll(first, second, child, grandchild);
    const unrelated = await nodeOf(grandchild);
    expect(await choose(child, unrelated.key)).toMatchObject({ error: { code: "parent.not-a-candidate" } });
    expect(await choose(grandchild, (await nodeOf(first)).key)).toMatchObject({
      error: { code: "parent.not-a-candidate" },
    });
    const unknown = await changeParent(store, {
      process: "none",
      parent: "none",
      actor: { name: "lena" },
      at: NOON,
      rules: new Map(),
    });
    expect(unknown).toMatchObject({ error: { code: "process.not-found" } });
    expect((await store.audit.page({ kind: "process", limit: 5 })).total).toBe(0);
  });

  it("cannot close a cycle", async () => {
    // Within the tolerance of clocks, each of the two may have started the other.
    const a = sysmonStart({ guid: opaqueId(1), pid: 10, time: T0 + 1000, image: CMD, parentPid: 20, parentImage: CMD });
    const b = securityStart({ pid: 20, time: T0, creatorPid: 10, parentImage: CMD });
    const before = sysmonStart({ guid: opaqueId(3), pid: 10, time: T0 - 60_000, image: CMD });
    await ingestAll(a, b, before);
    expect((await nodeOf(b)).parent?.candidates).toContain((await nodeOf(a)).key);
    expect(await choose(b, (await nodeOf(a)).key)).toMatchObject({ error: { code: "parent.cycle" } });
  });
});
