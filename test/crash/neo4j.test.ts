import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { IngestSummary } from "#contracts/ingest";
import { sampleCapture } from "../../server/sample/generate.ts";
import { neo4jOfThisRun } from "../contracts/stores.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { type Contents, contentsOf, differences } from "./contents.ts";
import type { Moment } from "./ingest-until.ts";
import { crashRules, randomMoment, randomNumbers, runThrough, shippedRules } from "./moments.ts";

/** How many more moments, chosen at random. */
const more = Number(process.env["CRASH_MOMENTS"] ?? "0");

describeNeo4j("an ingest into a Neo4j that is killed or interrupted and resumed", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-crash-"));
    const lines = [...sampleCapture(Date.UTC(2024, 4, 6))].slice(0, 800);
    writeFileSync(join(folder, "a.json"), lines.filter((_, index) => index % 2 === 0).join("\n"));
    writeFileSync(join(folder, "b.json"), lines.filter((_, index) => index % 2 === 1).join("\n"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** An empty database, an ingest that ends early at these moments, and what it stored. */
  async function run(
    moments: readonly Moment[],
  ): Promise<{ readonly summary: IngestSummary; readonly contents: Contents }> {
    const { store, neo4j, dispose } = await neo4jOfThisRun();
    try {
      const task = { store: neo4j.address, paths: [folder], rules: [shippedRules, crashRules] };
      const credentials = { STEMMA_NEO4J_USER: neo4j.user, STEMMA_NEO4J_PASSWORD: neo4j.password };
      const summary = await runThrough(task, moments, credentials);
      return { summary, contents: await contentsOf(store) };
    } finally {
      await dispose();
    }
  }

  it("has the same result as an uninterrupted one", { timeout: 1_800_000 }, async () => {
    const { contents: expected } = await run([]);
    const random = randomNumbers(5);
    const moments: readonly Moment[] = [
      { write: 3, how: "kill-after-commit" },
      ...Array.from({ length: more }, () => randomMoment(random, 8)),
    ];
    for (const [index, moment] of moments.entries()) {
      const { summary, contents } = await run([moment]);
      if (more > 0) {
        process.stderr.write(`${index + 1}: ${moment.how} ${moment.write}, resumed ${summary.resumed ?? 0} times\n`);
      }
      if (index === 0) {
        expect(summary.resumed).toBe(1);
      }
      expect(differences(expected, contents)).toEqual([]);
    }
  });
});
