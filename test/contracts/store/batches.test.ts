import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type BatchRequest, batchRequest } from "#contracts/batch";
import { queueQuery } from "#contracts/queue";
import type { AlertRecord } from "../../../server/alert/record.ts";
import type { BatchRecord } from "../../../server/store/batches/port.ts";
import type { Store } from "../../../server/store/port.ts";
import {
  cancelBatch,
  interruptBatch,
  interruptLeftBatches,
  resumeBatch,
  startBatch,
  undoBatch,
} from "../../../server/triage/batch/batches.ts";
import { type BatchRun, runBatch } from "../../../server/triage/batch/run.ts";
import { transitionIncident } from "../../../server/triage/incident/transition.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const lena = { name: "lena" };
const omar = { name: "omar" };
const withoutPlaybooks = { all: [], forAlert: () => undefined, forRule: () => undefined };
const known = "The vendor confirmed it.";
const close = { kind: "close", reason: "benign", note: "seen", override: known } as const;

describeStores("batches", (open) => {
  let test: TestStore;
  let store: Store;
  let ids: number;
  let clock: number;
  beforeEach(async () => {
    test = await open();
    store = test.store;
    ids = 0;
    clock = T0;
  });
  afterEach(() => test.dispose());

  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const now = () => {
    clock += 1;
    return clock;
  };
  const by = (actor = lena) => ({ actor, at: now(), newId });
  const put = (...alerts: readonly AlertRecord[]) =>
    store.write(async (to) => {
      for (const one of alerts) {
        await to.alerts.put(one);
      }
    });
  /** Alerts of an incident, named after it. */
  const incident = (key: string, count: number, given: Partial<AlertRecord> = {}) =>
    Array.from({ length: count }, (_, index) =>
      alert({ id: `${key}-${index}`, processKey: `${key}-p${index}`, rootKey: key, time: T0 + index, ...given }),
    );
  const started = async (request: Pick<BatchRequest, "action"> & Partial<Pick<BatchRequest, "of" | "scope">>) => {
    const of = [{ kind: "filter", filter: {} }];
    const batch = await startBatch(store, batchRequest.parse({ of, ...request }), by());
    return batch.ok ? batch.value : expect.fail(batch.error.message);
  };
  const run = async ({ id, runner }: BatchRecord, options: Partial<BatchRun> = {}) => {
    const done = await runBatch(store, withoutPlaybooks, { id, runner, actor: lena, clock: now, newId, ...options });
    return done.ok ? done.value : expect.fail(done.error.message);
  };
  const undo = async ({ id }: BatchRecord) => {
    const batch = await undoBatch(store, id, by());
    return batch.ok ? run(batch.value) : expect.fail(batch.error.message);
  };
  const statuses = async (...of: readonly string[]) =>
    Promise.all(of.map(async (id) => (await store.alerts.get(id))?.status));
  const audit = async (kind: string) => (await store.audit.page({ kind, limit: 500 })).items.toReversed();

  it("are stored as they were given and listed, the latest first", async () => {
    const first = await started({ action: { kind: "tag", add: ["</script>\u202e"], remove: [] } }).catch(
      () => undefined,
    );
    expect(first).toBeUndefined();
    const all = [];
    for (const note of ["one", "</script>\u202e'; DROP TABLE batches; --", "three"]) {
      all.push(await started({ action: { kind: "acknowledge", note } }));
    }
    const page = await store.batches.page({ limit: 2 });
    expect(page).toMatchObject({ total: 3, items: [{ id: all[2]?.id }, { id: all[1]?.id }] });
    expect((await store.batches.page({ limit: 2, cursor: page.next })).items).toEqual([all[0]]);
    expect(await (await test.reopen()).batches.get(all[1]?.id ?? "")).toEqual(all[1]);
    expect((await store.batches.unended()).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  it("are missed by the check where a part, or what was left of it, names one that is not stored", async () => {
    const problems = async () => {
      const found = [];
      for (const step of await store.integrity.steps()) {
        found.push(...(await step.run()));
      }
      return found.flatMap(({ code, message }) => (message.startsWith("batches") ? [`${code} ${message}`] : []));
    };
    await put(...incident("k", 2));
    await run(await started({ action: { kind: "acknowledge", note: "" } }));
    expect(await problems()).toEqual([]);
    const ofGone = { batch: "gone", number: 0, incidents: [] };
    await store.write(async ({ batches }) => {
      await batches.putPart(ofGone);
      await batches.putLeft({ ...ofGone, code: "alert.not-found", incidents: [{ key: "k", alerts: [] }] });
    });
    const dangling = 'refers to something that is not stored, such as "gone"';
    expect(await problems()).toEqual([
      `store.dangling-reference batches of parts: 1 ${dangling}`,
      `store.dangling-reference batches of what they left: 1 ${dangling}`,
    ]);
  });

  it("write a status as writing the whole alert would", async () => {
    // Incidents of one shape would share a row.
    await put(...incident("a", 2, { commandTemplate: "a *" }), ...incident("b", 2, { commandTemplate: "b *" }));
    const states = fc.constantFrom("open", "acknowledged", "escalated", "closed");
    const changes = fc.array(fc.record({ alert: fc.nat(1), status: states }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(changes, async (steps) => {
        for (const { alert: index, status } of steps) {
          const closeReason = status === "closed" ? "benign" : undefined;
          await store.write(async ({ alerts }) => {
            const id = `a-${index}`;
            const state = (await alerts.states([id])).get(id) ?? expect.fail("not found");
            await alerts.putState({ ...state, status, closeReason });
            const other = (await alerts.get(`b-${index}`)) ?? expect.fail("not found");
            await alerts.put({ ...other, status, closeReason });
          });
        }
        const queue = await store.alerts.queue(queueQuery.parse({ status: [] }));
        const [left, right] = ["a", "b"].map((key) => queue.items.find((item) => item.key === key));
        expect(left?.counts).toEqual(right?.counts);
        expect(left?.rank).toEqual(right?.rank);
        for (const index of [0, 1]) {
          const [a, b] = await Promise.all([store.alerts.get(`a-${index}`), store.alerts.get(`b-${index}`)]);
          expect([a?.status, a?.closeReason]).toEqual([b?.status, b?.closeReason]);
        }
        const found = (text: string) => store.alerts.queue(queueQuery.parse({ status: [], text }));
        expect((await found("something")).totalAlerts).toBe(4);
      }),
      { numRuns: test.runs(20) },
    );
  });

  it("change what single changes of the incidents would", async () => {
    await put(...incident("a", 3), ...incident("b", 3));
    for (const request of [
      { action: { kind: "acknowledge", note: "" }, single: { to: "acknowledged", note: "" } },
      { action: { kind: "escalate", note: "please look" }, single: { to: "escalated", note: "please look" } },
      { action: close, single: { to: "closed", reason: "benign", note: "seen", override: known } },
      { action: { kind: "reopen", note: "again" }, single: { to: "open", note: "again" } },
    ] as const) {
      const scope = { kind: "incident" } as const;
      await transitionIncident(store, withoutPlaybooks, { key: "a", request: { ...request.single, scope }, ...by() });
      const batch = await run(await started({ action: request.action, of: [{ kind: "incidents", keys: ["b"] }] }));
      expect(batch).toMatchObject({ state: "done", changed: { incidents: 1, alerts: 3 }, left: [] });
    }
    const transitions = async (key: string) =>
      (await store.triage.transitions([0, 1, 2].map((index) => `${key}-${index}`))).map(
        ({ from, to, reason, note, actor }) => ({ from, to, reason, note, actor }),
      );
    expect(await transitions("b")).toEqual(await transitions("a"));
    const records = async (key: string) =>
      (await audit("alert"))
        .filter(({ subject }) => subject.id.startsWith(key))
        .map(({ action, actor, before, after }) => ({
          action,
          actor,
          before,
          after: { ...(after as object), batch: 0 },
        }));
    expect(await records("b")).toEqual(await records("a"));
    const works = await store.incidents.work(["a", "b"]);
    expect(works.get("b")?.closed).toEqual(works.get("a")?.closed);
  });

  it("keep what closed an incident as a whole, as a single change does", async () => {
    await put(...incident("a", 2));
    const batch = await run(await started({ action: close }));
    expect((await store.incidents.work(["a"])).get("a")?.closed).toMatchObject({ actor: "lena", reason: "benign" });
    await undo(batch);
    expect((await store.incidents.work(["a"])).get("a")?.closed).toBeUndefined();
  });

  it("leave one record for the batch and one for each alert, which name it", async () => {
    await put(...incident("a", 2), ...incident("b", 1));
    const { id } = await run(await started({ action: close }));
    expect(await audit("batch")).toMatchObject([{ action: "batch.start", actor: "lena", subject: { id } }]);
    const alerts = await audit("alert");
    expect(alerts).toHaveLength(3);
    expect(alerts.map(({ after }) => after)).toMatchObject(alerts.map(() => ({ status: "closed", batch: id })));
    expect((await store.triage.transitions(["a-0"])).map((one) => one.batch)).toEqual([id]);
  });

  it("cover what passes the filters when they start, and with the scope of incidents all of theirs", async () => {
    await put(...incident("a", 2), ...incident("b", 1, { severity: "low" }));
    await put(alert({ id: "a-low", rootKey: "a", severity: "low" }));
    const of = [{ kind: "filter", filter: { severity: ["low"] } }] as unknown as BatchRequest["of"];
    const narrow = await started({ action: { kind: "acknowledge", note: "" }, of, scope: "alerts" });
    const done = await run(narrow, { partSize: 1, onProgress: () => void put(alert({ id: "late", severity: "low" })) });
    expect(done).toMatchObject({ covered: { incidents: 2, alerts: 2 }, changed: { incidents: 2, alerts: 2 } });
    expect(await statuses("a-0", "a-low", "b-0")).toEqual(["open", "acknowledged", "acknowledged"]);
    const wide = await run(await started({ action: { kind: "acknowledge", note: "" }, of, scope: "incidents" }));
    expect(wide.left).toMatchObject([{ code: "workflow.same-status", alerts: 2 }]);
    expect(await statuses("a-0", "a-1")).toEqual(["acknowledged", "acknowledged"]);
  });

  it("leave incidents whose verdict does not permit the reason, and say how many", async () => {
    await put(...incident("a", 2), ...incident("b", 1));
    const done = await run(await started({ action: { ...close, override: undefined } }));
    expect(done).toMatchObject({
      changed: { incidents: 0, alerts: 0 },
      left: [{ code: "workflow.verdict-not-benign", incidents: 2, alerts: 3 }],
    });
    expect(await statuses("a-0", "b-0")).toEqual(["open", "open"]);
  });

  /** Everything that a batch left, read in pages: code, incident and alert of each. */
  const leftOf = async ({ id }: Pick<BatchRecord, "id">, limit: number, code?: string) => {
    const items: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store.batches.left(id, { limit, cursor, code });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      items.push(...page.items.map((item) => [item.code, item.key, item.alert].join(" ")));
      if (page.next === undefined) {
        expect(items).toHaveLength(page.total);
        return items;
      }
      cursor = page.next;
    }
  };

  it("list what they left, by reason and in pages of any size", async () => {
    const closed = { status: "closed", closeReason: "benign" } as const;
    await put(...incident("a", 7, closed), ...incident("b", 2), ...incident("c", 1, closed), ...incident("d", 3));
    const of = [{ kind: "incidents" as const, keys: ["a", "b", "c", "d"] }];
    const acknowledge = { action: { kind: "acknowledge" as const, note: "" }, of };
    const batch = await run(await started(acknowledge), { partSize: 3 });
    const keys = ["a", "a", "a", "a", "a", "a", "a", "c"];
    const expected = keys.map((key, at) => `workflow.invalid-transition ${key} ${key}-${key === "a" ? at : 0}`);
    expect(batch.left).toMatchObject([{ code: "workflow.invalid-transition", incidents: 2, alerts: 8 }]);
    for (const limit of [1, 2, 3, 7, 8, 100]) {
      expect((await leftOf(batch, limit)).toSorted()).toEqual(expected);
    }
    const again = await run(await started(acknowledge), { partSize: 3 });
    const same = ["b b-0", "b b-1", "d d-0", "d d-1", "d d-2"].map((name) => `workflow.same-status ${name}`);
    expect((await leftOf(again, 2)).toSorted()).toEqual([...expected, ...same]);
    expect((await leftOf(again, 2, "workflow.same-status")).toSorted()).toEqual(same);
    expect(await leftOf(again, 2, "workflow.none")).toEqual([]);
    expect(await leftOf({ id: "none" }, 2)).toEqual([]);
    store = await test.reopen();
    expect((await leftOf(again, 4)).toSorted()).toEqual([...expected, ...same]);
  });

  it("write nothing about what they left where that is nothing", async () => {
    await put(...incident("a", 3));
    const batch = await run(await started({ action: close }), { partSize: 1 });
    await undo(batch);
    expect(batch.left).toEqual([]);
    expect(await store.snapshot.batchLeft.count()).toBe(0);
  });

  it("are started over what another one left, for one reason or all", async () => {
    await put(...incident("a", 2), ...incident("b", 1, { status: "escalated" }), ...incident("c", 1));
    const first = await run(await started({ action: { ...close, override: undefined } }));
    expect(first.left).toMatchObject([{ code: "workflow.verdict-not-benign", incidents: 3, alerts: 4 }]);
    await run(await started({ action: { kind: "acknowledge", note: "" }, of: [{ kind: "alerts", ids: ["a-0"] }] }));
    await put(alert({ id: "late", rootKey: "a" }));
    const code = "workflow.verdict-not-benign";
    const [none, all] = [
      await run(await started({ action: close, of: [{ kind: "left", batch: first.id, code: "x" }], scope: "alerts" })),
      await run(await started({ action: close, of: [{ kind: "left", batch: first.id, code }], scope: "alerts" })),
    ];
    expect(none).toMatchObject({ state: "done", covered: { incidents: 0, alerts: 0 } });
    expect(all).toMatchObject({ covered: { incidents: 3, alerts: 4 }, changed: { alerts: 4 }, left: [] });
    expect(await statuses("a-0", "a-1", "b-0", "c-0", "late")).toEqual([
      ...["closed", "closed", "closed", "closed", "open"],
    ]);
  });

  it("list what their undo left, and incidents that were to be changed as a whole once", async () => {
    await put(...incident("a", 3), ...incident("b", 1));
    const closed = await run(await started({ action: close }));
    await transitionIncident(store, withoutPlaybooks, {
      ...{ key: "b", request: { to: "open", note: "", scope: { kind: "incident" } } },
      ...by(omar),
    });
    expect(await leftOf(await undo(closed), 10)).toEqual(["batch.changed-since b b-0"]);
    const tag = { kind: "tag" as const, add: ["seen"], remove: [] };
    const tagged = await run(await started({ action: tag }), { partSize: 2 });
    expect(tagged.left).toEqual([]);
    const again = await run(await started({ action: tag }));
    expect(again.left).toMatchObject([{ code: "workflow.same-status", incidents: 2, alerts: 0 }]);
    expect((await leftOf(again, 1)).toSorted()).toEqual(["workflow.same-status a a-0", "workflow.same-status b b-0"]);
    await run(await started({ action: { ...tag, add: ["more"] }, of: [{ kind: "incidents", keys: ["b"] }] }));
    const undone = await undo(tagged);
    expect(undone.left).toMatchObject([{ code: "batch.changed-since", incidents: 1, alerts: 0 }]);
    expect(await leftOf(undone, 10)).toEqual(["batch.changed-since b b-0"]);
  });

  it("count and list what they left of an incident in whose middle they were cancelled", async () => {
    await put(...incident("a", 6, { status: "acknowledged" }));
    const batch = await started({ action: { kind: "acknowledge", note: "" } });
    let cancelled: Promise<unknown> | undefined;
    const onProgress = () => {
      cancelled ??= cancelBatch(store, batch.id, by(omar));
    };
    const done = await run(batch, { partSize: 2, onProgress });
    await cancelled;
    expect(done).toMatchObject({ state: "cancelled", changed: { incidents: 0, alerts: 0 } });
    const { alerts } = done.done;
    expect(alerts).toBeLessThan(6);
    expect(done.left).toMatchObject([{ code: "workflow.same-status", incidents: 1, alerts }]);
    expect(await leftOf(done, 10)).toHaveLength(alerts);
  });

  it("end as interrupted, not as done, where one of their parts is missing", async () => {
    await put(...incident("a", 2));
    const batch = await started({ action: close });
    await store.write(({ batches }) => batches.put({ ...batch, state: "running", covered: batch.done, parts: 1 }));
    await expect(run(batch)).rejects.toMatchObject({
      problem: {
        code: "store.damaged",
        message: `the part of a batch "${batch.id}" is damaged in the store: number 0 is missing`,
      },
    });
    expect(await statuses("a-0", "a-1")).toEqual(["open", "open"]);
  });

  it("go through an incident in several parts as if it were one", async () => {
    await put(...incident("a", 7), ...incident("b", 2));
    const batch = await run(await started({ action: close }), { partSize: 2 });
    expect(batch).toMatchObject({ changed: { incidents: 2, alerts: 9 }, done: { incidents: 2, alerts: 9 } });
    const of = async (key: string) => {
      const work = (await store.incidents.work([key])).get(key);
      return (await audit("incident")).filter(({ subject }) => work?.ids.includes(subject.id) === true);
    };
    expect((await of("a")).map(({ after }) => after)).toMatchObject([{ status: "closed", alerts: 7 }]);
    const page = await store.alerts.queue(queueQuery.parse({ status: [] }));
    expect(page.items.map(({ rank }) => rank?.score)).toEqual(page.items.map(() => 0));
    const undone = await undo(batch);
    expect(undone).toMatchObject({ state: "done", changed: { incidents: 2, alerts: 9 } });
  });

  it("end between two parts when they are cancelled, and say exactly what was changed", async () => {
    await put(...incident("a", 6));
    const batch = await started({ action: close });
    let cancelled: Promise<unknown> | undefined;
    const onProgress = () => {
      cancelled ??= cancelBatch(store, batch.id, by(omar));
    };
    const done = await run(batch, { partSize: 2, onProgress });
    await cancelled;
    expect(done).toMatchObject({ state: "cancelled" });
    const closed = await store.alerts.find({ statuses: ["closed"], limit: 10 });
    expect(done.changed).toEqual({ incidents: 1, alerts: closed.total });
    expect(done.changed.alerts).toBeLessThan(6);
    expect(await cancelBatch(store, batch.id, by())).toMatchObject({ error: { code: "batch.ended" } });
    expect(await undo(done)).toMatchObject({ changed: { alerts: closed.total } });
    expect((await store.alerts.find({ statuses: ["open"], limit: 10 })).total).toBe(6);
  });

  it("are undone where nobody has changed anything since, each alert to what it was", async () => {
    await put(
      ...incident("a", 2),
      alert({ id: "seen", rootKey: "a", status: "acknowledged" }),
      alert({ id: "done", rootKey: "a", status: "closed", closeReason: "true-positive" }),
      ...incident("b", 1),
      ...incident("c", 1),
    );
    const batch = await run(await started({ action: close }));
    expect(batch.changed).toEqual({ incidents: 3, alerts: 5 });
    const scope = { kind: "incident" } as const;
    const again = (key: string, request: Parameters<typeof transitionIncident>[2]["request"]) =>
      transitionIncident(store, withoutPlaybooks, { key, request, ...by(omar) });
    await again("b", { to: "open", note: "", scope });
    // Closed again with the same reason is still a change of somebody else.
    await again("c", { to: "open", note: "", scope });
    await again("c", { to: "closed", reason: "benign", note: "", override: known, scope });
    const undone = await undo(batch);
    expect(undone).toMatchObject({
      state: "done",
      changed: { incidents: 1, alerts: 3 },
      left: [{ code: "batch.changed-since", incidents: 2, alerts: 2 }],
    });
    expect(await statuses("a-0", "a-1", "seen", "done", "b-0", "c-0")).toEqual([
      ...["open", "open", "acknowledged", "closed", "open", "closed"],
    ]);
    expect((await store.alerts.get("done"))?.closeReason).toBe("true-positive");
    expect(await undoBatch(store, batch.id, by())).toMatchObject({ error: { code: "batch.nothing-to-undo" } });
    expect(await undoBatch(store, undone.id, by())).toMatchObject({ error: { code: "batch.nothing-to-undo" } });
  });

  it("assign and tag incidents, and are undone", async () => {
    await put(...incident("a", 2), ...incident("b", 1));
    await store.write(({ incidents }) =>
      incidents.put({ id: "i", alertId: "a-0", tags: ["old", "kept"], comments: [], changedAt: T0 }),
    );
    const tagged = await run(await started({ action: { kind: "tag", add: ["new"], remove: ["old"] } }));
    expect(tagged.changed).toEqual({ incidents: 2, alerts: 0 });
    const tags = async () =>
      [...(await store.incidents.work(["a", "b"])).values()]
        .map((work) => work.tags)
        .toSorted((a, b) => b.length - a.length);
    expect(await tags()).toEqual([["kept", "new"], ["new"]]);
    expect(await undo(tagged)).toMatchObject({ changed: { incidents: 2, alerts: 0 }, left: [] });
    expect(await tags()).toEqual([["kept", "old"], []]);
    const assigned = await run(await started({ action: { kind: "assign" }, of: [{ kind: "alerts", ids: ["b-0"] }] }));
    expect(assigned).toMatchObject({
      changed: { incidents: 0 },
      left: [{ code: "workflow.same-status", incidents: 1 }],
    });
    const unknown = { action: { kind: "assign", assignee: "nobody" }, of: [{ kind: "alerts", ids: ["b-0"] }] };
    expect(await startBatch(store, batchRequest.parse(unknown), by())).toMatchObject({
      error: { code: "incident.unknown-assignee" },
    });
  });

  it("send each escalated incident to the receivers once, one that was left half done as well", async () => {
    await put(...incident("a", 3), ...incident("b", 1), ...incident("c", 1, { status: "escalated" }));
    const receivers = ["https://chat.example/… (1)", "https://case.example/… (2)"];
    const batch = await started({ action: { kind: "escalate", note: "over to you" } });
    const isHalf = async () => {
      await cancelBatch(store, batch.id, by());
    };
    let cancelled: Promise<void> | undefined;
    const onProgress = () => {
      cancelled ??= isHalf();
    };
    const ended = await run(batch, { partSize: 2, receivers, onProgress });
    await cancelled;
    expect(ended.state).toBe("cancelled");
    const sent = async () =>
      (await store.deliveries.page({ limit: 20 })).items.map(({ incidentKey, target, alerts, note, state }) =>
        [incidentKey, target, alerts, note, state].join(" "),
      );
    const first = await sent();
    expect(first).toHaveLength(ended.changed.incidents * receivers.length);
    const again = await run(await started({ action: { kind: "escalate", note: "over to you" } }), { receivers });
    expect(again.changed.alerts + ended.changed.alerts).toBe(4);
    const all = await sent();
    expect(all.length).toBe(first.length + again.changed.incidents * receivers.length);
    expect(all.filter((line) => line.startsWith("c "))).toEqual([]);
    expect(all).toContain(`b ${receivers[0]} 1 over to you waiting`);
  });

  it("go on after they were interrupted, and change nothing twice", async () => {
    await put(...incident("a", 3), ...incident("b", 3));
    const batch = await started({ action: close });
    const killed = run(batch, {
      partSize: 2,
      onProgress: () => {
        throw new Error("killed");
      },
    });
    await expect(killed).rejects.toThrow("killed");
    await interruptLeftBatches(store, by(), true);
    const left = await store.batches.get(batch.id);
    expect(left).toMatchObject({ state: "interrupted", done: { alerts: 2 }, problem: { code: "work.cancelled" } });
    const resumed = await resumeBatch(store, batch.id, by());
    expect(resumed).toMatchObject({ ok: true, value: { state: "running" } });
    // The run that was taken for dead changes nothing any more.
    expect(await run(batch)).toMatchObject({ done: { alerts: 2 } });
    const done = resumed.ok ? await run(resumed.value) : undefined;
    expect(done).toMatchObject({ state: "done", changed: { incidents: 2, alerts: 6 } });
    expect((await audit("alert")).filter(({ action }) => action === "alert.transition")).toHaveLength(6);
    expect(await undo(done ?? batch)).toMatchObject({ changed: { alerts: 6 }, left: [] });
  });

  it("are taken for interrupted when they do not come further, and undone as far as they came", async () => {
    await put(...incident("a", 2));
    const batch = await started({ action: { kind: "acknowledge", note: "" } });
    expect(await undoBatch(store, batch.id, by())).toMatchObject({ error: { code: "batch.running" } });
    clock += 61_000;
    await interruptLeftBatches(store, by(), false);
    expect((await store.batches.get(batch.id))?.state).toBe("interrupted");
    await interruptBatch(store, batch, { code: "work.cancelled", message: "late" }, by());
    expect((await store.batches.get(batch.id))?.problem?.message).not.toBe("late");
  });
});
