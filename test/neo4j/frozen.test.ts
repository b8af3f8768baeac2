import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { type IngestProgress, ingest } from "../../server/pipeline/ingest.ts";
import { auditHash } from "../../server/store/audit/chain.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { Store } from "../../server/store/port.ts";
import { verifyChain } from "../../server/triage/audit-trail.ts";
import type { TestApi } from "../api/workbench.ts";
import { rule } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { type BoltProxy, boltProxy } from "./bolt-proxy.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";
import { anAlert, startWithOneAlert } from "./one-alert.ts";

/** Milliseconds. A busy machine responds slowly. */
const SOON = 90_000;
const LONG = 300_000;

let neo4j: Neo4jLease;
let proxy: BoltProxy;
const lease = async () => {
  neo4j = await acquireNeo4j();
  proxy = await boltProxy(neo4j.address);
};
const release = async (stop: (() => Promise<void>) | undefined) => {
  await neo4j.resume();
  proxy.restore();
  await stop?.();
  proxy.close();
  neo4j.release();
};

/** Nothing is closed or refused: whoever waits for an answer would wait for ever. */
const freezes: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
  ["its process is stopped", () => neo4j.pause(), () => neo4j.resume()],
  ["the network swallows everything", async () => proxy.freeze(), async () => proxy.restore()],
];

describeNeo4j("a workbench whose Neo4j is frozen", () => {
  let api: TestApi;
  beforeEach(async () => {
    await lease();
    api = await startWithOneAlert(proxy.address, neo4j);
  });
  afterEach(() => release(() => api?.stop()));

  const probe = async (path: string) => {
    const response = await fetch(new URL(path, api.workbench.url));
    return [response.status, await response.json()];
  };
  const healed = () =>
    vi.waitFor(async () => expect((await api.send("queue", { query: { group: "none" } })).status).toBe(200), SOON);
  const history = async (id: string) => (await api.get("alert", { params: { id } })).history.map(({ note }) => note);

  it.each(freezes)(
    "refuses changes within seconds because %s, lives on, heals, and has what it acknowledged",
    async (_, freeze, thaw) => {
      const { id } = await anAlert(api);
      const move = (to: "escalated" | "open", note: string) =>
        api.send("transition", { params: { id }, body: { to, note } });
      expect((await move("escalated", "before")).status).toBe(200);
      await freeze();
      // More than the connections that wait, and they share the wait.
      const begun = performance.now();
      const refused = await Promise.all(Array.from({ length: 12 }, (_none, index) => move("open", `lost ${index}`)));
      const waited = performance.now() - begun;
      expect([...new Set(refused.map(({ status, body }) => `${status} ${body.code}`))]).toEqual([
        "503 store.unavailable",
      ]);
      expect(refused[0]?.body.detail).toMatch(/Nothing of this change was stored|nothing of it was stored/);
      // 10 s for the first one to notice and 5 s for each that comes later, one after the other it would be a minute.
      expect(waited).toBeLessThan(SOON / 2);
      expect(await probe("/healthz")).toMatchObject([200, { status: "alive" }]);
      expect(await probe("/readyz")).toMatchObject([503, { reasons: ["store.unavailable"] }]);
      await thaw();
      await healed();
      expect(await history(id)).toEqual(["before"]);
      expect((await move("open", "after")).status).toBe(200);
      expect(await history(id)).toEqual(["before", "after"]);
      await vi.waitFor(async () => expect((await probe("/readyz"))[0]).toBe(200), SOON);
      const audit = await api.get("audit");
      expect(audit.chain).toMatchObject({ intact: true, checked: audit.total });
    },
    LONG,
  );

  it(
    "says that an answer may or may not be stored if it froze at the commit; repeating it does not double it",
    async () => {
      const { id } = await anAlert(api);
      const escalate = () => api.send("transition", { params: { id }, body: { to: "escalated", note: "once" } });
      proxy.freezeAtCommit("after");
      const unknown = await escalate();
      expect([unknown.status, unknown.body.code]).toEqual([503, "store.outcome-unknown"]);
      expect(unknown.body.detail).toContain("may or may not be stored");
      expect(unknown.headers["retry-after"]).toBeUndefined();
      proxy.restore();
      await healed();
      const again = await escalate();
      expect([again.status, again.body.code]).toEqual([409, "workflow.same-status"]);
      expect(await history(id)).toEqual(["once"]);
    },
    LONG,
  );
});

describeNeo4j("a store whose Neo4j is frozen", () => {
  let store: Store;
  beforeEach(async () => {
    await lease();
    const opened = await openNeo4jStore(proxy.address, neo4j);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    store = opened.value;
  });
  afterEach(() => release(() => store?.close()));

  it(
    "does not claim to know about a commit that the server never received",
    async () => {
      proxy.freezeAtCommit("before");
      const record = { at: T0, actor: { name: "lena" }, action: "a", subject: { kind: "k", id: "i" } };
      await expect(store.write(({ audit }) => audit.append(record))).rejects.toMatchObject({
        problem: { code: "store.outcome-unknown" },
        lost: true,
      });
      proxy.restore();
      await store.write(({ audit }) => audit.append(record));
      expect((await store.audit.page({ limit: 10 })).total).toBe(1);
    },
    LONG,
  );

  it(
    "closes within seconds",
    async () => {
      await store.write(async () => undefined);
      await neo4j.pause();
      await store.close();
    },
    LONG,
  );

  describe.each([
    ["its process is stopped between two writes", () => neo4j.pause(), () => neo4j.resume()],
    ["the network swallows a commit", async () => proxy.freezeAtCommit("before"), async () => proxy.restore()],
    [
      "the network swallows the answer to a commit",
      async () => proxy.freezeAtCommit("after"),
      async () => proxy.restore(),
    ],
  ] as const)("while %s", (_, freeze, thaw) => {
    it(
      "makes an ingest wait, and nothing is lost or doubled",
      async () => {
        const events = Array.from({ length: 100 }, (_none, number) => {
          const time = T0 + number * 1000;
          const image = number % 10 === 0 ? "C:\\evil.exe" : "C:\\fine.exe";
          const event = sysmonStart({ recordId: `${number}`, time, guid: guid(time, number), pid: 4 + number, image });
          return { event, original: { number } };
        });
        async function* batches() {
          const batch = { file: "test", problems: [], ignored: [], bytes: 0, fileStart: false, fileDone: false };
          yield { ...batch, events: events.slice(0, 50), fileStart: true };
          await freeze();
          yield { ...batch, events: events.slice(50), fileDone: true };
        }
        const phases = new Set<IngestProgress["phase"]>();
        const summary = await ingest({
          store: { ...store, writeSize: 50 },
          detector: createDetector([rule({ condition: wildcard("process.name", "evil*") })]),
          paths: ["test"],
          batches: batches(),
          actor: { name: "tester" },
          clock: Date.now,
          onProgress({ phase }) {
            phases.add(phase);
            if (phase === "store-lost") {
              void thaw();
            }
          },
        });
        expect(phases).toContain("store-lost");
        expect(summary).toMatchObject({ state: "done", rejectedTotal: 0 });
        expect(summary.warnings).toMatchObject([{ code: "ingest.store-reconnected" }]);
        expect(summary.events + summary.duplicates).toBe(100);
        expect(await store.events.count()).toBe(100);
        expect((await store.lineage.counts()).processes).toBe(100);
        expect((await store.alerts.find({ limit: 1 })).total).toBe(10);
        expect(await verifyChain(store.audit, auditHash)).toMatchObject({ intact: true, checked: 2 });
      },
      LONG,
    );
  });
});
