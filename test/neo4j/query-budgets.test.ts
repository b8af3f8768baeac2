import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { huntRequest } from "#contracts/hunt";
import { queueQuery } from "#contracts/queue";
import { timelineRequest } from "#contracts/timeline";
import { incidentKey } from "../../server/alert/incident-key.ts";
import type { AlertRecord } from "../../server/alert/record.ts";
import { bundleOf } from "../../server/evidence/bundle.ts";
import { suggestDraft } from "../../server/exceptions/draft.ts";
import { dryRun } from "../../server/exceptions/dry-run.ts";
import { alertContext } from "../../server/playbooks/alert-fields.ts";
import { runQueryIn } from "../../server/playbooks/run-query.ts";
import { playbookView } from "../../server/playbooks/view.ts";
import { ruleDetailOf } from "../../server/ruleset/detail.ts";
import { ruleFiguresOf } from "../../server/ruleset/list.ts";
import { ruleReportOf } from "../../server/ruleset/report.ts";
import { seenFieldsOf } from "../../server/ruleset/seen-fields.ts";
import { packEvents } from "../../server/store/events/packed-events.ts";
import { openNeo4jStore } from "../../server/store/neo4j/store.ts";
import type { Store } from "../../server/store/port.ts";
import { alertDetailOf } from "../../server/triage/alert-view.ts";
import { comparisonOf } from "../../server/triage/comparison.ts";
import { hostPageOf } from "../../server/triage/host-page.ts";
import { hostSummaries } from "../../server/triage/host-summaries.ts";
import { huntOf } from "../../server/triage/hunt.ts";
import { incidentOf } from "../../server/triage/incident/view.ts";
import { neighbourhoodOfAlert } from "../../server/triage/neighbourhood.ts";
import { proposalPageOf } from "../../server/triage/proposal-page.ts";
import { queuePageOf } from "../../server/triage/queue.ts";
import { relatedProcessesOf } from "../../server/triage/related-processes.ts";
import { sessionPageOf } from "../../server/triage/session-page.ts";
import { timelineFor } from "../../server/triage/timeline.ts";
import { userPageOf } from "../../server/triage/user-page.ts";
import { userSummaries } from "../../server/triage/user-summaries.ts";
import { first, startApi, type TestApi, wednesday } from "../api/workbench.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { answerProposal } from "../factories/proposals.ts";
import { type BoltProxy, boltProxy } from "./bolt-proxy.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";

const noPlaybooks = { forAlert: () => undefined };

const NODES = 200;

/**
 * How many queries each page may send to Neo4j, counted on the wire: the RUN messages of the driver. Every query is a
 * round trip, and a page that asks once per row gets slower with every row. Add a line for a new page.
 */
