import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDetector } from "../../server/detection/detector.ts";
import { parseElasticRule } from "../../server/detection/rule-files/elastic-rule.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { dryRun } from "../../server/exceptions/dry-run.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { evictionsOf } from "../../server/ruleset/evictions.ts";
import type { Store } from "../../server/store/port.ts";
import { exception } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { describeStores, type TestStore } from "./stores.ts";

const NOW = T0 + 30 * 86_400_000;

function elastic(id: string, more: string) {
  const text = `[rule]\nrule_id = "${id}"\nname = "${id}"\nseverity = "low"\nrisk_score = 21\nlanguage = "kuery"\n${more}`;
  const parsed = parseElasticRule(text, `${id}.toml`);
  if (!parsed.ok || parsed.value.body.kind === "not-evaluable") {
    throw new Error(JSON.stringify(parsed));
  }
  return parsed.value;
}

const detector = createDetector([
  elastic(
    "many",
    `type = "threshold"\nfrom = "now-9m"\nquery = "process.name: a.exe"\n[rule.threshold]\nfield = ["host.name"]\nvalue = 3
     [[rule.threshold.cardinality]]\nfield = "process.command_line"\nvalue = 2`,
  ),
  elastic(
    "new",
    `type = "new_terms"\nquery = "process.name: b.exe"
     [rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["user.name"]
     [[rule.new_terms.history_window_start]]\nfield = "history_window_start"\nvalue = "now-1h"`,
  ),
  elastic(
    "quiet",
    `type = "query"\nquery = "process.name: c.exe"
     [rule.alert_suppression]\ngroup_by = ["user.name"]\nduration = { value = 10, unit = "m" }`,
  ),
]);

/** The start of process number `serial`, `name.exe`, some seconds after T0. */
function start(name: string, seconds: number, serial: number, user = "CORP\\alice"): StemmaEvent {
  return sysmonStart({
    recordId: String(serial),
    time: T0 + seconds * 1000,
    guid: guid(T0, serial),
    pid: 1000 + serial * 4,
    image: `C:\\${name}.exe`,
    commandLine: `${name}.exe ${serial}`,
    user,
  });
}

