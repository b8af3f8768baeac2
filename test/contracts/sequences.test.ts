import { afterEach, beforeEach, expect, it } from "vitest";
import { createDetector } from "../../server/detection/detector.ts";
import { compileSequence, parseEql } from "../../server/detection/languages/eql/eql.ts";
import { anyStageCondition } from "../../server/detection/sequence/plan.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { evictionsOf } from "../../server/ruleset/evictions.ts";
import type { Store } from "../../server/store/port.ts";
import { exception, rule } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { describeStores, type TestStore } from "./stores.ts";

const NOW = T0 + 30 * 86_400_000;

function sequenceRule(id: string, query: string) {
  const parsed = parseEql(query);
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error(query);
  }
  const plan = compileSequence(parsed.value);
  return { ...rule(), id, body: { kind: "sequence", plan, condition: anyStageCondition(plan) } } as const;
}

const detector = createDetector([
  sequenceRule(
    "parent-child",
    `sequence by host.name with maxspan=1m
       [process where process.name : "a.exe"] by process.entity_id
       [process where process.name : "b.exe"] by process.parent.entity_id`,
  ),
  sequenceRule(
    "any-time",
    `sequence [process where process.name : "e.exe"] by process.entity_id
       [process where process.name : "f.exe"] by process.parent.entity_id`,
  ),
  sequenceRule(
    "no-answer",
    `sequence by host.name with maxspan=1m [process where process.name : "c.exe"] ![process where process.name : "d.exe"]`,
  ),
]);

/** The start of process number `serial`, `name.exe`, some seconds after T0. */
function start(name: string, seconds: number, serial: number, parent?: number): StemmaEvent {
  return sysmonStart({
    recordId: String(serial),
    time: T0 + seconds * 1000,
    guid: guid(T0, serial),
    pid: 1000 + serial * 4,
    image: `C:\\${name}.exe`,
    commandLine: `${name}.exe ${serial}`,
    user: "CORP\\alice",
    ...(parent === undefined ? {} : { parentGuid: guid(T0, parent), parentPid: 1000 + parent * 4 }),
  });
}

