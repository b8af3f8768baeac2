import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FieldValue } from "#contracts/event";
import type { IngestSummary } from "#contracts/ingest";
import { type QueueQuery, queueQuery } from "#contracts/queue";
import { alertDocument } from "../../server/alert/document.ts";
import { alertId } from "../../server/alert/identity.ts";
import type { AlertRecord } from "../../server/alert/record.ts";
import { compileCondition } from "../../server/condition/evaluate.ts";
import { always, and, type Condition, equals, exists, not, or, wildcard } from "../../server/condition/tree.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { BadRequestError } from "../../server/lib/bad-request-error.ts";
import { auditHash } from "../../server/store/audit/chain.ts";
import { packEvents } from "../../server/store/events/packed-events.ts";
import type { Store } from "../../server/store/port.ts";
import { alert, exception } from "../factories/alerts.ts";
import { describeStores, type TestStore } from "./stores.ts";

const T0 = Date.UTC(2024, 4, 6, 9);
const MINUTE = 60_000;

function event(id: string, time: number, given: Readonly<Record<string, FieldValue>> = {}): StemmaEvent {
  return {
    id,
    time,
    fields: Object.assign(Object.create(null), { "host.name": "host-a", ...given }),
    source: {
      eventId: id,
      file: "test",
      channel: "Microsoft-Windows-Sysmon/Operational",
      code: "1",
      time: new Date(time).toISOString(),
    },
  };
}

const summary: IngestSummary = {
  id: "ingest-1",
  startedAt: "2024-05-06T09:00:00.000Z",
  actor: "tester",
  paths: ["a"],
  state: "running",
  files: 0,
  ignored: [],
  records: 0,
  events: 0,
  duplicates: 0,
  rejected: [],
  rejectedTotal: 0,
  warnings: [],
  processes: 0,
  sessions: 0,
  alerts: 0,
  suppressed: 0,
  bytes: 0,
  seconds: 0,
};