describeStores("rules over many events", (open) => {
  let test: TestStore;
  let store: Store;
  let clock = () => NOW;
  beforeEach(async () => {
    clock = () => NOW;
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  async function ingestAll(events: readonly StemmaEvent[], sequenceMemory?: number) {
    async function* batches() {
      for (const event of events) {
        const one = { event, original: {} };
        yield { file: "test", events: [one], problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
      }
    }
    const source = { paths: ["test"], batches: batches() };
    return ingest({ store, detector, ...source, actor: { name: "tester" }, clock, sequenceMemory });
  }
  const alerts = async () => (await store.alerts.find({ limit: 100, order: "oldest-first" })).items;
  const openAlerts = async () => (await alerts()).filter(({ status }) => status === "open");
  const openFindings = async () =>
    (await openAlerts()).map(({ rule, correlation, sequence }) => [rule.id, correlation?.count, sequence?.eventIds]);

  it("raise one alert for a burst, with its figures, on the process that completed it", async () => {
    const burst = [0, 10, 20, 30].map((seconds, at) => start("a", seconds, at + 1));
    expect((await ingestAll(burst)).alerts).toBe(1);
    const [alert] = await alerts();
    expect(alert).toMatchObject({
      rule: { id: "many" },
      time: T0,
      sequence: { eventIds: burst.map(({ id }) => id) },
      correlation: {
        measure: "count",
        asked: "3 or more events and 2 or more different process.command_line within 9 minutes",
        terms: [{ field: "host.name", value: burst[0]?.fields["host.name"] }],
        count: 4,
        from: new Date(T0).toISOString(),
        reached: new Date(T0 + 20_000).toISOString(),
        to: new Date(T0 + 30_000).toISOString(),
        window: 540_000,
        counted: [
          { of: "events", count: 4, least: 3 },
          { of: "values", field: "process.command_line", count: 4, least: 2 },
        ],
      },
    });
    expect((await store.lineage.process(alert?.processKey ?? ""))?.commandLine).toBe("a.exe 3");
  });

  it("raise no second alert for the same records, and continue in another process", async () => {
    const burst = [0, 10, 20].map((seconds, at) => start("a", seconds, at + 1));
    expect((await ingestAll(burst.slice(0, 2))).alerts).toBe(0);
    store = await test.reopen();
    expect((await ingestAll(burst)).alerts).toBe(1);
    expect((await ingestAll(burst)).alerts).toBe(0);
    expect(await openFindings()).toEqual([["many", 3, burst.map(({ id }) => id)]]);
  });

  it("update the alert with later events of the same window, and keep its status", async () => {
    await ingestAll([0, 10, 20].map((seconds, at) => start("a", seconds, at + 1)));
    const [before] = await alerts();
    await store.write(async ({ alerts: writer }) => {
      if (before !== undefined) {
        await writer.put({ ...before, status: "acknowledged" });
      }
    });
    expect((await ingestAll([start("a", 300, 9)])).alerts).toBe(0);
    expect(await alerts()).toMatchObject([{ id: before?.id, status: "acknowledged", correlation: { count: 4 } }]);
    expect((await ingestAll([600, 601, 602].map((seconds, at) => start("a", seconds, at + 20)))).alerts).toBe(1);
  });

  it("report a new value, unless late events show that it was known", async () => {
    const [early, late, other] = [start("b", 60, 1), start("b", 120, 2), start("b", 180, 3, "CORP\\bob")];
    expect((await ingestAll([late, other])).alerts).toBe(2);
    expect((await openAlerts()).map(({ correlation }) => correlation?.newTerms)).toEqual([["alice"], ["bob"]]);
    await ingestAll([early]);
    expect(await openFindings()).toEqual([
      ["new", 1, [early.id]],
      ["new", 1, [other.id]],
    ]);
  });

  it("close alerts that late events refute, with a reason", async () => {
    await ingestAll([start("b", 3601, 2)]);
    await ingestAll([start("b", 1, 1)]);
    const [, withdrawn] = await alerts();
    expect(withdrawn).toMatchObject({ status: "closed", closeReason: "duplicate" });
    expect(await store.triage.transitions([withdrawn?.id ?? ""])).toMatchObject([{ actor: "detection", to: "closed" }]);
  });

  it("suppress and count further alerts on the same values", async () => {
    const some = [
      start("c", 0, 1),
      start("c", 300, 2),
      start("c", 600, 3),
      start("c", 601, 4),
      start("c", 5, 5, "CORP\\bob"),
    ];
    expect((await ingestAll(some)).alerts).toBe(3);
    expect((await alerts()).map(({ correlation }) => correlation?.suppressed?.count)).toEqual([2, 0, 0]);
  });

  it("do not count events that an enforced exception hides, and only count hits of one in shadow mode", async () => {
    const entries = [
      { type: "match", field: "process.command_line", value: "a.exe 2", operator: "included", case: "sensitive" },
    ] as const;
    const given = { ruleIds: ["many"], entries: [...entries] };
    await store.write(({ exceptions }) => exceptions.put(exception({ ...given, id: "e", mode: "enforced" })));
    expect((await ingestAll([0, 10, 20].map((seconds, at) => start("a", seconds, at + 1)))).alerts).toBe(0);
    expect((await store.exceptions.get("e"))?.hits).toBe(1);
    await store.write(({ exceptions }) => exceptions.put(exception({ ...given, id: "e", mode: "shadow" })));
    expect((await ingestAll([start("a", 25, 4)])).alerts).toBe(1);
  });

  it("list in a dry run the alerts that an exception would leave with too few events", async () => {
    await ingestAll([0, 10, 20, 30].map((seconds, at) => start("a", seconds, at + 1)));
    const of = (...commandLines: readonly string[]) => {
      const values = [...commandLines];
      const entry = {
        type: "match_any",
        field: "process.command_line",
        values,
        operator: "included",
        case: "sensitive",
      } as const;
      const draft = { name: "x", reason: "y", ruleIds: ["many"], entries: [entry], mode: "enforced" } as const;
      return dryRun(
        store,
        detector.rules,
        { ...draft, ruleIds: [...draft.ruleIds], entries: [...draft.entries] },
        clock,
      );
    };
    expect((await of("a.exe 1")).totals.closesNow).toBe(0);
    expect((await of("a.exe 1", "a.exe 2")).totals.closesNow).toBe(1);
    expect((await of("none")).totals.closesNow).toBe(0);
  });

  it("raise alerts before the end of a long ingest", async () => {
    let minutes = 0;
    clock = () => NOW + 61_000 * minutes++;
    const burst = [0, 10, 20].map((seconds, at) => start("a", seconds, at + 1));
    let alertsDuring = 0;
    async function* batches() {
      const [first = start("a", 0, 1)] = burst;
      for (const some of [burst, [start("a", 21, 9)]]) {
        alertsDuring = Math.max(alertsDuring, (await alerts()).length);
        const events = Array.from({ length: 8_000 }, (_, at) => ({
          event: some[at] ?? filler(some[0] ?? first, at),
          original: {},
        }));
        yield { file: "test", events, problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
      }
    }
    await ingest({ store, detector, paths: ["test"], batches: batches(), actor: { name: "tester" }, clock });
    expect(alertsDuring).toBe(1);
  });

  it("warn when groups were dropped", async () => {
    const open = Array.from({ length: 40 }, (_, serial) => start("b", 0, serial + 1, `CORP\\user-${serial}`));
    const { warnings } = await ingestAll(open, 20);
    expect(warnings.map(({ code }) => code)).toEqual(["ingest.correlations-evicted"]);
    const [[ruleId, evictions] = []] = await evictionsOf(store.engineState);
    expect(detector.byId.get(ruleId ?? "")?.body.kind).toBe("correlation");
    expect(evictions?.count).toBeGreaterThan(0);
  });
});

/** Another event of the same source that no rule matches. */
function filler(event: StemmaEvent, at: number): StemmaEvent {
  const fields = Object.assign(Object.create(null), { "event.category": "filler" });
  return { ...event, id: `${event.id}-${at}`, fields };
}

describeStores("rules over many events", (open) => {
  it("raise the same alerts in any order of arrival and in any number of ingests", async () => {
    const all = Array.from({ length: 24 }, (_, at) =>
      start("abc"[at % 3] ?? "a", ((at * 37) % 24) * 90, at + 1, at % 2 === 0 ? "CORP\\alice" : "CORP\\bob"),
    );
    const alertsAfter = async (portions: readonly (readonly StemmaEvent[])[]) => {
      const test = await open();
      for (const events of portions) {
        const batch = { file: "t", problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
        async function* batches() {
          yield { ...batch, events: events.map((event) => ({ event, original: {} })) };
        }
        await ingest({
          store: test.store,
          detector,
          paths: ["t"],
          batches: batches(),
          actor: { name: "t" },
          clock: () => NOW,
        });
      }
      const { items } = await test.store.alerts.find({ limit: 1000, statuses: ["open"], order: "oldest-first" });
      await test.dispose();
      return items.map(({ id, time, correlation, sequence }) => ({
        id,
        time,
        correlation,
        events: sequence?.eventIds,
      }));
    };
    const expected = await alertsAfter([all.toSorted((left, right) => left.time - right.time)]);
    expect(expected.length).toBeGreaterThan(5);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        fc.nat(all.length),
        async (shuffled, split) => {
          expect(await alertsAfter([shuffled.slice(0, split), shuffled.slice(split)])).toEqual(expected);
        },
      ),
      { numRuns: 12 },
    );
  });
});
