import { afterEach, beforeEach, expect, it } from "vitest";
import { alertId } from "../../../server/alert/identity.ts";
import { and, equals } from "../../../server/condition/tree.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { MINUTE, put } from "./fixtures.ts";

describeStores("alerts", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("are stored whole and updated in place", async () => {
    const full = alert({
      processKey: "p",
      rootKey: "r",
      user: { name: "alice", domain: "CORP" },
      userKey: "corp\\alice",
      commandTemplate: "cmd *",
      group: { dest: "x" },
      fields: Object.assign(Object.create(null), JSON.parse('{"__proto__":"data","process.name":"cmd.exe"}')),
      sequence: { eventIds: ["event-1", "event-2"], last: { "process.pid": 4 } },
      correlation: {
        measure: "count",
        asked: "2 or more events within 5 minutes",
        terms: [{ field: "user.name", value: "alice" }, { field: "host.name" }],
        newTerms: ["alice"],
        count: 2,
        from: new Date(T0).toISOString(),
        to: new Date(T0 + 1).toISOString(),
        reached: new Date(T0 + 1).toISOString(),
        window: 300_000,
        counted: [{ of: "values", field: "source.ip", count: 2, least: 2, values: ["10.0.0.1", "10.0.0.2"] }],
        rules: [{ id: "rule-2", name: "Rule two", count: 2 }],
        suppressed: { count: 1, duration: 600_000 },
      },
    });
    await put(store, full);
    expect(await store.alerts.get(full.id)).toEqual(full);
    await put(store, { ...full, status: "closed", closeReason: "benign" });
    expect(await store.alerts.get(full.id)).toMatchObject({ status: "closed", closeReason: "benign" });
    expect((await store.alerts.find({ limit: 9 })).total).toBe(1);
  });

  it("are found by every filter and by a condition on the alert document, page by page", async () => {
    await put(
      store,
      ...Array.from({ length: 25 }, (_, index) =>
        alert({
          id: `a${String(index).padStart(2, "0")}`,
          time: T0 + index,
          host: index % 5 === 0 ? "host-b" : "host-a",
        }),
      ),
      alert({
        id: "block",
        time: T0 - 1,
        buildingBlock: true,
        processKey: "p",
        userKey: "u",
        rootKey: "r",
        commandTemplate: "s",
      }),
    );
    for (const query of [
      { ids: ["block"] },
      { processKeys: ["p"] },
      { userKeys: ["u"] },
      { rootKey: "r" },
      { incidentKey: "r" },
      { commandTemplate: "s" },
      { buildingBlock: true },
      { to: T0 - 1 },
      { condition: equals("kibana.alert.building_block_type", "default") },
    ]) {
      const page = await store.alerts.find({ ...query, limit: 5 });
      expect(page.items.map((one) => one.id)).toEqual(["block"]);
      expect(page.total).toBe(1);
    }
    expect((await store.alerts.find({ ruleIds: ["none"], limit: 5 })).total).toBe(0);
    expect((await store.alerts.find({ statuses: ["closed"], limit: 5 })).total).toBe(0);
    for (const query of [
      { hosts: ["host-b"] },
      { condition: and(equals("event.kind", "signal"), equals("process.name", "cmd.exe")), hosts: ["host-b"] },
    ]) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.alerts.find({ ...query, order: "oldest-first", limit: 2, cursor });
        expect(page.total).toBe(5);
        ids.push(...page.items.map((one) => one.id));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(ids).toEqual(["a00", "a05", "a10", "a15", "a20"]);
    }
  });

  it("move to the new key of their process with their ids and work, and are merged", async () => {
    const idOf = (processKey: string) => alertId("rule-1", { processKey, eventId: "" });
    const at = (eventId: string, provider: string) => [
      { eventId, file: "test", provider, time: new Date(T0).toISOString() },
    ];
    await put(
      store,
      alert({
        id: idOf("p1"),
        processKey: "p1",
        rootKey: "p1",
        sources: at("e1", "Microsoft-Windows-Security-Auditing"),
      }),
      alert({
        id: idOf("p2"),
        processKey: "p2",
        rootKey: "p1",
        sources: at("e2", "Microsoft-Windows-Sysmon"),
        message: "sysmon",
      }),
    );
    await store.write(async ({ triage, alerts }) => {
      await triage.setChecked(idOf("p1"), "item", true);
      await triage.addTransition({ alertId: idOf("p1"), at: T0, actor: "a", from: "open", to: "acknowledged" });
      await alerts.put({ ...((await alerts.get(idOf("p1"))) ?? alert()), status: "acknowledged" });
    });
    await store.write(({ alerts }) => alerts.rekey(new Map([["p1", "p2"]])));
    const merged = await store.alerts.get(idOf("p1"));
    expect(merged).toMatchObject({
      id: idOf("p2"),
      processKey: "p2",
      rootKey: "p2",
      status: "acknowledged",
      message: "sysmon",
    });
    expect(merged?.sources.map((source) => source.eventId)).toEqual(["e2", "e1"]);
    expect((await store.alerts.find({ limit: 9 })).total).toBe(1);
    for (const id of [idOf("p1"), idOf("p2")]) {
      expect(await store.triage.checked(id)).toEqual(new Set(["item"]));
      expect(await store.triage.transitions([id])).toHaveLength(1);
    }
    const existing = await store.write(({ alerts }) =>
      alerts.existing([
        { ruleId: "rule-1", processKey: "p3", eventId: "x" },
        { ruleId: "rule-1", processKey: "p2", eventId: "x" },
        { ruleId: "rule-2", processKey: "p2", eventId: "e1" },
        { ruleId: "rule-1", eventId: "e1" },
      ]),
    );
    expect(existing.map((found) => found?.id)).toEqual([undefined, idOf("p2"), undefined, idOf("p2")]);
    // After a second move, both former ids still resolve.
    await store.write(({ alerts }) => alerts.rekey(new Map([["p2", "p9"]])));
    for (const key of ["p1", "p2", "p9"]) {
      expect((await store.alerts.get(idOf(key)))?.id).toBe(idOf("p9"));
    }
  });

  it("are counted by rule and by host, with open ones", async () => {
    const other = { id: "rule-2", name: "Rule two", version: "1", language: "sigma" } as const;
    await put(
      store,
      alert({ id: "a" }),
      alert({ id: "b", status: "closed", closeReason: "benign" }),
      alert({ id: "c", rule: other, riskScore: 21, buildingBlock: true }),
    );
    expect(await store.alerts.countsByRule()).toEqual([
      { key: "rule-1", alerts: 2, openAlerts: 1 },
      { key: "rule-2", alerts: 1, openAlerts: 0 },
    ]);
    expect(await store.alerts.figuresByHost()).toEqual([{ key: "host-a", alerts: 3, openAlerts: 1, risk: 91 }]);
  });

  it("are counted per day", async () => {
    await put(
      store,
      alert({ id: "a", time: T0 }),
      alert({ id: "b", time: T0 + 1 }),
      alert({ id: "c", time: T0 + 24 * 60 * MINUTE }),
      alert({ id: "d", time: Date.UTC(1969, 11, 30, 23) }),
      alert({ id: "e", time: Date.UTC(1969, 11, 31) }),
    );
    expect(await store.alerts.perDay("rule-1")).toEqual([
      { day: "1969-12-30", count: 1 },
      { day: "1969-12-31", count: 1 },
      { day: "2024-05-06", count: 2 },
      { day: "2024-05-07", count: 1 },
    ]);
  });
});
