import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import type { AlertRecord } from "../../server/alert/record.ts";
import { type Content, loadContent } from "../../server/cli/open.ts";
import { type ReadBatch, readEvents } from "../../server/ingest/read.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { stepQuery } from "../../server/playbooks/view.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import type { Store } from "../../server/store/port.ts";
import { alertDetailOf } from "../../server/triage/alert-view.ts";
import { comparisonOf } from "../../server/triage/comparison.ts";
import { hostSummaries, userSummaries } from "../../server/triage/host-and-user-summaries.ts";
import { incidentOf } from "../../server/triage/incident.ts";
import { neighbourhoodOf } from "../../server/triage/neighbourhood.ts";
import { queuePageOf } from "../../server/triage/queue.ts";
import { relatedProcessesOf } from "../../server/triage/related-processes.ts";
import { describeNeo4j } from "../neo4j/turn.ts";
import { neo4jOfTheRun, sqliteInTemporaryFolder } from "./stores.ts";

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
  let knowledge: Content;
  beforeAll(async () => {
    knowledge = await loadContent({
      ruleFolders: [join(repository, "rules")],
      playbookFolders: [join(repository, "playbooks")],
    });
  });

  const take = (store: Store, batches: AsyncIterable<ReadBatch>) =>
    ingest({
      store,
      detector: knowledge.detector,
      paths: ["capture"],
      batches,
      actor: "tester",
      clock: () => NOW,
      newId: () => "ingest-1",
    });

  /** Every page that somebody opens on an alert. */
  async function pagesOf(store: Store, alert: AlertRecord) {
    const { playbooks, ruleset } = knowledge;
    const options = { anchor: "event", limit: 50, clock: () => NOW } as const;
    const rules = new Map(ruleset.detector.rules.map((rule) => [rule.id, rule]));
    const playbook = playbooks.forRule(alert.rule.id);
    const key = alert.processKey ?? "";
    const answers = [];
    for (const { id } of playbook?.queries ?? []) {
      answers.push(await stepQuery(store, playbooks, alert, id, options));
    }
    return {
      detail: await alertDetailOf(store, rules, alert.id),
      item: await incidentOf(store, alert.id, { limit: 100 }),
      around: await neighbourhoodOf(store, key, 200),
      comparison: await comparisonOf(store.lineage, key, 30),
      quiet: await relatedProcessesOf(store.lineage, key, { offset: 0, limit: 50 }),
      answers,
    };
  }

  async function compare(read: () => AsyncIterable<ReadBatch>): Promise<void> {
    const [one, other] = [await sqliteInTemporaryFolder(), await neo4jOfTheRun()];
    const same = async <T>(ask: (store: Store) => Promise<T>): Promise<T> => {
      const [expected, found] = [await ask(one.store), await ask(other.store)];
      expect(found).toEqual(expected);
      return expected;
    };
    try {
      const { events } = await same(async (store) => {
        const { seconds: _, ...summary } = await take(store, read());
        return summary;
      });
      expect(events).toBeGreaterThan(10);
      for (const group of ["lineage", "rule", "host", "user", "none"] as const) {
        await same((store) => queuePageOf(store, { ...queueQuery.parse({}), group, limit: 200 }));
      }
      await same(({ lineage }) => lineage.counts());
      await same(hostSummaries);
      await same(userSummaries);
      const { items: alerts } = await same(({ alerts }) => alerts.find({ limit: 1_000, order: "oldest-first" }));
      expect(alerts.length).toBeGreaterThan(0);
      // The first and the last stand for all: every page is some thirty queries.
      for (const alert of [alerts.at(0), alerts.at(-1)].filter((one) => one !== undefined)) {
        const { around, answers } = await same((store) => pagesOf(store, alert));
        expect(around?.nodes.length).toBeGreaterThan(0);
        expect(answers.length).toBeGreaterThan(0);
      }
    } finally {
      await one.dispose();
      await other.dispose();
    }
  }

  it("tell the same of the bundled sample", () => compare(() => readEvents(["-"], { stdin: sample() })), 120_000);

  it.skipIf(missing).each(["wmiexec", "wmic-node"])(
    `tell the same of %s${missing ? " (skipped: no ../shared)" : ""}`,
    (name) => compare(() => readEvents([join(telemetry, name)])),
    240_000,
  );
});
