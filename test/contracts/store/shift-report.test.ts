import { afterEach, beforeEach, expect, it } from "vitest";
import { incidentTransitionRequest } from "#contracts/incident";
import type { AlertRecord } from "../../../server/alert/record.ts";
import type { AlertHead } from "../../../server/store/alerts/port.ts";
import type { Store } from "../../../server/store/port.ts";
import { transitionIncident } from "../../../server/triage/incident/transition.ts";
import { assignIncident } from "../../../server/triage/incident/work.ts";
import { shiftReportOf } from "../../../server/triage/report/read.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const MINUTE = 60_000;
const hostile = "</script>\u202e\u0000'; DROP TABLE alerts; --\n` MATCH (n) DETACH DELETE n";
const actor = { name: "lena", origin: { account: "1", method: "password" } } as const;

describeStores("reads of a shift report", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const put = (...alerts: readonly AlertRecord[]) =>
    store.write(async (to) => {
      for (const one of alerts) {
        await to.alerts.put(one);
      }
    });
  const ids = async (pages: AsyncIterable<readonly AlertHead[]>) =>
    (await Array.fromAsync(pages)).flat().map(({ id }) => id);
  const raised = (id: string, minutes: number, given: Partial<AlertRecord> = {}) =>
    alert({ ...given, id, detectedAt: T0 + minutes * MINUTE });

  it("are alerts by when they were raised, without building blocks", async () => {
    await put(
      raised("c", 2),
      raised("b", 2),
      raised("a", 3, { status: "closed", closeReason: "benign" }),
      raised("block", 2, { buildingBlock: true }),
      raised("before", 1),
      raised("after", 4),
    );
    expect(await ids(store.alerts.raised({ from: T0 + 2 * MINUTE, to: T0 + 4 * MINUTE }))).toEqual(["b", "c", "a"]);
    expect(await ids(store.alerts.raised({ from: 0, to: T0 }))).toEqual([]);
    expect(await ids(store.alerts.notClosed(T0 + 4 * MINUTE))).toEqual(["before", "b", "c"]);
  });

  it("are alerts of many pages, each once", async () => {
    const many = Array.from({ length: 4_100 }, (_, index) => raised(`id-${index}`, Math.floor(index / 2_050)));
    for (let from = 0; from < many.length; from += 500) {
      await put(...many.slice(from, from + 500));
    }
    const found = await ids(store.alerts.raised({ from: T0, to: T0 + 2 * MINUTE }));
    expect([found.length, new Set(found).size]).toEqual([4_100, 4_100]);
    const heads = await store.alerts.heads(many.map(({ id }) => id));
    expect(heads.size).toBe(4_100);
  });

  it("are what reports show of alerts, by current and former id, with hostile values", async () => {
    const given = raised("a", 1, {
      rule: { id: `rule ${hostile}`, name: hostile, version: "1", language: "eql" },
      ...{ processKey: "old", rootKey: `root ${hostile}`, host: "host-b", severity: "critical" },
      ...{ status: "closed", closeReason: "true-positive" },
    });
    await put(given);
    const [moved] = await store.write(({ alerts }) => alerts.rekey(new Map([["old", "new"]])));
    const head = {
      id: moved?.id,
      rule: { id: given.rule.id, name: hostile },
      ...{ severity: "critical", status: "closed", closeReason: "true-positive" },
      ...{ incidentKey: given.rootKey, host: "host-b", detectedAt: given.detectedAt },
    };
    expect(await store.alerts.heads(["a", moved?.id ?? "", "none"])).toEqual(
      new Map([
        ["a", head],
        [moved?.id, head],
      ]),
    );
    const firsts = await store.alerts.firstRaised([given.rootKey ?? "", "none", hostile]);
    expect(firsts).toEqual(new Map([[given.rootKey, given.detectedAt]]));
    expect([...(await store.alerts.firstRaised([])), ...(await store.alerts.heads([]))]).toEqual([]);
  });

  it("are audit records by the time of the change, in the order of times", async () => {
    const append = (minutes: number, id: string) =>
      store.write(({ audit }) =>
        audit.append({ at: T0 + minutes * MINUTE, actor, action: "b", subject: { kind: "alert", id } }),
      );
    // A batch that takes long is stored with the time at which it began.
    for (const [minutes, id] of [
      [1, "before"],
      [3, "late"],
      [2, "first"],
      [3, "second"],
      [4, "after"],
    ] as const) {
      await append(minutes, id);
    }
    const within = async (from: number, to?: number) =>
      (await Array.fromAsync(store.audit.within({ from, to }))).flat().map(({ subject }) => subject.id);
    expect(await within(T0 + 2 * MINUTE, T0 + 4 * MINUTE)).toEqual(["first", "late", "second"]);
    expect(await within(T0 + 3 * MINUTE)).toEqual(["late", "second", "after"]);
    expect(await within(-1, 8.64e15)).toEqual(["before", "first", "late", "second", "after"]);
    expect(await within(T0 + 5 * MINUTE)).toEqual([]);
  });

  it("are all audit records of a time that fills several batches", async () => {
    await store.write(async ({ audit }) => {
      for (let index = 0; index < 1_100; index += 1) {
        await audit.append({ at: T0, actor, action: "b", subject: { kind: "alert", id: String(index) } });
      }
    });
    const records = (await Array.fromAsync(store.audit.within({ from: T0, to: T0 + 1 }))).flat();
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1));
  });

  it("make the report of what was done", async () => {
    await store.write(({ people }) =>
      people.putPerson({
        id: "1",
        name: "lena",
        userName: "lena",
        role: "analyst",
        disabled: false,
        createdAt: T0,
        createdBy: "admin",
        version: 1,
      }),
    );
    await put(
      raised("a", 1, { rootKey: "one" }),
      raised("b", 1, { rootKey: "one", rule: { id: "rule-2", name: hostile, version: "1", language: "sigma" } }),
      raised("c", 1, { rootKey: "two" }),
      raised("old", -60, { rootKey: "two" }),
    );
    let number = 0;
    const newId = () => {
      number += 1;
      return `id-${number}`;
    };
    const playbooks = { forAlert: () => undefined };
    const change = { actor, newId };
    const transition = async (key: string, minutes: number, request: object) => {
      const changed = await transitionIncident(store, playbooks, {
        ...change,
        ...{ key, at: T0 + minutes * MINUTE },
        request: incidentTransitionRequest.parse({ note: "note", ...request }),
      });
      expect(changed).toMatchObject({ ok: true });
    };
    await assignIncident(store, { ...change, key: "one", at: T0 + 6 * MINUTE }, "lena");
    await transition("one", 11, { to: "escalated" });
    await transition("two", 21, {
      ...{ to: "closed", reason: "duplicate" },
      ...{ note: "the same activity as on the other host", duplicateOf: "a" },
    });
    await transition("two", 61, { to: "open" });
    const report = await shiftReportOf(store, playbooks, {
      ...{ from: T0, to: T0 + 30 * MINUTE, now: T0 + 90 * MINUTE, people: true, tacticsOf: () => [] },
    });
    expect(report).toMatchObject({
      opened: { alerts: 3, incidents: 2, newIncidents: 1 },
      closed: { alerts: 2, incidents: 1, byReason: [{ reason: "duplicate", alerts: 2, incidents: 1 }] },
      escalated: { alerts: 2, incidents: 1 },
      open: { alerts: 2, incidents: 1 },
      triage: {
        alerts: { count: 3, acted: 3, median: 5 * MINUTE, p90: 20 * MINUTE, waiting: 0, automatic: 0 },
        incidents: { count: 1, acted: 1, median: 5 * MINUTE },
      },
      matrix: [{ tactic: "Execution", alerts: 3 }],
      handedOver: {
        items: [{ key: "one", status: "escalated", assignee: "lena", alerts: 2, left: { outcome: "undetermined" } }],
        total: 1,
      },
      people: [{ name: "lena", closed: 2, escalated: 2, incidentChanges: 1 }],
    });
  });
});
