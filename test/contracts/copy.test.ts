import { hash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { incidentKey } from "../../server/alert/incident-key.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { auditHash } from "../../server/store/audit/chain.ts";
import { packEvents } from "../../server/store/events/packed-events.ts";
import type { Store } from "../../server/store/port.ts";
import { copyStore } from "../../server/store/snapshot/copy.ts";
import { sectionNames } from "../../server/store/snapshot/sections.ts";
import { verifyChain } from "../../server/triage/audit-trail.ts";
import { alert, exception, rule } from "../factories/alerts.ts";
import {
  guid,
  logon,
  opaqueId,
  securityEnd,
  securityStart,
  sysmonActivity,
  sysmonConnection,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { answerProposal, exceptionProposal } from "../factories/proposals.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { neo4jOfThisRun, sqliteInTemporaryFolder, type TestStore } from "./stores.ts";

/**
 * Duplicate records, a logon, a connection, an exit by pid, a parent known only from its child, and a cycle of parents.
 */
const events: readonly StemmaEvent[] = [
  logon({ logonId: "0x70", user: "CORP\\bob", sid: "S-1-5-21-1-2-3-1104", ip: "10.0.0.5", time: T0 - 100 }),
  sysmonStart({ guid: guid(T0, 1), pid: 500, time: T0, logonId: "0x70", user: "CORP\\bob" }),
  securityStart({ pid: 500, time: T0 + 2100, subject: "CORP\\HOST-A$", subjectLogonId: "0x3e4" }),
  sysmonStart({ guid: guid(T0, 2), pid: 501, time: T0 + 50, parentGuid: guid(T0, 1), parentPid: 500 }),
  sysmonStart({ guid: opaqueId(3), pid: 502, time: T0 + 60, parentGuid: opaqueId(4) }),
  sysmonStart({ guid: opaqueId(4), pid: 503, time: T0 + 70, parentGuid: opaqueId(3) }),
  securityStart({ pid: 600, time: T0 + 9000, creatorPid: 4711, parentImage: "C:\\gone.exe" }),
  securityEnd({ pid: 600, time: T0 + 9900 }),
  sysmonActivity(11, { guid: guid(T0, 2), time: T0 + 80 }),
  sysmonConnection({ guid: guid(T0, 2), time: T0 + 90, source: "10.0.0.7", destination: "10.0.0.9", initiated: true }),
];

/** Values in every section, and a placeholder that was replaced by a process recorded later. */
async function fill(store: Store): Promise<void> {
  const detector = createDetector([rule()]);
  await ingestEvents(store, detector, [
    securityStart({ pid: 700, time: T0 + 9000, creatorPid: 4712, parentImage: "C:\\late.exe" }),
  ]);
  await ingestEvents(store, detector, [...events, securityStart({ pid: 4712, time: T0, image: "C:\\late.exe" })]);
  const [raised] = (await store.alerts.find({ limit: 1 })).items;
  const alertId = raised?.id ?? "";
  await store.write(async (to) => {
    await to.alerts.put(alert({ id: "moving", processKey: "before", fields: hostile }));
    await to.alerts.rekey(new Map([["before", "after"]]));
    const text = "name,path\r\nC$,\u202e\u0000";
    const sha256 = hash("sha256", text, "hex");
    await to.triage.putAttachedText({ sha256, text });
    for (const value of ["raises", "lowers"] as const) {
      await to.triage.putAnswer(alertId, {
        stepId: "s",
        value,
        note: "seen",
        evidence: [],
        attachments: [{ title: "Shares", sha256, bytes: Buffer.byteLength(text) }],
        actor: "lena",
        at: "2024-05-06T10:00:00.000Z",
      });
    }
    await to.triage.setChecked(alertId, "item", true);
    await to.triage.addTransition({ alertId, at: T0, actor: "lena", from: "open", to: "acknowledged" });
    await to.proposals.put(answerProposal({ alertId }));
    await to.proposals.put(exceptionProposal({ alertId, state: "dismissed" }));
    await to.savedViews.put({
      id: "view-1",
      page: "hunt",
      name: "Shells",
      address: "query=any",
      owner: "lena",
      createdAt: "2024-05-06T10:00:00.000Z",
    });
    await to.valueLists.put({
      ...{ id: "list-1", name: "Scanners", type: "ip", count: 2, hash: "h", createdBy: "lena" },
      createdAt: "2024-05-06T10:00:00.000Z",
    });
    await to.valueLists.putPart({ list: "list-1", part: 0, values: ["192.0.2.0/24", "198.51.100.7"] });
    await to.deliveries.put({
      ...{ id: "delivery-1", incidentKey: "k", target: "https://chat.example/hook", at: T0, actor: "lena", note: "n" },
      ...{ alerts: 2, state: "failed", attempts: 8, nextAt: T0, endedAt: T0, reason: "status 500", body: "{}" },
      files: [{ name: "bundle.html", sha256: "0" }],
    });
    await to.batches.put({
      ...{ id: "batch-1", action: { kind: "close", reason: "benign", note: "n" }, state: "done", actor: "lena" },
      ...{
        startedAt: "2024-05-06T10:00:00.000Z",
        changedAt: "2024-05-06T10:00:01.000Z",
        runner: "r",
        parts: 1,
        next: 1,
      },
      ...{ covered: counts, done: counts, changed: counts, left: [{ code: "alert.not-found", text: "x", ...counts }] },
      of: { of: [{ kind: "incidents", keys: ["k"] }], scope: "incidents" },
    });
    await to.batches.putPart({
      ...{ batch: "batch-1", number: 0, incidents: [{ key: "k", alerts: [alertId], rules: ["rule-1"] }] },
      changed: [{ key: "k", alerts: [{ id: alertId, from: "open" }] }],
    });
    await to.batches.putLeft({
      ...{ batch: "batch-1", number: 0, code: "alert.not-found" },
      incidents: [
        { key: "k", alerts: ["x", "y"] },
        { key: "none", alerts: [] },
      ],
    });
    await to.incidents.put({ id: "i", alertId, assignee: "lena", tags: ["t"], comments: [], changedAt: T0 });
    await to.exceptions.put(exception());
    await to.exceptions.addHit("exception-1", { ruleId: "rule-1", subject: "s", eventId: "e", time: T0 });
    await to.engineState.save("scope", [{ name: "n", value: "v" }]);
    await to.settings.put("folders", ["/rules", { deep: [1, null] }]);
    await to.ruleVersions.put([
      { ruleId: "r", hash: "h", version: "1", name: "R", source: "r.toml", text: "x", firstSeen: 1, lastSeen: 2 },
    ]);
    await to.audit.append({ at: T0, actor: { name: "lena" }, action: "a", subject: { kind: "alert", id: alertId } });
    await to.audit.append({
      at: T0,
      actor: { name: "lena" },
      action: "b",
      subject: { kind: "alert", id: alertId },
      after: [1],
    });
  });
}

const counts = { incidents: 1, alerts: 1 };

/** Field names and values that careless JSON or query handling would lose or change. */
const hostile = Object.assign(Object.create(null), { ["__proto__"]: "x", "process.name": "\u0000\u202e'\"`$1" });

type Open = () => Promise<TestStore>;

describe("a copy from SQLite to SQLite", () => copies(sqliteInTemporaryFolder, sqliteInTemporaryFolder, 1));
describeNeo4j("a copy from SQLite to Neo4j", () => copies(sqliteInTemporaryFolder, neo4jOfThisRun, 5));
describeNeo4j("a copy from Neo4j to SQLite", () => copies(neo4jOfThisRun, sqliteInTemporaryFolder, 5));

/** `writes`: the number of writes that succeed before a copy is interrupted. */
function copies(from: Open, to: Open, writes: number): void {
  // The first queries of a Neo4j server that has just started are slow.
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  let source: TestStore;
  let target: TestStore;
  beforeEach(async () => {
    source = await from();
    target = await to();
    await fill(source.store);
  });
  afterEach(async () => {
    await source.dispose();
    await target.dispose();
  });
  const copy = (into: Store = target.store, signal?: AbortSignal) =>
    copyStore(source.store, into, { onProgress: () => undefined, signal });

  it("holds everything in every section, and answers like the source", async () => {
    const copied = await copy();
    expect(copied).toMatchObject({ ok: true });
    const counts = Object.fromEntries(copied.ok ? copied.value.map(({ section, count }) => [section, count]) : []);
    // An empty section would prove nothing.
    expect(sectionNames.filter((section) => (counts[section] ?? 0) === 0)).toEqual([]);

    const answersOf = async (store: Store) => {
      const { alerts, lineage, triage, incidents, exceptions, audit, events: records, settings } = store;
      const { items } = await alerts.find({ limit: 100 });
      // Each store has its own place for notes of the trail's end, if any.
      const { notes: _, ...chain } = await verifyChain(audit, auditHash);
      const keys = items.flatMap(({ processKey }) => processKey ?? []);
      return {
        alerts: items,
        moved: await alerts.get("moving"),
        trees: await Promise.all(keys.map((key) => lineage.neighbourhood(key, 100))),
        hosts: await lineage.hosts(),
        users: await lineage.users(),
        sessions: await lineage.sessions({ limit: 100 }),
        counts: await lineage.counts(),
        answers: await Promise.all(items.map(({ id }) => triage.answers(id))),
        texts: (await store.snapshot.attachedTexts.page(undefined)).items,
        transitions: await triage.transitions(items.map(({ id }) => id)),
        work: await incidents.work(items.map(incidentKey)),
        exceptions: await exceptions.all(),
        coverage: await records.coverage({}),
        originals: await Promise.all(events.map(({ id }) => records.original(id))),
        chain,
        folders: await settings.get("folders"),
        unfinished: await settings.get("copy"),
      };
    };
    const expected = await answersOf(source.store);
    expect(await answersOf(target.store)).toEqual(expected);
    expect(expected).toMatchObject({ chain: { intact: true }, unfinished: undefined });
    expect([...expected.work.values()]).toMatchObject([{ assignee: "lena", tags: ["t"] }]);
    // The chain continues from there.
    await target.store.write((write) =>
      write.audit.append({ at: T0, actor: { name: "lena" }, action: "c", subject: { kind: "alert", id: "x" } }),
    );
    expect(await verifyChain(target.store.audit, auditHash)).toMatchObject({ intact: true });
  });

  it("continues where it was interrupted, wherever that was, with the same result", async () => {
    const runs = Math.ceil(sectionNames.length / writes);
    for (let run = 1; run <= runs; run += 1) {
      let started = 0;
      const failing: Store = {
        ...target.store,
        write: (work) => {
          started += 1;
          return started <= writes
            ? target.store.write(work)
            : target.store.write(async (transaction) => {
                await work(transaction);
                throw new Error("power cut");
              });
        },
      };
      await (run < runs ? expect(copy(failing)).rejects.toThrow("power cut") : copy(failing));
    }
    expect(await copy()).toMatchObject({ ok: false, error: { code: "store.not-empty" } });
    const again = await sqliteInTemporaryFolder();
    expect(await copyStore(target.store, again.store, { onProgress: () => undefined })).toMatchObject({ ok: true });
    expect(await again.store.lineage.counts()).toEqual(await source.store.lineage.counts());
    await again.dispose();
  });

  it("does not start in a store that holds values, or an unfinished copy of another store", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await copy(target.store, stop.signal)).toMatchObject({ ok: false, error: { code: "copy.stopped" } });
    await target.store.write((write) => write.settings.put("own", 1));
    expect(await copy()).toMatchObject({
      ok: false,
      error: { code: "store.not-empty", message: "the target is not empty: it holds 1 settings" },
    });
    await target.store.write(async (write) => {
      await write.settings.put("own", undefined);
      await write.settings.put("copy", { counts: { events: 1 }, part: "alerts" });
    });
    expect(await copy()).toMatchObject({ ok: false, error: { code: "copy.other-source" } });
  });

  it("reports a difference between source and target", async () => {
    let reads = 0;
    const changing: Store = {
      ...source.store,
      snapshot: {
        ...source.store.snapshot,
        alerts: {
          count: () => source.store.snapshot.alerts.count(),
          async page(cursor) {
            reads += 1;
            const page = await source.store.snapshot.alerts.page(cursor);
            return reads === 1 ? page : { ...page, items: page.items.slice(1) };
          },
        },
      },
    };
    expect(await copyStore(changing, target.store, { onProgress: () => undefined })).toMatchObject({
      ok: false,
      error: { code: "copy.differs", message: expect.stringContaining("alerts") },
    });
  });
}

describe("a copy of many events", () => {
  it("is written page by page", async () => {
    const source = await sqliteInTemporaryFolder();
    const target = await sqliteInTemporaryFolder();
    const many = Array.from({ length: 2_500 }, (_, index) =>
      sysmonActivity(11, { recordId: String(index), guid: guid(T0, index % 7), time: T0 + index }),
    );
    await source.store.write((to) =>
      to.events.append([packEvents(many.map((event) => ({ event, original: { at: event.time } })))]),
    );
    const pages: number[] = [];
    const copied = await copyStore(source.store, target.store, {
      onProgress: ({ phase, section, done }) => {
        if (phase === "copying" && section === "events") {
          pages.push(done);
        }
      },
    });
    expect(copied.ok).toBe(true);
    expect(pages).toEqual([1_000, 2_000, 2_500]);
    await source.dispose();
    await target.dispose();
  });
});
