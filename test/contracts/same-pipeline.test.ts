import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import { incidentKey } from "../../server/alert/incident-key.ts";
import type { AlertRecord } from "../../server/alert/record.ts";
import { type Content, loadContent } from "../../server/cli/open.ts";
import { type ReadBatch, readEvents } from "../../server/ingest/read.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { stepQuery } from "../../server/playbooks/view.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import type { Store } from "../../server/store/port.ts";
import { alertDetailOf } from "../../server/triage/alert-view.ts";
import { comparisonOf } from "../../server/triage/comparison.ts";
import { hostSummaries } from "../../server/triage/host-summaries.ts";
import { incidentOf } from "../../server/triage/incident/view.ts";
import { neighbourhoodOf } from "../../server/triage/neighbourhood.ts";
import { queuePageOf } from "../../server/triage/queue.ts";
import { relatedProcessesOf } from "../../server/triage/related-processes.ts";
import { userSummaries } from "../../server/triage/user-summaries.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { neo4jOfThisRun, sqliteInTemporaryFolder } from "./stores.ts";

const noPlaybooks = { forAlert: () => undefined };

const repository = resolve(import.meta.dirname, "../..");
const telemetry = join(repository, "../shared/telemetry");
const missing = !existsSync(join(telemetry, "expected.json"));
const NOW = Date.UTC(2024, 4, 7, 12);

async function* sample() {
  for (const line of sampleCapture(NOW)) {
    yield Buffer.from(`${line}\n`);
  }
}

describeNeo4j("SQLite and Neo4j, from files to answers", () => {
  let content: Content;
  beforeAll(async () => {
    content = await loadContent({
      ruleFolders: [join(repository, "rules")],
      playbookFolders: [join(repository, "playbooks")],
    });
  });

  const ingestInto = (store: Store, batches: AsyncIterable<ReadBatch>) =>
    ingest({
      store,
      detector: content.detector,
      paths: ["capture"],
      batches,
      actor: { name: "tester" },
      clock: () => NOW,
      newId: () => "ingest-1",
    });

  /** Every page that an analyst opens for an alert. */
  async function pagesOf(store: Store, alert: AlertRecord) {
    const { playbooks, ruleset } = content;
    const options = { anchor: "event", limit: 50, clock: () => NOW } as const;
    const rules = new Map(ruleset.detector.rules.map((rule) => [rule.id, rule]));
    const playbook = playbooks.forAlert(alert);
    const key = alert.processKey ?? "";
    const answers = [];
    for (const { id } of playbook?.queries ?? []) {
      answers.push(await stepQuery(store, playbooks, alert, id, options));
    }
    return {
      detail: await alertDetailOf(store, rules, alert.id),
      item: await incidentOf(store, incidentKey(alert), { limit: 100 }),
      around: await neighbourhoodOf(store, key, 200),
      comparison: await comparisonOf(store.lineage, key, 30),
      quiet: await relatedProcessesOf(store.lineage, key, { limit: 50 }),
      answers,
    };
  }

  async function compare(read: () => AsyncIterable<ReadBatch>): Promise<void> {
    const [sqlite, neo4j] = [await sqliteInTemporaryFolder(), await neo4jOfThisRun()];
    const expectSame = async <T>(ask: (store: Store) => Promise<T>): Promise<T> => {
      const [expected, found] = [await ask(sqlite.store), await ask(neo4j.store)];
      expect(found).toEqual(expected);
      return expected;
    };
    try {
      const { events } = await expectSame(async (store) => {
        const { seconds: _, ...summary } = await ingestInto(store, read());
        return summary;
      });
      expect(events).toBeGreaterThan(10);
      for (const group of ["lineage", "rule", "host", "user", "none"] as const) {
        await expectSame((store) => queuePageOf(store, noPlaybooks, { ...queueQuery.parse({}), group, limit: 200 }));
      }
      await expectSame(({ lineage }) => lineage.counts());
      await expectSame(hostSummaries);
      await expectSame(userSummaries);
      const { items: alerts } = await expectSame(({ alerts }) => alerts.find({ limit: 1_000, order: "oldest-first" }));
      expect(alerts.length).toBeGreaterThan(0);
      // Only the first and the last alert: each takes some thirty queries.
      for (const alert of [alerts.at(0), alerts.at(-1)].filter((one) => one !== undefined)) {
        const { around, answers } = await expectSame((store) => pagesOf(store, alert));
        expect(around?.nodes.length).toBeGreaterThan(0);
        expect(answers.length).toBeGreaterThan(0);
      }
    } finally {
      await sqlite.dispose();
      await neo4j.dispose();
    }
  }

  it("give the same answers for the bundled sample", () => compare(() => readEvents(["-"], { stdin: sample() })));

  it.skipIf(missing).each(["wmiexec", "wmic-node"])(
    `give the same answers for %s${missing ? " (skipped: no ../shared)" : ""}`,
    (name) => compare(() => readEvents([join(telemetry, name)])),
    240_000,
  );
});
