import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text as textOf } from "node:stream/consumers";
import neo4j from "neo4j-driver";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Condition, equals, wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { type IngestProgress, ingest } from "../../server/pipeline/ingest.ts";
import { auditHash } from "../../server/store/audit/chain.ts";
import { packEvents } from "../../server/store/events/packed-events.ts";
import { unsupportedServer } from "../../server/store/neo4j/open.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { Store } from "../../server/store/port.ts";
import { verifyChain } from "../../server/triage/audit-trail.ts";
import { alert, rule } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { boltProxy } from "../neo4j/bolt-proxy.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { neo4jOfThisRun } from "./stores.ts";

const root = join(import.meta.dirname, "..", "..");
const evil = wildcard("process.name", "evil*");
const stage = { condition: evil, keys: [], missing: false };
const plan = { kind: "sequence", stages: [stage, stage], maxspan: undefined, until: undefined } as const;
/** One rule over single events and one over sequences, which carries state from event to event. */
const detector = createDetector([
  rule({ condition: evil }),
  { ...rule(), id: "rule-2", body: { kind: "sequence", plan, condition: evil } },
]);

function start(number: number) {
  const time = T0 + number * 1000;
  return sysmonStart({
    recordId: String(number),
    time,
    guid: guid(time, number),
    pid: 4 + number * 4,
    image: number % 10 === 0 ? "C:\\evil.exe" : "C:\\fine.exe",
  });
}