describeStores("rules over several events", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    sequenceMemory = undefined;
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  let sequenceMemory: number | undefined;

  async function ingestAll(...events: readonly StemmaEvent[]) {
    async function* batches() {
      for (const event of events) {
        const one = { event, original: {} };
        yield { file: "test", events: [one], problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
      }
    }
    const source = { paths: ["test"], batches: batches() };
    return ingest({ store, detector, ...source, actor: { name: "tester" }, clock: () => NOW, sequenceMemory });
  }
  const alerts = async () => (await store.alerts.find({ limit: 100, order: "oldest-first" })).items;
  const members = async () => (await alerts()).map(({ sequence }) => sequence?.eventIds);

  it("raise one alert on the process of the last event, with all events as sources and the fields they share", async () => {
    const [first, second] = [start("a", 0, 1), start("b", 60, 2, 1)];
    expect((await ingestAll(first, second)).alerts).toBe(1);
    const [alert] = await alerts();
    expect(alert).toMatchObject({
      rule: { id: "parent-child" },
      time: first.time,
      host: "host-a",
      user: { name: "alice" },
      sequence: { eventIds: [first.id, second.id] },
    });
    expect(alert?.sources.map(({ eventId }) => eventId)).toEqual([second.id, first.id]);
    expect(alert?.fields["host.name"]).toBe(first.fields["host.name"]);
    expect(alert?.fields["process.name"]).toBe(undefined);
    const process = await store.lineage.process(alert?.processKey ?? "");
    expect(process?.name).toBe("b.exe");
  });

  it("raise no second alert for the same records", async () => {
    const events = [start("a", 0, 1), start("b", 60, 2, 1)];
    await ingestAll(...events);
    expect((await ingestAll(...events)).alerts).toBe(0);
    expect(await alerts()).toHaveLength(1);
  });

  it("continue open sequences in another process", async () => {
    const [first, second] = [start("a", 0, 1), start("b", 30, 2, 1)];
    expect((await ingestAll(first)).alerts).toBe(0);
    store = await test.reopen();
    expect((await ingestAll(second)).alerts).toBe(1);
    expect(await members()).toEqual([[first.id, second.id]]);
  });

  it("find a sequence whose events came in the wrong order, in one ingest or in two", async () => {
    const [first, second] = [start("a", 0, 1), start("b", 30, 2, 1)];
    expect((await ingestAll(second, first)).alerts).toBe(1);
    const [third, fourth] = [start("a", 5, 3), start("b", 35, 4, 3)];
    expect((await ingestAll(fourth)).alerts).toBe(0);
    expect((await ingestAll(third)).alerts).toBe(1);
    expect(await members()).toEqual([
      [first.id, second.id],
      [third.id, fourth.id],
    ]);
  });

  it("find what a search over the stored events finds, in any order of arrival", async () => {
    // Each child follows its parent; multiplying by 5 modulo 13 shuffles the numbers 1 to 12.
    const events = Array.from({ length: 12 }, (_, index) => {
      const number = index + 1;
      return number % 2 === 1 ? start("a", number * 20, number) : start("b", number * 20, number, number - 1);
    });
    const shuffled = events.map((_, index) => events[((index + 1) * 5) % 13 === 0 ? 0 : (((index + 1) * 5) % 13) - 1]);
    const arriving = shuffled.filter((event) => event !== undefined);
    expect(new Set(arriving).size).toBe(12);
    await ingestAll(...arriving.slice(0, 5));
    await ingestAll(...arriving.slice(5));
    expect(await members()).toEqual([0, 2, 4, 6, 8, 10].map((at) => [events[at]?.id, events[at + 1]?.id]));
  });

  it("continue after a rescan the sequences that late events opened", async () => {
    await ingestAll(start("b", 50, 9, 8), start("a", 10, 1));
    expect((await ingestAll(start("b", 55, 2, 1))).alerts).toBe(1);
  });

  it("keep sequences that were opened before the rescanned period", async () => {
    const first = start("e", 0, 1);
    await ingestAll(first, start("e", 500_000, 2), start("e", 400_000, 3));
    const last = start("f", 600_000, 4, 1);
    expect((await ingestAll(last)).alerts).toBe(1);
    expect(await members()).toEqual([[first.id, last.id]]);
  });

  it("raise an alert on a missing event only when its time is over", async () => {
    expect((await ingestAll(start("c", 0, 1), start("d", 30, 2))).alerts).toBe(0);
    expect((await ingestAll(start("c", 100, 3), start("d", 161, 4))).alerts).toBe(1);
  });

  it("skip events that an enforced exception hides, and only count those of one in shadow mode", async () => {
    const entries = [
      { type: "match", field: "process.name", value: "a.exe", operator: "included", case: "sensitive" },
    ] as const;
    const given = { ruleIds: ["parent-child"], entries: [...entries] };
    await store.write(({ exceptions }) => exceptions.put(exception({ ...given, id: "e", mode: "enforced" })));
    expect((await ingestAll(start("a", 0, 1), start("b", 30, 2, 1))).alerts).toBe(0);
    expect((await store.exceptions.get("e"))?.hits).toBe(1);
    await store.write(({ exceptions }) => exceptions.put(exception({ ...given, id: "e", mode: "shadow" })));
    expect((await ingestAll(start("a", 103, 3), start("b", 133, 4, 3))).alerts).toBe(1);
    expect((await store.exceptions.get("e"))?.hits).toBe(2);
  });

  it("warn when open sequences were dropped", async () => {
    sequenceMemory = 20;
    const open = Array.from({ length: 40 }, (_, serial) => start("a", 0, serial + 1));
    const { warnings } = await ingestAll(...open);
    expect(warnings.map(({ code }) => code)).toEqual(["ingest.sequences-evicted"]);
    const evictions = await evictionsOf(store.engineState);
    expect([...evictions.keys()]).toEqual(["parent-child"]);
    const { count = 0, last, sentence } = evictions.get("parent-child") ?? {};
    expect(count).toBeGreaterThanOrEqual(20);
    expect(last).toBe(new Date(NOW).toISOString());
    expect(sentence).toContain("STEMMA_SEQUENCE_MEMORY");
    await ingestAll(...open.map((_, serial) => start("a", 1, serial + 1001)));
    // The ledger adds to the count of the previous ingest.
    expect((await evictionsOf(store.engineState)).get("parent-child")?.count).toBeGreaterThanOrEqual(count + 20);
    expect((await ingestAll(...open.map((_, index) => start("b", 30, index + 100, index + 1)))).alerts).toBeLessThan(
      20,
    );
  });
});
