import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../server/store/neo4j/connection.ts";
import { failureOf } from "../../server/store/neo4j/failure.ts";
import { neo4jProblem } from "../../server/store/neo4j/problem.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { TestApi } from "../api/workbench.ts";
import { T0 } from "../factories/events.ts";
import { type BoltProxy, boltProxy } from "./bolt-proxy.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";
import { anAlert, startWithOneAlert } from "./one-alert.ts";

/** Milliseconds. A busy machine responds slowly. */
const SOON = 60_000;

describeNeo4j("a workbench whose Neo4j goes down", () => {
  let neo4j: Neo4jLease;
  let proxy: BoltProxy;
  let api: TestApi;
  beforeEach(async () => {
    neo4j = await acquireNeo4j({ restarted: true });
    proxy = await boltProxy(neo4j.address);
    api = await startWithOneAlert(proxy.address, neo4j);
  });
  afterEach(async () => {
    proxy.restore();
    await neo4j.start();
    await api?.stop();
    proxy.close();
    neo4j.release();
  });

  const queue = () => api.send("queue", { query: { group: "none", limit: 5 } });
  const healed = () => vi.waitFor(async () => expect((await queue()).status).toBe(200), SOON);

  it.each([
    ["is killed and started again", () => neo4j.kill(), () => neo4j.start()],
    ["cannot be reached for a while", async () => proxy.cut(), async () => proxy.restore()],
  ])(
    "says so, heals by itself and loses nothing when it %s",
    async (_, down, up) => {
      const { id, rule } = await anAlert(api);
      const params = { id };
      await api.get("transition", { params, body: { to: "escalated", note: "before" } });
      await down();
      const refused = await queue();
      expect([refused.status, refused.body.code]).toEqual([503, "store.unavailable"]);
      expect(refused.body.detail).toMatch(
        /^Neo4j does not respond: .* Check the address and that the server is running/,
      );
      const write = await api.send("transition", { params, body: { to: "open", note: "lost" } });
      expect([write.status, write.body.code]).toEqual([503, "store.unavailable"]);
      await up();
      await healed();
      const detail = await api.get("alert", { params });
      expect(detail).toMatchObject({ status: "escalated", escalation: { note: "before" } });
      await api.get("transition", { params, body: { to: "open", note: "after" } });
      await api.get("setRuleEnabled", { params: { id: rule.id }, body: { enabled: false, note: "too loud" } });
      const audit = await api.get("audit");
      expect(audit.chain).toMatchObject({ intact: true, checked: audit.total });
      expect((await api.get("alert", { params })).history.map(({ note }) => note)).toEqual(["before", "after"]);
    },
    300_000,
  );

  it("is not waited for again by every further request", async () => {
    proxy.cut();
    expect((await queue()).status).toBe(503);
    const attempts = proxy.attempts();
    expect((await queue()).status).toBe(503);
    // The first one retried for seconds.
    expect(proxy.attempts() - attempts).toBeLessThan(attempts);
  });
});

describeNeo4j("a connection to Neo4j", () => {
  let neo4j: Neo4jLease;
  let proxy: BoltProxy;
  beforeEach(async () => {
    neo4j = await acquireNeo4j();
    proxy = await boltProxy(neo4j.address);
  });
  afterEach(() => {
    proxy.close();
    neo4j.release();
  });

  it("gives up a read that is never answered, and works again afterwards", async () => {
    const connection = connect(proxy.address, neo4j, undefined, {
      connections: 10,
      acquisition: 5_000,
      answer: 2_000,
      silence: 2_000,
    });
    await connection.reading.run("RETURN 1");
    proxy.freeze();
    const error = await connection.reading.run("RETURN 2").catch((failure: unknown) => failure);
    expect(failureOf(error)).toMatchObject({ code: "ServiceUnavailable" });
    proxy.restore();
    await vi.waitFor(async () => expect(await connection.reading.run("RETURN 3 AS n")).toEqual([{ n: 3 }]), SOON);
    await connection.close();
  });

  it("reports that all connections are in use instead of waiting without end", async () => {
    const connection = connect(neo4j.address, neo4j, undefined, {
      connections: 1,
      acquisition: 300,
      answer: 10_000,
      silence: 10_000,
    });
    const held = await connection.begin();
    await held.run("RETURN 1");
    const error = await connection.reading.run("RETURN 2").catch((failure: unknown) => failure);
    expect(neo4jProblem(error, { address: "bolt://x", database: undefined })).toMatchObject({ code: "store.busy" });
    await held.rollback();
    expect(await connection.reading.run("RETURN 3 AS n")).toEqual([{ n: 3 }]);
    await connection.close();
  });

  it("serves many more readers at once than it has connections", async () => {
    const connection = connect(neo4j.address, neo4j, undefined, {
      connections: 4,
      acquisition: 60_000,
      answer: 60_000,
      silence: 60_000,
    });
    const rows = await Promise.all(
      Array.from({ length: 300 }, (_, n) => connection.reading.run("RETURN $n AS n", { n })),
    );
    expect(rows.flat().map(({ n }) => n)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    await connection.close();
  });

  describe.each(["bolt", "neo4j"])("with the scheme %s", (scheme) => {
    const openStore = async () => {
      const opened = await openNeo4jStore(proxy.address.replace("bolt", scheme), neo4j);
      if (!opened.ok) {
        throw new Error(opened.error.message);
      }
      return opened.value;
    };
    const record = { at: T0, actor: { name: "lena" }, action: "a", subject: { kind: "k", id: "i" } };

    it("goes through the proxy", async () => {
      const store = await openStore();
      expect(await proxy.queriesOf(() => store.events.count())).toHaveLength(1);
      await store.close();
    });

    it.each(["BEGIN", "RUN"] as const)("repeats a write whose connection ends at %s", async (message) => {
      const store = await openStore();
      proxy.dropNext(message);
      await store.write(({ audit }) => audit.append(record));
      expect((await store.audit.page({ limit: 10 })).total).toBe(1);
      await store.close();
    });

    it("reports a write as failed whose COMMIT never arrived, and nothing of it is there", async () => {
      const store = await openStore();
      proxy.dropNext("COMMIT");
      await expect(store.write(({ audit }) => audit.append(record))).rejects.toMatchObject({
        problem: { code: "store.unavailable" },
      });
      expect((await store.audit.page({ limit: 10 })).total).toBe(0);
      await store.close();
    });

    it("reports a write as committed, once, although its acknowledgement was lost", async () => {
      const store = await openStore();
      proxy.loseNextCommit();
      await store.write(({ audit }) => audit.append(record));
      expect(proxy.hasLost()).toBe(true);
      expect((await store.audit.page({ limit: 10 })).total).toBe(1);
      await store.close();
    });
  });

  it("looks for the new leader when the server that it writes to is none any more", async () => {
    const opened = await openNeo4jStore(proxy.address.replace("bolt", "neo4j"), neo4j);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const store = opened.value;
    const routes = proxy.routes();
    proxy.failNextRun("Neo.ClientError.Cluster.NotALeader");
    await store.write(({ audit }) =>
      audit.append({ at: T0, actor: { name: "lena" }, action: "a", subject: { kind: "k", id: "i" } }),
    );
    expect(proxy.routes()).toBeGreaterThan(routes);
    expect((await store.audit.page({ limit: 10 })).total).toBe(1);
    await store.close();
  });
});