describeNeo4j("the Neo4j database", () => {
  let test: Awaited<ReturnType<typeof neo4jOfThisRun>>;
  beforeEach(async () => {
    test = await neo4jOfThisRun();
  });
  afterEach(() => test.dispose());

  /** Runs Cypher without the store. */
  async function cypher(query: string): Promise<void> {
    const driver = neo4j.driver(test.neo4j.address, neo4j.auth.basic(test.neo4j.user, test.neo4j.password));
    await driver.executeQuery(query);
    await driver.close();
  }

  async function run(file: string, args: readonly string[], password: string) {
    const child = spawn(process.execPath, [join(root, file), ...args], {
      cwd: root,
      env: { PATH: process.env["PATH"], STEMMA_NEO4J_USER: test.neo4j.user, STEMMA_NEO4J_PASSWORD: password },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    return { code: await code, out, err };
  }

  it("reports a wrong password with a remedy, and does not print the password", async () => {
    const { address } = test.neo4j;
    const { code, out, err } = await run("server/cli.ts", ["alerts", "--store", address], "a-wrong-one");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Neo4j rejected the user name or password. Set STEMMA_NEO4J_USER");
    expect(err).not.toMatch(/a-wrong-one|\n\s+at /);
  });

  it("is not opened without a server, without the database, with a newer schema or with foreign data", async () => {
    const unreachable = await openNeo4jStore("bolt://127.0.0.1:9", test.neo4j);
    expect(unreachable).toMatchObject({ ok: false, error: { code: "store.unavailable" } });
    const unknown = await openNeo4jStore(test.neo4j.address, test.neo4j, { database: "elsewhere" });
    expect(unknown).toMatchObject({ ok: false, error: { code: "store.not-found" } });
    await cypher("MATCH (s:StemmaSchema) SET s.version = 9999");
    const newer = await openNeo4jStore(test.neo4j.address, test.neo4j);
    await cypher("MATCH (s:StemmaSchema) DETACH DELETE s CREATE (:Something)");
    const foreign = await openNeo4jStore(test.neo4j.address, test.neo4j);
    await cypher("MATCH (s:Something) DELETE s");
    expect([newer, foreign]).toMatchObject([
      { ok: false, error: { code: "store.newer-schema" } },
      { ok: false, error: { code: "store.foreign" } },
    ]);
  });

  it("backfills the prefilter of alerts that were stored before it was introduced", async () => {
    const pid = (id: string, value: number) =>
      alert({ id, fields: { "process.pid": value, "host.name": `pc-${value}` } });
    await test.store.write(async ({ alerts }) => {
      await alerts.put(pid("a", 1));
      await alerts.put(pid("b", 2));
    });
    await cypher("MATCH (n:AlertValue|AlertSubject) DELETE n");
    await cypher("MATCH (a:Alert) REMOVE a.said, a.subject");
    await cypher("MATCH (s:StemmaSchema) SET s.version = 1");
    const store = await test.reopen();
    const found = async (condition: Condition) =>
      (await store.alerts.find({ condition, limit: 10 })).items.map(({ id }) => id);
    expect(await found(equals("host.name", "pc-2"))).toEqual(["b"]);
    expect(await found(equals("process.pid", 1))).toEqual(["a"]);
    expect(await found(equals("process.pid", 3))).toEqual([]);
  });

  it("accepts Neo4j 5.26 and newer", () => {
    const location = { address: "bolt://x", database: undefined };
    expect(
      ["Neo4j/5.26.0", "Neo4j/2025.06.1", "Neo4j/6.0.0"].map((agent) => unsupportedServer(agent, location)),
    ).toEqual([undefined, undefined, undefined]);
    expect(
      ["Neo4j/5.9.0", "Neo4j/4.4.40", "Memgraph/3.0", ""].map((agent) => unsupportedServer(agent, location)?.code),
    ).toEqual(Array(4).fill("store.unsupported"));
  });

  it("reports a write as committed, once, although its acknowledgement was lost", async () => {
    const proxy = await boltProxy(test.neo4j.address);
    const opened = await openNeo4jStore(proxy.address, test.neo4j);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const store = opened.value;
    proxy.loseNextCommit();
    const record = await store.write(({ audit }) =>
      audit.append({ at: T0, actor: { name: "lena" }, action: "a", subject: { kind: "k", id: "i" } }),
    );
    expect(proxy.hasLost()).toBe(true);
    expect((await test.store.audit.page({ limit: 10 })).items).toEqual([record]);
    await store.close();
    proxy.close();
  });

  it("lets the ingest lease expire if its holder does not renew it", async () => {
    const other = await test.reopen();
    const lease = await test.store.ingestLease();
    expect(lease.ok).toBe(true);
    expect((await other.ingestLease()).ok).toBe(false);
    await cypher("MATCH (t:Turn {name: 'ingest'}) SET t.until = timestamp() - 1");
    const next = await other.ingestLease();
    expect(next.ok).toBe(true);
    for (const acquired of [lease, next]) {
      if (acquired.ok) {
        await acquired.value.release();
      }
    }
  });

  it("can be killed and restarted during an ingest, which reports it and neither loses nor doubles anything", async () => {
    const { neo4j: server } = test;
    const expected = 2 * Math.ceil(100 / 10) - 1;
    let killed = false;
    let restarted: Promise<void> | undefined;
    const store: Store = {
      ...test.store,
      write: (work) =>
        test.store.write(async (transaction) => {
          const result = await work(transaction);
          // At the end of the first write with events.
          if (!killed && (await transaction.alerts.find({ limit: 1 })).total > 0) {
            killed = true;
            await server.kill();
          }
          return result;
        }),
    };
    async function* batches() {
      const events = Array.from({ length: 100 }, (_, number) => ({ event: start(number), original: { number } }));
      yield { file: "test", events, problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
    }
    const phases = new Set<IngestProgress["phase"]>();
    const summary = await ingest({
      store,
      detector,
      paths: ["test"],
      batches: batches(),
      actor: { name: "tester" },
      clock: Date.now,
      onProgress({ phase }) {
        phases.add(phase);
        if (phase === "store-lost") {
          restarted ??= server.start();
        }
      },
    });
    await restarted;
    expect(killed).toBe(true);
    expect(phases).toContain("store-lost");
    expect(summary).toMatchObject({ state: "done", events: 100, duplicates: 0, alerts: expected, rejectedTotal: 0 });
    expect(summary.warnings).toMatchObject([{ code: "ingest.store-reconnected" }]);
    const after = await test.reopen();
    expect(await after.events.count()).toBe(100);
    expect((await after.lineage.counts()).processes).toBe(100);
    expect((await after.alerts.find({ limit: 1 })).total).toBe(expected);
    expect(await verifyChain(after.audit, auditHash)).toMatchObject({ intact: true });

    // A read-only database cannot be opened for writing, but for reading.
    await server.kill();
    await server.start({ readOnly: true });
    expect(await openNeo4jStore(server.address, server)).toMatchObject({
      ok: false,
      error: { code: "store.read-only" },
    });
    const reading = await openNeo4jStore(server.address, server, { readOnly: true });
    expect(reading.ok && (await reading.value.events.count())).toBe(100);
    if (reading.ok) {
      await reading.value.close();
    }
  }, 240_000);

  it("has every alert once and one audit chain after two processes ingest the same files at once", async () => {
    const args = [test.neo4j.address, "2", "600"];
    const child = "test/contracts/endless-ingest.ts";
    const runs = await Promise.all([1, 2].map(() => run(child, args, test.neo4j.password)));
    expect(runs.map(({ code, err }) => [code, err])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    const summaries = runs.map(({ out }) => JSON.parse(out.trimEnd().split("\n").at(-1)?.slice("done ".length) ?? ""));
    expect(summaries.map(({ events }) => events).toSorted()).toEqual([0, 1_200]);
    expect(summaries.map(({ alerts }) => alerts).toSorted()).toEqual([0, 3]);
    expect(await test.store.events.count()).toBe(1_200);
    expect((await test.store.alerts.find({ limit: 1 })).total).toBe(3);
    expect(await verifyChain(test.store.audit, auditHash)).toMatchObject({ intact: true, checked: 4 });
  });

  it("lets the next ingest continue after a killed one, without losing or doubling anything", async () => {
    const size = 600;
    const file = "test/contracts/endless-ingest.ts";
    const alerts = (events: number) => 2 * Math.ceil(events / 1_000) - 1;
    const child = spawn(process.execPath, [join(root, file), test.neo4j.address, "200", String(size)], {
      cwd: root,
      env: {
        PATH: process.env["PATH"],
        STEMMA_NEO4J_USER: test.neo4j.user,
        STEMMA_NEO4J_PASSWORD: test.neo4j.password,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= 2 * size) {
        child.kill("SIGKILL");
      }
    }
    await ended;
    // Waits until what it had sent is committed or rolled back.
    await test.store.write(async () => undefined);
    const stored = await test.store.events.count();
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(stored).toBeLessThan(200 * size);
    expect((await test.store.alerts.find({ limit: 1 })).total).toBe(alerts(stored));
    expect(await test.store.ingestLease()).toMatchObject({ ok: false, error: { code: "store.ingest-running" } });

    // Nobody renews its lease any more; shorten the rest of it.
    await cypher("MATCH (t:Turn {name: 'ingest'}) SET t.until = timestamp() + 500");
    const batches = Math.ceil(stored / size) + 1;
    const again = await run(file, [test.neo4j.address, String(batches), String(size)], test.neo4j.password);
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(JSON.parse(again.out.trimEnd().split("\n").at(-1)?.slice("done ".length) ?? "")).toMatchObject({
      state: "done",
      duplicates: stored,
      events: batches * size - stored,
      alerts: alerts(batches * size) - alerts(stored),
    });
    expect(await test.store.events.count()).toBe(batches * size);
    expect((await test.store.lineage.counts()).processes).toBe(batches * size);
    expect(await verifyChain(test.store.audit, auditHash)).toMatchObject({ intact: true });
  });

  it("stores host names and keys of any length and with any characters", async () => {
    const long = `host-${"ß".repeat(20_000)}`;
    const odd = { ...start(1), fields: { ...start(1).fields, "host.name": long, "process.parent.entity_id": long } };
    await test.store.write(({ events }) =>
      events.append([packEvents([{ event: odd, original: "'; MATCH (n) DELETE n" }])]),
    );
    expect(await test.store.events.get(odd.id)).toEqual(odd);
    expect(await test.store.events.original(odd.id)).toBe("'; MATCH (n) DELETE n");
    expect(await test.store.events.coverage({ hosts: [long] })).toMatchObject([{ events: 1 }]);
  });
});
