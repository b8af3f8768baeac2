import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDetector } from "../detection/detector.ts";
import type { ReadBatch } from "../ingest/read.ts";
import { ingest } from "../pipeline/ingest.ts";
import { connect } from "../store/sqlite/connection.ts";
import { estateHosts, recordsOf } from "./estate.ts";
import { writeInBulk } from "./estate-sqlite.ts";
import { markedRule, raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";

const PROCESSES = 10_000;
const folder = mkdtempSync(join(tmpdir(), "stemma-estate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that opening an alert reads. Only the detection time of an alert may differ. */
const tables: readonly string[] = [
  "SELECT * FROM processes ORDER BY key",
  "SELECT * FROM process_exits ORDER BY event_id",
  "SELECT * FROM process_activity ORDER BY key",
  "SELECT * FROM logon_facts ORDER BY event_id",
  "SELECT * FROM sessions ORDER BY key",
  "SELECT * FROM users ORDER BY key",
  "SELECT * FROM user_hosts ORDER BY user_key, host",
  "SELECT * FROM user_sessions ORDER BY user_key, session_key",
  "SELECT * FROM host_counts ORDER BY host",
  "SELECT id, rule_id, host, user_key, process_key, root_key, shape, time FROM alerts ORDER BY id",
  "SELECT id, json_remove(body, '$.detectedAt') AS body FROM alert_bodies ORDER BY id",
  "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
];

describe("the generated estate", () => {
  it("is the same written in bulk and ingested", async () => {
    const detector = createDetector([markedRule]);
    const ingested = join(folder, "ingested.db");
    const store = await openEmpty(ingested);
    const { alerts } = await ingest({
      store,
      detector,
      paths: ["estate"],
      batches: records(),
      actor: { name: "bench" },
      clock: Date.now,
    });
    await store.close();

    const bulk = join(folder, "bulk.db");
    await (await openEmpty(bulk)).close();
    const hits = await writeInBulk(bulk, (write) => writeEstate(PROCESSES, detector, write));
    const raised = await openEmpty(bulk);
    expect(await raiseHits(raised, hits)).toBe(alerts);
    await raised.close();

    const [left, right] = [ingested, bulk].map((path) => connect(path, { readOnly: true, busyTimeout: 0 }));
    for (const sql of tables) {
      expect(right?.prepare(sql).all(), sql).toEqual(left?.prepare(sql).all());
    }
    expect(left?.prepare("SELECT count(*) AS n FROM processes").get()).toEqual({ n: PROCESSES });
    expect(alerts).toBeGreaterThan(PROCESSES / 200);
    left?.close();
    right?.close();
  });
});

async function* records(): AsyncGenerator<ReadBatch> {
  for (const host of estateHosts(PROCESSES)) {
    for (const events of recordsOf(host, 1_000)) {
      yield {
        file: host.name,
        events: events.map((event) => ({ event, original: {} })),
        problems: [],
        ignored: [],
        bytes: 0,
        fileStart: true,
        fileDone: true,
      };
    }
  }
}
