import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import neo4j from "neo4j-driver";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packEvents } from "../../server/store/events/packed-events.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import { doctorReport } from "../api/doctor-report.ts";
import { sysmonStart } from "../factories/events.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";

describeNeo4j("stemma doctor over Neo4j", () => {
  let folder: string;
  let lease: Neo4jLease;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-doctor-"));
    lease = await acquireNeo4j({ restarted: true });
  });
  afterEach(async () => {
    await lease.resume();
    await lease.start();
    lease.release();
    await rm(folder, { recursive: true });
  });

  const doctor = (settings: Record<string, string> = {}, ...args: readonly string[]) =>
    doctorReport(
      folder,
      {
        STEMMA_PORT: "0",
        STEMMA_STORE: lease.address,
        STEMMA_NEO4J_USER: lease.user,
        STEMMA_NEO4J_PASSWORD: lease.password,
        ...settings,
      },
      ...args,
    );

  async function store(event: ReturnType<typeof sysmonStart>): Promise<void> {
    const opened = await openNeo4jStore(lease.address, lease);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    await opened.value.write(({ events }) => events.append([packEvents([{ event, original: {} }])]));
    await opened.value.close();
  }

  async function labels(): Promise<readonly unknown[]> {
    const driver = neo4j.driver(lease.address, neo4j.auth.basic(lease.user, lease.password));
    const { records } = await driver.executeQuery("MATCH (n) RETURN DISTINCT labels(n) AS labels");
    await driver.close();
    return records.flatMap((record) => record.get("labels"));
  }

  it("finds the server, its rights, its clock and its data, and leaves nothing behind", async () => {
    await store(sysmonStart({ recordId: "1", pid: 4 }));
    const before = await labels();
    const { states, details } = await doctor();
    expect(states).toMatchObject({ store: "ok", "store rights": "ok", "store clock": "ok", data: "ok" });
    expect(states["event times"]).toBeUndefined();
    expect(details["store"]).toMatch(/^bolt:.*: Neo4j\/5\.\d+/);
    expect(details["data"]).toBe("1 events, 0 alerts");
    expect(details["audit trail"]).toBe("empty");
    expect((await doctor({}, "--full")).details["store content"]).toContain("every value can be read");
    expect((await labels()).toSorted()).toEqual(before.toSorted());
  });

  it("warns of events from the future", async () => {
    await store(sysmonStart({ recordId: "1", pid: 4, time: Date.now() + 3_600_000 }));
    const { states, details } = await doctor();
    expect(states["event times"]).toBe("warn");
    expect(details["event times"]).toMatch(/(59|60) minutes in the future/);
  });

  it("says that nobody may write to a database that is read-only", async () => {
    await store(sysmonStart({ recordId: "1", pid: 4 }));
    // A server that was killed could not recover a database that it may only read.
    await lease.stop();
    await lease.start({ readOnly: true });
    const { code, states, details } = await doctor();
    await lease.kill();
    expect([code, states["store"], states["store rights"]]).toEqual([1, "ok", "fail"]);
    expect(details["store rights"]).toContain("read-only");
  }, 240_000);

  it("names a wrong password and a missing one, and shows neither", async () => {
    const wrong = await doctor({ STEMMA_NEO4J_PASSWORD: "not-that-one" });
    expect([wrong.code, wrong.states["store"]]).toEqual([1, "fail"]);
    expect(wrong.details["store"]).toContain("rejected the user name or password");
    expect(JSON.stringify(wrong.report)).not.toContain("not-that-one");
    const missing = await doctorReport(folder, { STEMMA_PORT: "0", STEMMA_STORE: lease.address });
    expect([missing.code, missing.states["store"]]).toEqual([1, "fail"]);
    expect(missing.details["store"]).toContain("needs a password");
  });

  it("names a database that does not exist", async () => {
    const { code, states, details } = await doctor({ STEMMA_NEO4J_DATABASE: "elsewhere" });
    expect([code, states["store"]]).toEqual([1, "fail"]);
    expect(details["store"]).toContain("no database named elsewhere");
  });

  it.each([
    ["is down", () => lease.kill()],
    ["hangs", () => lease.pause()],
  ])(
    "says that a server does not respond if it %s, and checks everything else",
    async (_, down) => {
      await down();
      const { code, states, details } = await doctor();
      expect([code, states["store"]]).toEqual([1, "fail"]);
      expect(details["store"]).toContain("Neo4j does not respond");
      expect(states).toMatchObject({ clock: "ok", port: "ok", rules: "ok", playbooks: "ok" });
    },
    240_000,
  );
});
