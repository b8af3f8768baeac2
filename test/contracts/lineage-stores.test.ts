import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StemmaEvent } from "../../server/event/event.ts";
import { readEvents } from "../../server/ingest/read.ts";
import { history, inBatches } from "../factories/histories.ts";
import { neo4jLineage, sqliteLineage, type TestLineage } from "../factories/lineage.ts";
import { describeNeo4j } from "../neo4j/lease.ts";

const telemetry = resolve(import.meta.dirname, "../../../shared/telemetry");
const missing = !existsSync(join(telemetry, "expected.json"));

/** More runs look deeper: `LINEAGE_STORE_RUNS=500`. */
const RUNS = Number(process.env["LINEAGE_STORE_RUNS"] ?? 12);

describeNeo4j("the graph on SQLite and on Neo4j", () => {
  let neo4j: TestLineage;
  let sqlite: TestLineage;
  beforeAll(async () => {
    neo4j = await neo4jLineage();
    sqlite = await sqliteLineage();
  });
  afterAll(async () => {
    await neo4j.close();
    await sqlite.close();
  });

  /** Applies the batches in both stores and returns every key that a process was shown under on the way. */
  async function apply(batches: readonly (readonly StemmaEvent[])[]): Promise<readonly string[]> {
    const keys = new Set<string>();
    for (const lineage of [sqlite, neo4j]) {
      await lineage.empty();
      for (const batch of batches) {
        await lineage.apply(...batch);
        for (const { key } of lineage === sqlite ? (await lineage.graph()).processes : []) {
          keys.add(key);
        }
      }
    }
    return [...keys];
  }

  it(
    "is the same for any events, in any order and batches",
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ shuffled, sizes }) => {
          const keys = await apply(inBatches(shuffled, sizes));
          const graph = await sqlite.graph();
          expect(await neo4j.graph()).toEqual(graph);
          const where = await sqlite.reader.processes(keys);
          expect([...where.keys()].toSorted()).toEqual(keys.toSorted());
          expect(await neo4j.reader.processes(keys)).toEqual(where);
          for (const { key } of graph.processes.slice(0, 3)) {
            expect(await neo4j.reader.neighbourhood(key, 20)).toEqual(await sqlite.reader.neighbourhood(key, 20));
          }
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 30_000,
  );

  it
    .skipIf(missing)
    .each(["wmic-node/empire_wmic_add_user_backdoor.zip", "wmi-target/LM_WMI_4624_4688_TargetHost.evtx"])(
    `is the same for %s${missing ? " (skipped: no ../shared)" : ""}`,
    async (file) => {
      const events: StemmaEvent[] = [];
      for await (const batch of readEvents([join(telemetry, file)])) {
        events.push(...batch.events.map(({ event }) => event));
      }
      await apply(inBatches(events, [2_000]));
      const graph = await sqlite.graph();
      expect(graph.processes.length).toBeGreaterThan(1);
      expect(await neo4j.graph()).toEqual(graph);
    },
    300_000,
  );
});