describeNeo4j("the queries of a page, over the sample", () => {
  let neo4j: Neo4jLease;
  let api: TestApi;
  let proxy: BoltProxy;
  let store: Store;
  let alerts: readonly AlertRecord[];

  beforeAll(async () => {
    neo4j = await acquireNeo4j();
    api = await startApi({
      STEMMA_STORE: neo4j.address,
      STEMMA_NEO4J_USER: neo4j.user,
      STEMMA_NEO4J_PASSWORD: neo4j.password,
    });
    proxy = await boltProxy(neo4j.address);
    // A connection of its own: the workbench polls over another one.
    const opened = await openNeo4jStore(proxy.address, neo4j);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    store = opened.value;
    alerts = (await store.alerts.find({ buildingBlock: false, limit: 500 })).items;
    expect(alerts.length).toBeGreaterThan(50);
    // Kept in memory until an account, a SID or a host becomes known.
    await store.lineage.accounts();
  });
  afterAll(async () => {
    await store?.close();
    proxy?.close();
    await api?.stop();
    neo4j?.release();
  });

  const within = async (budget: number, page: () => Promise<unknown>) => {
    const queries = await proxy.queriesOf(page);
    // The queries themselves, so that a failure shows which ones there are.
    expect(queries.length > budget ? queries : []).toEqual([]);
    return queries;
  };
  /** What several alerts share is asked for once. */
  const eachAlert = async (
    budget: number,
    page: (alert: AlertRecord) => Promise<unknown>,
    about = ({ id }: AlertRecord) => id,
  ) => {
    for (const sharing of Map.groupBy(alerts, about).values()) {
      await within(budget, () => page(first(sharing)));
    }
  };
  const byProcess = ({ id, processKey }: AlertRecord) => processKey ?? id;
  const ofProcesses = (budget: number, page: (key: string) => Promise<unknown>) =>
    eachAlert(budget, async ({ processKey }) => processKey && page(processKey), byProcess);
  const rules = () => api.workbench.rules.current;

  it("lineage of an alert: 14, of few texts: to plan one takes longer than to run it", async () => {
    const texts = new Set<string>();
    for (const ofProcess of Map.groupBy(alerts, byProcess).values()) {
      for (const text of await within(14, () => neighbourhoodOfAlert(store, first(ofProcess).id, NODES))) {
        texts.add(text);
      }
    }
    expect(texts.size).toBeLessThanOrEqual(24);
  });

  it("alert: 6", () => eachAlert(6, ({ id }) => alertDetailOf(store, rules().byId, id)));

  it("incident: 5", () => eachAlert(5, (alert) => incidentOf(store, incidentKey(alert), { limit: 100 }), incidentKey));

  it("evidence bundle of an incident: 48", async () => {
    const content = { rules: rules().byId, playbooks: api.workbench.playbooks, version: "test" };
    for (const key of new Set(alerts.map(incidentKey))) {
      await within(48, async () => {
        const made = await bundleOf(store, content, { key, at: wednesday, actor: { name: "lena" } });
        expect(made.ok).toBe(true);
      });
    }
  });

  it("playbook of an alert: 11", () => eachAlert(11, (alert) => playbookView(store, api.workbench.playbooks, alert)));

  it("query of a playbook: 16", async () => {
    for (const alert of alerts.slice(0, 3)) {
      const context = await alertContext(store, alert);
      for (const query of api.workbench.playbooks.forAlert(alert)?.queries ?? []) {
        await within(16, () =>
          runQueryIn(store, query, context, {
            anchor: "event",
            limit: 200,
            clock: () => alert.time,
            ruleOf: () => undefined,
          }),
        );
      }
    }
  });

  it("dry run of an exception: 15", async () => {
    for (const ofRule of Map.groupBy(alerts, ({ rule }) => rule.id).values()) {
      const alert = first(ofRule);
      const { draft } = await suggestDraft(store, alert, rules().byId.get(alert.rule.id));
      // The suggested entries match few alerts, the first one alone nearly all of the rule.
      for (const entries of [draft.entries, draft.entries.slice(0, 1)]) {
        await within(15, () => dryRun(store, rules().rules, { ...draft, entries }, () => wednesday));
      }
    }
  });

  it("hunt with 200 rows: 6", async () => {
    const macros = rules().macros;
    for (const query of ["any where true", 'any where event.provider == "Microsoft-Windows-Security-Auditing"']) {
      for (const window of [{}, { from: new Date(alerts.at(-1)?.time ?? 0).toISOString() }]) {
        const request = huntRequest.parse({ language: "eql", query, limit: 200, ...window });
        await within(6, async () =>
          expect(await huntOf(store, request, { macros, now: Date.now })).toMatchObject({ ok: true }),
        );
      }
    }
  });

  it("page of the queue: 16", async () => {
    for (const group of ["lineage", "rule", "host", "user", "none"] as const) {
      await within(16, () => queuePageOf(store, noPlaybooks, queueQuery.parse({ group, limit: 50 })));
    }
  });

  it("page of proposals: 4", async () => {
    await store.write(async ({ proposals }) => {
      for (const { id } of alerts.slice(0, 50)) {
        await proposals.put(answerProposal({ id: `on ${id}`, alertId: id }));
      }
    });
    await within(4, async () => {
      const page = await proposalPageOf(store, api.workbench.playbooks, { state: "open", limit: 50 });
      expect(page.items.filter(({ alert }) => alert !== undefined)).toHaveLength(50);
    });
  });

  it("hosts and users: 4, a host or a user: 14", async () => {
    await within(4, () => hostSummaries(store));
    await within(4, () => userSummaries(store));
    for (const { host } of (await hostSummaries(store)).slice(0, 5)) {
      await within(14, () => hostPageOf(store, host));
    }
    for (const { key } of (await userSummaries(store)).slice(0, 5)) {
      await within(14, () => userPageOf(store, key));
    }
  });

  it("logon session: 13", async () => {
    const { items } = await store.lineage.sessions({ limit: 100 });
    const withProcesses = items.filter(({ processCount }) => processCount > 0);
    // Of each type on each host the largest: a query per row would show in it.
    const bySize = withProcesses.toSorted((a, b) => b.processCount - a.processCount);
    const kinds = Map.groupBy(bySize, ({ host, logonType }) => `${host} ${logonType}`);
    expect(kinds.size).toBeGreaterThan(5);
    for (const sessions of kinds.values()) {
      await within(13, () => sessionPageOf(store, first(sessions).key));
    }
  });

  it("process, its children and its records: 5", () =>
    ofProcesses(5, async (key) => {
      await store.lineage.children(key, { limit: 100 });
      await store.lineage.process(key);
    }));

  it("related processes: 14, comparison: 8", async () => {
    await ofProcesses(14, (key) => relatedProcessesOf(store.together().lineage, key, { limit: 50 } as never));
    await ofProcesses(8, (key) => comparisonOf(store.together().lineage, key, 30));
  });

  it("timeline: 13", () => ofProcesses(13, (key) => timelineFor(store, timelineRequest.parse({ processes: [key] }))));

  it("list of rules: 3, rule: 7", async () => {
    await within(3, () => ruleFiguresOf(store));
    const entry = first([...rules().entries.values()]);
    await within(7, () => ruleDetailOf(store, rules(), api.workbench.playbooks, entry));
  });

  describe("report on rules: 10", () => {
    const report = () => within(10, async () => ruleReportOf(store, rules(), await seenFieldsOf(store)));

    it("in a store that is read as a whole", report);

    it("in a store of which only samples are read", async () => {
      const events = (batch: number) =>
        Array.from({ length: 4_000 }, (_, index) => {
          const number = batch * 4_000 + index;
          const host = `host-${number % 20}`;
          const time = T0 + number * 1_000;
          return {
            event: sysmonStart({ recordId: `${number}`, host, time, guid: guid(time, number), pid: 4 }),
            original: {},
          };
        });
      for (let batch = 0; batch < 8; batch += 1) {
        await store.write(async (transaction) => void (await transaction.events.append([packEvents(events(batch))])));
      }
      await report();
    }, 300_000);
  });
});