describeStores("the store contract", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const append = async (...events: readonly StemmaEvent[]) => {
    const packed = packEvents(events.map((one) => ({ event: one, original: { raw: one.id } })));
    const [places = []] = await store.write((transaction) => transaction.events.append([packed]));
    return {
      fresh: places.flatMap((index) => events[index] ?? []),
      duplicates: events.length - places.length,
    };
  };
  const put = (...alerts: readonly AlertRecord[]) =>
    store.write(async (transaction) => {
      for (const one of alerts) {
        await transaction.alerts.put(one);
      }
    });
  const queue = (given: Partial<QueueQuery> = {}) => store.alerts.queue({ ...queueQuery.parse({}), ...given });

  describe("writing", () => {
    it("keeps nothing of a write that fails", async () => {
      const failing = store.write(async (transaction) => {
        await transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]);
        await transaction.alerts.put(alert());
        await transaction.exceptions.put(exception());
        await transaction.triage.setChecked("alert-1", "item", true);
        await transaction.ingests.put(summary);
        await transaction.audit.append({ at: T0, actor: "a", action: "b", subject: { kind: "c", id: "d" } });
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await store.events.count()).toBe(0);
      expect(await store.alerts.get("alert-1")).toBeUndefined();
      expect(await store.exceptions.all()).toEqual([]);
      expect(await store.triage.checked("alert-1")).toEqual(new Set());
      expect(await store.ingests.all(10)).toEqual([]);
      expect((await store.audit.page({ limit: 10 })).total).toBe(0);
      // And the next write starts from what was there.
      expect((await append(event("a", T0))).fresh).toHaveLength(1);
    });

    it("shows readers nothing of a write that goes on", async () => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const writing = store.write(async (transaction) => {
        await transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]);
        await transaction.alerts.put(alert());
        await gate;
      });
      expect(await store.events.count()).toBe(0);
      expect(await store.alerts.get("alert-1")).toBeUndefined();
      release();
      await writing;
      expect(await store.events.count()).toBe(1);
      expect(await store.alerts.get("alert-1")).toBeDefined();
    });

    it("does one write after the other, in the order of the calls", async () => {
      const order: string[] = [];
      await Promise.all(
        ["first", "second", "third"].map((name) =>
          store.write(async () => {
            order.push(`${name} begins`);
            await new Promise((resolve) => setTimeout(resolve, 2));
            order.push(`${name} ends`);
          }),
        ),
      );
      expect(order).toEqual(["first", "second", "third"].flatMap((name) => [`${name} begins`, `${name} ends`]));
    });

    it("lets two doors to the same data write in turn", async () => {
      const other = await test.reopen();
      await Promise.all([
        store.write(async (transaction) =>
          transaction.events.append([packEvents([{ event: event("a", T0), original: 1 }])]),
        ),
        other.write(async (transaction) =>
          transaction.events.append([packEvents([{ event: event("b", T0), original: 1 }])]),
        ),
      ]);
      expect(await store.events.count()).toBe(2);
      expect(await other.events.get("a")).toEqual(event("a", T0));
    });

    it("gives the turn to ingest to one at a time", async () => {
      const other = await test.reopen();
      const turn = await store.ingestLease();
      const refused = await other.ingestLease();
      expect(turn.ok).toBe(true);
      expect(refused).toMatchObject({ ok: false, error: { code: "store.ingest-running" } });
      if (turn.ok) {
        await turn.value.release();
      }
      const again = await other.ingestLease();
      expect(again.ok).toBe(true);
    });
  });

  describe("events", () => {
    it("keeps an event and its original as they were, whatever the fields are called", async () => {
      const fields = JSON.parse(
        '{"__proto__":"x","constructor":"y","many":["a",1,true],"text":"line\\nfeed \\u0000 \\ud83d\\ude00"}',
      );
      const odd = event("a", T0, fields);
      await store.write(async (transaction) =>
        transaction.events.append([packEvents([{ event: odd, original: '{"as": "it stood"}\n' }])]),
      );
      const read = await store.events.get("a");
      expect(read).toEqual(odd);
      expect(Object.getPrototypeOf(read?.fields)).toBeNull();
      expect(await store.events.original("a")).toEqual({ as: "it stood" });
      expect(await store.events.get("b")).toBeUndefined();
      expect(await store.events.original("b")).toBeUndefined();
    });

    it("knows an event again, in the same write and in a later one", async () => {
      const first = await append(event("a", T0), event("b", T0 + 1), event("a", T0));
      expect(first.fresh.map((one) => one.id)).toEqual(["a", "b"]);
      expect(first.duplicates).toBe(1);
      const second = await append(event("b", T0 + 1), event("c", T0 + 2));
      expect(second.fresh.map((one) => one.id)).toEqual(["c"]);
      expect(second.duplicates).toBe(1);
      expect(await store.events.count()).toBe(3);
    });

    it("finds by condition in an inclusive window, counts all, returns as many as asked for", async () => {
      await append(
        ...Array.from({ length: 700 }, (_, index) => event(`e${index}`, T0 + index, { "process.pid": index % 7 })),
      );
      const condition = equals("process.pid", 3);
      const oldest = await store.events.find({ condition, limit: 2, order: "oldest-first" });
      expect(oldest.events.map((one) => one.id)).toEqual(["e3", "e10"]);
      expect(oldest.total).toBe(100);
      const newest = await store.events.find({ condition, from: T0 + 3, to: T0 + 17, limit: 9, order: "newest-first" });
      expect(newest.events.map((one) => one.id)).toEqual(["e17", "e10", "e3"]);
      const all = await store.events.find({ condition: always, from: T0 + 698, limit: 9, order: "oldest-first" });
      expect(all.events.map((one) => one.id)).toEqual(["e698", "e699"]);
      expect(all.total).toBe(2);
    });

    it("scans everything that matches, in order of time, across its pages", async () => {
      const events = Array.from({ length: 4_500 }, (_, index) => event(`e${index}`, T0 + ((index * 7919) % 4_500)));
      await append(...events);
      const times: number[] = [];
      for await (const batch of store.events.scan({ condition: exists("host.name"), from: T0 + 10 })) {
        times.push(...batch.map((one) => one.time));
      }
      expect(times).toEqual(Array.from({ length: 4_490 }, (_, index) => T0 + 10 + index));
    });

    it("narrows without ever losing a match: it finds what the evaluator finds", async () => {
      const names = ["host.name", "process.name", "process.entity_id", "event.category", "process.pid", "other"];
      const text = fc.constantFrom(
        "a",
        "A",
        "ab",
        "Straße",
        "STRASSE",
        "\u{10ffff}",
        "a\u0000b",
        "7",
        "\ud800",
        "İ",
        "ſ",
      );
      const scalar = fc.oneof(text, fc.constantFrom(7, 8));
      const value: fc.Arbitrary<FieldValue> = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
      const leaf = fc.oneof(
        fc
          .tuple(fc.constantFrom(...names), fc.array(scalar, { minLength: 1, maxLength: 3 }), fc.boolean())
          .map(([name, values, caseInsensitive]): Condition => equals(name, values, { caseInsensitive })),
        fc
          .tuple(
            fc.constantFrom(...names),
            fc.constantFrom("a*", "A?", "*", "st*", "ab", "7", "\u{10ffff}*", "a\u0000*"),
            fc.boolean(),
          )
          .map(([name, pattern, caseInsensitive]): Condition => wildcard(name, pattern, { caseInsensitive })),
        fc.constantFrom(...names).map(exists),
      );
      const condition: fc.Arbitrary<Condition> = fc.oneof(
        leaf,
        fc.tuple(leaf, leaf).map((terms) => and(...terms)),
        fc.tuple(leaf, leaf).map((terms) => or(...terms)),
        leaf.map(not),
      );
      let serial = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.dictionary(fc.constantFrom(...names), value), { maxLength: 8 }),
          fc.array(condition, { minLength: 1, maxLength: 6 }),
          async (records, conditions) => {
            serial += 1;
            const from = T0 + serial * MINUTE;
            const events = records.map((fields, index) => event(`p${serial}-${index}`, from + index, fields));
            await append(...events);
            for (const asked of conditions) {
              const found = await store.events.find({ condition: asked, from, limit: 100, order: "oldest-first" });
              const matches = compileCondition(asked);
              expect(found.events.map((one) => one.id)).toEqual(
                events.filter((one) => matches(one.fields)).map((one) => one.id),
              );
              expect(found.total).toBe(found.events.length);
            }
          },
        ),
        { numRuns: test.runs(60) },
      );
    });

    it("tells exactly what covers a window, by host and source", async () => {
      const all = Array.from({ length: 200 }, (_, index) =>
        event(`e${index}`, T0 + index * MINUTE, { "host.name": index % 2 === 0 ? "HOST-A" : "host-b" }),
      );
      await append(...all.slice(0, 90));
      await append(...all.slice(90));
      for (const [from, to] of [
        [0, 199],
        [7, 12],
        [7, 101],
        [15, 44],
        [180, 400],
      ] as const) {
        const inside = all.filter((one) => one.time >= T0 + from * MINUTE && one.time <= T0 + to * MINUTE);
        const coverage = await store.events.coverage({ from: T0 + from * MINUTE, to: T0 + to * MINUTE });
        expect(coverage.map((row) => [row.host, row.source])).toEqual([
          ["host-a", "sysmon"],
          ["host-b", "sysmon"],
        ]);
        expect(coverage.reduce((total, row) => total + row.events, 0)).toBe(inside.length);
        const own = inside.filter((one) => one.fields["host.name"] === "HOST-A");
        expect(coverage[0]).toMatchObject({
          events: own.length,
          from: new Date(own[0]?.time ?? 0).toISOString(),
          to: new Date(own.at(-1)?.time ?? 0).toISOString(),
        });
      }
      expect(await store.events.coverage({ hosts: ["Host-B"], to: T0 + MINUTE })).toMatchObject([
        { host: "host-b", events: 1 },
      ]);
      expect(await store.events.coverage({ hosts: ["host-c"] })).toEqual([]);
    });

    it("lists the records of a process: by entity id, and by pid while it lived", async () => {
      const start = { "process.pid": 42, "event.category": "process", "event.type": "start" };
      await append(
        event("before", T0 - MINUTE, { "process.pid": 42 }),
        event("sysmon", T0, { ...start, "process.entity_id": "{A}" }),
        event("security", T0 + 1000, start),
        event("connection", T0 + 2000, { "process.pid": 42, "process.entity_id": "{a}", "event.category": "network" }),
        event("late", T0 + 90 * MINUTE, { "process.entity_id": "{A}", "event.category": "network" }),
        event("by-pid", T0 + 3000, { "process.pid": 42 }),
        event("other-host", T0 + 3000, { "process.pid": 42, "host.name": "host-b" }),
        event("reuse", T0 + 5 * MINUTE, { ...start, "process.entity_id": "{B}" }),
        event("reuse-activity", T0 + 6 * MINUTE, { "process.pid": 42 }),
      );
      const node = {
        key: "k",
        host: "host-a",
        entityId: "{A}",
        pid: 42,
        start: new Date(T0).toISOString(),
        placeholder: false,
        sources: ["sysmon", "security"].map((eventId) => ({ eventId, file: "test", time: new Date(T0).toISOString() })),
        activity: { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 },
        childGroup: "c",
        childCount: 0,
        alerts: [],
      };
      const first = await store.events.ofProcess(node, { limit: 3 });
      expect(first.total).toBe(5);
      const second = await store.events.ofProcess(node, { limit: 3, cursor: first.next });
      expect([...first.items, ...second.items].map((one) => one.id)).toEqual([
        "sysmon",
        "security",
        "connection",
        "by-pid",
        "late",
      ]);
      expect(second.next).toBeUndefined();
      const network = await store.events.ofProcess(node, { limit: 9, kind: "network" });
      expect(network.items.map((one) => one.id)).toEqual(["connection", "late"]);
    });
  });

  describe("alerts", () => {
    it("keeps an alert whole and changes it in place", async () => {
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
      await put(full);
      expect(await store.alerts.get(full.id)).toEqual(full);
      await put({ ...full, status: "closed", closeReason: "benign" });
      expect(await store.alerts.get(full.id)).toMatchObject({ status: "closed", closeReason: "benign" });
      expect((await store.alerts.find({ limit: 9 })).total).toBe(1);
    });

    it("finds by every filter and by a condition on the alert's document, page by page", async () => {
      await put(
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
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.alerts.find({ ...query, order: "oldest-first", limit: 2, cursor });
          expect(page.total).toBe(5);
          seen.push(...page.items.map((one) => one.id));
          cursor = page.next;
        } while (cursor !== undefined);
        expect(seen).toEqual(["a00", "a05", "a10", "a15", "a20"]);
      }
    });

    it("follows a process to its new key: ids, work and merged alerts", async () => {
      const old = (processKey: string) => alertId("rule-1", { processKey, eventId: "" });
      const at = (eventId: string, provider: string) => [
        { eventId, file: "test", provider, time: new Date(T0).toISOString() },
      ];
      await put(
        alert({
          id: old("p1"),
          processKey: "p1",
          rootKey: "p1",
          sources: at("e1", "Microsoft-Windows-Security-Auditing"),
        }),
        alert({
          id: old("p2"),
          processKey: "p2",
          rootKey: "p1",
          sources: at("e2", "Microsoft-Windows-Sysmon"),
          message: "sysmon",
        }),
      );
      await store.write(async ({ triage, alerts }) => {
        await triage.setChecked(old("p1"), "item", true);
        await triage.addTransition({ alertId: old("p1"), at: T0, actor: "a", from: "open", to: "acknowledged" });
        await alerts.put({ ...((await alerts.get(old("p1"))) ?? alert()), status: "acknowledged" });
      });
      await store.write(({ alerts }) => alerts.rekey(new Map([["p1", "p2"]])));
      const merged = await store.alerts.get(old("p1"));
      expect(merged).toMatchObject({
        id: old("p2"),
        processKey: "p2",
        rootKey: "p2",
        status: "acknowledged",
        message: "sysmon",
      });
      expect(merged?.sources.map((source) => source.eventId)).toEqual(["e2", "e1"]);
      expect((await store.alerts.find({ limit: 9 })).total).toBe(1);
      for (const id of [old("p1"), old("p2")]) {
        expect(await store.triage.checked(id)).toEqual(new Set(["item"]));
        expect(await store.triage.transitions([id])).toHaveLength(1);
      }
      const known = await store.write(({ alerts }) =>
        alerts.existing([
          { ruleId: "rule-1", processKey: "p3", eventId: "x" },
          { ruleId: "rule-1", processKey: "p2", eventId: "x" },
          { ruleId: "rule-2", processKey: "p2", eventId: "e1" },
          { ruleId: "rule-1", eventId: "e1" },
        ]),
      );
      expect(known.map((found) => found?.id)).toEqual([undefined, old("p2"), undefined, old("p2")]);
      // A second new name: both earlier ids still lead there.
      await store.write(({ alerts }) => alerts.rekey(new Map([["p2", "p9"]])));
      for (const key of ["p1", "p2", "p9"]) {
        expect((await store.alerts.get(old(key)))?.id).toBe(old("p9"));
      }
    });

    it("counts alerts, open ones and risk by rule", async () => {
      const other = { id: "rule-2", name: "Rule two", version: "1", language: "sigma" } as const;
      await put(
        alert({ id: "a" }),
        alert({ id: "b", status: "closed", closeReason: "benign" }),
        alert({ id: "c", rule: other, riskScore: 21, buildingBlock: true }),
      );
      const figures = await store.alerts.figures("rule");
      expect(figures.toSorted((left, right) => (left.key < right.key ? -1 : 1))).toEqual([
        { key: "rule-1", alerts: 2, openAlerts: 1, risk: 70 },
        { key: "rule-2", alerts: 1, openAlerts: 0, risk: 21 },
      ]);
    });

    it("counts alerts of a rule per day", async () => {
      await put(
        alert({ id: "a", time: T0 }),
        alert({ id: "b", time: T0 + 1 }),
        alert({ id: "c", time: T0 + 24 * 60 * MINUTE }),
      );
      expect(await store.alerts.perDay("rule-1")).toEqual([
        { day: "2024-05-06", count: 2 },
        { day: "2024-05-07", count: 1 },
      ]);
    });
  });

  describe("the queue", () => {
    it("says why it is empty", async () => {
      expect((await queue()).emptyReason).toBe("No events have been ingested yet.");
      await append(event("a", T0));
      expect((await queue()).emptyReason).toBe("No rule has matched anything that was ingested.");
      await put(alert({ id: "a", status: "closed" }), alert({ id: "b", buildingBlock: true }));
      expect((await queue()).emptyReason).toBe(
        "No alert matches: 1 is hidden by the status filter; 1 of building-block rules is left out of the queue.",
      );
      expect((await queue({ host: ["nowhere"] })).emptyReason).toBe(
        "No alert matches: 1 is hidden by several filters together.",
      );
    });

    it("groups by lineage root, most severe first, with exact counts over all filters", async () => {
      const rule = { id: "rule-2", name: "Rule two", version: "1", language: "kql" as const };
      await put(
        alert({ id: "a", rootKey: "r1", processKey: "p1", time: T0, commandTemplate: "s", severity: "medium" }),
        alert({ id: "b", rootKey: "r1", processKey: "p2", time: T0 + 1, rule, user: { name: "Bob" }, userKey: "bob" }),
        alert({
          id: "c",
          rootKey: "r2",
          processKey: "p3",
          time: T0 + 2,
          severity: "critical",
          commandTemplate: "s",
          host: "host-b",
        }),
        alert({ id: "d", time: T0 + 3, severity: "low" }),
        alert({ id: "e", time: T0 + 4, status: "closed", closeReason: "benign", commandTemplate: "s" }),
        alert({ id: "f", time: T0 + 5, buildingBlock: true }),
      );
      const page = await queue();
      expect(page.items.map((item) => [item.key, item.severity, item.alertCount, item.ruleCount])).toEqual([
        ["r2", "critical", 1, 1],
        ["r1", "high", 2, 2],
        ["host:host-a", "low", 1, 1],
      ]);
      expect(page).toMatchObject({
        total: 3,
        totalAlerts: 4,
        counts: { open: 4, acknowledged: 0, escalated: 0, closed: 1 },
      });
      expect(page.items[0]?.similar).toEqual({ total: 3, benign: 1 });
      expect(page.items[1]).toMatchObject({ title: "Rule two", users: ["Bob"], hosts: ["host-a"] });
      expect(page.items[1]?.alerts.map((one) => one.id)).toEqual(["b", "a"]);
      expect(page.facets.severity.map((facet) => [facet.value, facet.count])).toEqual([
        ["critical", 1],
        ["high", 1],
        ["medium", 1],
        ["low", 1],
      ]);
      expect(page.facets.rule).toEqual([
        { value: "rule-1", label: "Rule one", count: 3 },
        { value: "rule-2", label: "Rule two", count: 1 },
      ]);
      expect(page.facets.tactic).toEqual([{ value: "Execution", label: "Execution", count: 4 }]);
      expect(page.facets.user).toEqual([{ value: "bob", label: "Bob", count: 1 }]);
      expect(page.histogram.reduce((total, bucket) => total + bucket.count, 0)).toBe(4);
      // A facet is not narrowed by its own filter, the others are.
      const one = await queue({ rule: ["rule-2"] });
      expect(one.facets.rule.map((facet) => facet.count)).toEqual([3, 1]);
      expect(one.facets.host.map((facet) => [facet.value, facet.count])).toEqual([["host-a", 1]]);
      for (const [group, keys] of [
        ["rule", ["rule-1", "rule-2"]],
        ["host", ["host-b", "host-a"]],
        ["user", ["", "bob"]],
        ["none", ["c", "b", "a", "d"]],
      ] as const) {
        expect((await queue({ group })).items.map((item) => item.key)).toEqual(keys);
      }
    });

    it("shows an alert that was taken out of its work item as an item of its own, and back again", async () => {
      const apart = { at: T0, actor: "lena", reason: "another story" };
      await put(alert({ id: "a", rootKey: "r" }), alert({ id: "b", rootKey: "r", removed: apart }));
      expect((await queue()).items.map(({ key }) => key).sort()).toEqual(["alert:b", "r"]);
      expect(await store.alerts.get("b")).toMatchObject({ removed: apart });
      expect((await store.alerts.find({ incidentKey: "r", limit: 5 })).items.map(({ id }) => id)).toEqual(["a"]);
      expect((await store.alerts.find({ rootKey: "r", limit: 5 })).total).toBe(2);
      expect((await store.alerts.find({ removedFrom: "r", limit: 5 })).items.map(({ id }) => id)).toEqual(["b"]);
      await put(alert({ id: "b", rootKey: "r" }));
      expect((await queue()).items.map(({ key, alertCount }) => [key, alertCount])).toEqual([["r", 2]]);
      expect((await store.alerts.find({ removedFrom: "r", limit: 5 })).total).toBe(0);
    });

    it("joins alerts of two hosts where one root led to the other", async () => {
      await put(
        alert({ id: "a", host: "ws", rootKey: "r" }),
        alert({ id: "b", host: "srv", rootKey: "s", originRootKey: "r" }),
      );
      expect((await queue()).items).toMatchObject([{ key: "r", hosts: ["srv", "ws"], alertCount: 2 }]);
      expect(await store.alerts.get("b")).toMatchObject({ rootKey: "s", originRootKey: "r" });
    });

    it("goes on behind a cursor without losing or repeating an item", async () => {
      await put(
        ...Array.from({ length: 23 }, (_, index) =>
          alert({
            id: `a${index}`,
            rootKey: `r${index}`,
            time: T0 + (index % 4),
            severity: index % 3 === 0 ? "low" : "high",
          }),
        ),
      );
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await queue({ limit: 5, cursor });
        expect(page.total).toBe(23);
        seen.push(...page.items.map((item) => item.key));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).toEqual((await queue({ limit: 100 })).items.map((item) => item.key));
      expect(new Set(seen).size).toBe(23);
    });

    it("pages by names of any alphabet in one order, and takes the last id of alerts that lead alike", async () => {
      // By bytes: UTF-16 units would put the face, a surrogate pair, before the wide tilde.
      const hosts = ["host", "host-e\u0301", "host-\u00e9", "host-\uff5e", "host-\u{1f600}"];
      await put(
        ...hosts.toReversed().map((host, index) => alert({ id: `alert-${index}`, host, severity: "high", time: T0 })),
        ...["b", "c", "a"].map((id) =>
          alert({
            id,
            host: hosts[0],
            severity: "high",
            time: T0,
            user: { name: id },
            userKey: "user:same",
            commandTemplate: id,
          }),
        ),
      );
      const found: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await queue({ group: "host", limit: 1, cursor });
        found.push(...page.items.map(({ key }) => key));
        if (page.next === undefined) {
          break;
        }
        cursor = page.next;
      }
      expect(found).toEqual(hosts);
      expect((await queue({ group: "user", user: ["user:same"] })).items.map(({ title }) => title)).toEqual(["c"]);
      expect((await store.alerts.figures("host")).map(({ key }) => key)).toEqual(hosts);
    });

    it("finds by what alerts say of host and user whatever the case, and however many values there are", async () => {
      const said = (id: string, host: string | string[] | undefined, name: string | string[]) =>
        alert({
          id,
          user: undefined,
          fields: { ...(host === undefined ? {} : { "host.name": host }), "user.name": name },
        });
      const all = [
        said("a", "WS-1", "Ann"),
        said("b", ["ws-1", "WS-2"], "bob"),
        said("c", undefined, ["ann", "bob"]),
        said("d", "ws-10", "ann"),
      ];
      await put(...all);
      const conditions = [
        equals("host.name", "ws-1"),
        equals("host.name", ["WS-2", "ws-10"]),
        and(equals("host.name", "ws-1"), equals("user.name", "ANN")),
        or(equals("host.name", "ws-10"), equals("user.name", "bob")),
        wildcard("host.name", "ws-1*"),
        not(equals("host.name", "ws-1")),
      ];
      for (const condition of conditions) {
        const matches = compileCondition(condition);
        const expected = all.filter((one) => matches(alertDocument(one))).map(({ id }) => id);
        const found = await store.alerts.find({ condition, limit: 10 });
        expect(found.items.map(({ id }) => id).sort()).toEqual(expected);
        expect(found.total).toBe(expected.length);
      }
    });

    it.each(["nonsense", "WzFd", ""])("refuses a cursor that is not of its list: %j", async (cursor) => {
      await put(alert({ id: "a" }));
      await expect(queue({ cursor })).rejects.toThrow(BadRequestError);
      await expect(store.alerts.find({ limit: 1, cursor })).rejects.toThrow(BadRequestError);
    });

    it("searches words anywhere, literally and without regard to case", async () => {
      await put(
        alert({ id: "a", message: "100% of A_B on \\\\share", fields: { "process.command_line": "CMD.exe /c ÄRGER" } }),
        alert({ id: "b", message: "1000 of AxB", user: { name: "alice", domain: "CORP" } }),
      );
      const found = async (text: string) => (await queue({ group: "none", text })).items.map((item) => item.key);
      expect(await found("100%")).toEqual(["a"]);
      expect(await found("a_b")).toEqual(["a"]);
      expect(await found("\\\\SHARE cmd.EXE")).toEqual(["a"]);
      expect(await found("ärger")).toEqual(["a"]);
      expect(await found("corp\\alice")).toEqual(["b"]);
      expect(await found("' OR 1=1 --")).toEqual([]);
    });
  });

  describe("triage", () => {
    it("keeps the latest answer of each step, ticks and transitions", async () => {
      const answer = (stepId: string, value: "raises" | "lowers") => ({
        stepId,
        value,
        note: "",
        evidence: [],
        actor: "a",
        at: "2024-05-06T09:00:00.000Z",
      });
      const change = {
        alertId: "x",
        at: T0,
        actor: "a",
        from: "open",
        to: "closed",
        reason: "benign",
        note: "n",
      } as const;
      await store.write(async ({ triage }) => {
        await triage.putAnswer("x", answer("one", "raises"));
        await triage.putAnswer("x", answer("two", "raises"));
        await triage.putAnswer("x", answer("one", "lowers"));
        await triage.setChecked("x", "i1", true);
        await triage.setChecked("x", "i2", true);
        await triage.setChecked("x", "i2", true);
        await triage.setChecked("x", "i1", false);
        await triage.addTransition(change);
        expect(await triage.answers("x")).toHaveLength(2);
      });
      expect((await store.triage.answers("x")).map(({ stepId, value }) => [stepId, value])).toEqual([
        ["two", "raises"],
        ["one", "lowers"],
      ]);
      expect(await store.triage.checked("x")).toEqual(new Set(["i2"]));
      expect(await store.triage.transitions(["x"])).toEqual([change]);
      const later = { ...change, alertId: "z", at: T0 - 1, from: "open", to: "open", incident: "removed" } as const;
      await store.write(({ triage }) => triage.addTransition(later));
      expect(await store.triage.transitions(["z", "x", "z", "nobody"])).toEqual([change, later]);
      expect(await store.triage.transitions([])).toEqual([]);
      expect(await store.triage.answers("y")).toEqual([]);
    });
  });

  describe("exceptions", () => {
    it("counts a hit once per rule and subject, and says who hid what", async () => {
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
  });

  describe("audit", () => {
    it("chains records by hash, numbers them, and pages newest first", async () => {
      const entry = (id: string) => ({
        at: T0,
        actor: "a",
        action: "b",
        subject: { kind: "alert", id },
        after: { z: 1, a: [undefined, "x"] },
      });
      for (const id of ["1", "2", "3"]) {
        await store.write(({ audit }) => audit.append(entry(id)));
      }
      const records = (await Array.fromAsync(store.audit.all())).flat();
      expect(records.map((record) => record.sequence)).toEqual([1, 2, 3]);
      for (const [index, { hash, ...content }] of records.entries()) {
        expect(hash).toBe(auditHash(content));
        expect(content.previousHash).toBe(records[index - 1]?.hash ?? "0".repeat(64));
        expect(auditHash({ ...content, actor: "someone else" })).not.toBe(hash);
      }
      const first = await store.audit.page({ limit: 2 });
      expect([first.items.map((record) => record.sequence), first.total]).toEqual([[3, 2], 3]);
      const second = await store.audit.page({ limit: 2, cursor: first.next });
      expect([second.items.map((record) => record.sequence), second.next]).toEqual([[1], undefined]);
      expect((await store.audit.page({ kind: "alert", id: "2", limit: 9 })).items).toHaveLength(1);
    });
  });

  describe("settings", () => {
    it("keeps a value of any JSON shape with its audit record, replaces it and takes it away", async () => {
      expect(await store.settings.get("rules")).toBeUndefined();
      const value = { folders: ["/rules", "odd \u0000 name"], disabled: [], nested: { deep: [1, null, true] } };
      await store.write(async ({ settings, audit }) => {
        await settings.put("rules", value);
        expect(await settings.get("rules")).toEqual(value);
        await audit.append({
          at: T0,
          actor: "tester",
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

  describe("rule versions", () => {
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

    it("keeps every text once, tells which it does not have, and when each was seen", async () => {
      const first = version("one", "a", T0);
      const second = version("one", "b", T0 + MINUTE);
      const other = version("two", "a", T0);
      await store.write(async ({ ruleVersions }) => {
        expect(await ruleVersions.seen([first, other], T0)).toEqual([first, other]);
        await ruleVersions.put([first, other]);
      });
      await store.write(async ({ ruleVersions }) => {
        expect(await ruleVersions.seen([second, other], T0 + MINUTE)).toEqual([second]);
        await ruleVersions.put([second, { ...first, text: "never changed" }]);
      });
      expect(await store.ruleVersions.of("one")).toEqual([second, first]);
      expect(await store.ruleVersions.of("two")).toEqual([{ ...other, lastSeen: T0 + MINUTE }]);
      await store.write(({ ruleVersions }) => ruleVersions.seen([first], T0 + 2 * MINUTE));
      await store.write(({ ruleVersions }) => ruleVersions.seen([second], T0));
      expect(await store.ruleVersions.of("one")).toEqual([{ ...first, lastSeen: T0 + 2 * MINUTE }, second]);
      expect(await store.ruleVersions.of("unknown")).toEqual([]);
    });
  });

  describe("ingests", () => {
    it("takes a run that never finished for interrupted unless someone ingests now", async () => {
      await store.write(async ({ ingests }) => {
        await ingests.put({ ...summary, id: "old", startedAt: "2024-05-05T00:00:00.000Z", state: "done" });
        await ingests.put(summary);
        await ingests.put({ ...summary, events: 5 });
      });
      const turn = await store.ingestLease();
      const states = async () => (await store.ingests.all(10)).map(({ id, state, events }) => [id, state, events]);
      expect(await states()).toEqual([
        ["ingest-1", "running", 5],
        ["old", "done", 0],
      ]);
      if (turn.ok) {
        await turn.value.release();
      }
      expect(await states()).toEqual([
        ["ingest-1", "interrupted", 5],
        ["old", "done", 0],
      ]);
      expect(await store.ingests.all(1)).toHaveLength(1);
    });
  });
});
