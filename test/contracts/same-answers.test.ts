import fc from "fast-check";
import { expect, it } from "vitest";
import type { FieldValue } from "#contracts/event";
import { type QueueQuery, queueQuery } from "#contracts/queue";
import type { AlertRecord } from "../../server/alert/record.ts";
import { and, type Condition, equals, not, or, wildcard } from "../../server/condition/tree.ts";
import type { AlertQuery } from "../../server/store/alerts/port.ts";
import { packEvents } from "../../server/store/events/packed-events.ts";
import type { Store } from "../../server/store/port.ts";
import { alert, exception } from "../factories/alerts.ts";
import { T0 } from "../factories/events.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { neo4jOfThisRun, sqliteInTemporaryFolder } from "./stores.ts";

const MINUTE = 60_000;

/** For a deeper search: `SAME_ANSWER_RUNS=300`. */
const RUNS = Number(process.env["SAME_ANSWER_RUNS"] ?? 5);

/**
 * Alerts with few distinct times, so that ties are common, and with names that bytes and UTF-16 units order
 * differently.
 */
const alertOf = fc
  .record({
    minute: fc.constantFrom(0, 1, 1_000, 2_500, 4_000, 5_000),
    rule: fc.integer({ min: 1, max: 4 }),
    severity: fc.constantFrom("low", "medium", "high", "critical"),
    riskScore: fc.constantFrom(0, 21, 0.1, 47.2, 99),
    buildingBlock: fc.boolean(),
    host: fc.constantFrom("host-a", "host-b", "HOST-C", "host-\uff5e", "host-\u{1f600}", "host-e\u0301"),
    user: fc.constantFrom(undefined, "alice", "bob"),
    process: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    commandTemplate: fc.constantFrom(undefined, "s1", "s2"),
    closing: fc.constantFrom(undefined, "benign", "true-positive"),
    tactic: fc.constantFrom(undefined, "Execution", "Impact"),
    command: fc.constantFrom("cmd.exe /c whoami", "ÜBER%_\\.exe", "'\"`$1 {x}"),
  })
  .map((given): Omit<AlertRecord, "id" | "time"> & { readonly minute: number } => {
    const { minute, rule, user, process, closing, tactic, command, ...rest } = given;
    return {
      ...alert({
        ...rest,
        rule: { id: `rule-${rule}`, name: `Rule ${rule}`, version: "1", language: "eql" },
        ...(user === undefined ? {} : { userKey: `user:${user}`, user: { name: user } }),
        ...(process === undefined ? {} : { processKey: `process-${process}`, rootKey: `process-${process % 3}` }),
        ...(closing === undefined ? { status: "open" } : { status: "closed", closeReason: closing }),
        techniques: tactic === undefined ? [] : [{ id: "T1", name: "One", tactic }],
        fields: Object.assign(Object.create(null), { "process.command_line": command, "host.name": rest.host }),
      }),
      minute,
    };
  });

const some = <const T extends string>(...values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values]);
const queueOf: fc.Arbitrary<QueueQuery> = fc
  .record({
    group: fc.constantFrom("lineage" as const, "rule", "host", "user", "none"),
    status: some("open", "closed"),
    severity: some("low", "high"),
    rule: some("rule-1", "rule-2"),
    host: some("host-a", "HOST-C"),
    user: some("user:alice"),
    tactic: some("Execution", "Impact"),
    text: fc.constantFrom(undefined, "whoami", "über%_ rule", "'\"`$1"),
    buildingBlocks: fc.boolean(),
    limit: fc.constantFrom(2, 7, 50),
  })
  .map((given) => ({ ...queueQuery.parse({}), ...given }));

const term = fc.constantFrom<Condition>(
  equals("host.name", "host-a", { caseInsensitive: true }),
  wildcard("process.command_line", "*whoami*", { caseInsensitive: true }),
  equals("process.pid", 4),
  wildcard("process.name", "CMD*", { caseInsensitive: true }),
);
const conditionOf = fc.oneof(
  term,
  term.map(not),
  fc.tuple(term, term).map((terms) => and(...terms)),
  fc.tuple(term, term).map((terms) => or(...terms)),
);
const alertQueryOf: fc.Arbitrary<AlertQuery> = fc.record(
  {
    ruleIds: some("rule-1", "rule-3"),
    hosts: some("host-a", "host-b"),
    userKeys: some("user:alice", "user:bob"),
    processKeys: some("process-1", "process-2"),
    rootKey: fc.constantFrom("process-1", "process-2"),
    incidentKey: fc.constantFrom("process-1", "host:host-a"),
    commandTemplate: fc.constantFrom("s1"),
    buildingBlock: fc.boolean(),
    condition: conditionOf,
    from: fc.constant(T0 + 1000 * MINUTE),
    to: fc.constant(T0 + 4000 * MINUTE),
    order: fc.constantFrom("oldest-first", "newest-first"),
    limit: fc.constantFrom(5, 100),
  },
  { requiredKeys: ["limit"] },
);

const fieldsOf = fc.record(
  {
    "host.name": fc.constantFrom<FieldValue>("host-a", "HOST-A", "host-b"),
    "process.name": fc.constantFrom<FieldValue>("cmd.exe", "Cmd.exe", ["cmd.exe", "x"]),
    "process.pid": fc.constantFrom<FieldValue>(4, 8),
    "process.entity_id": fc.constantFrom<FieldValue>("{A}", "{b}"),
    "process.parent.entity_id": fc.constantFrom<FieldValue>("{A}"),
    "event.category": fc.constantFrom<FieldValue>("process", "network"),
    "process.command_line": fc.constantFrom<FieldValue>("a whoami b", "'"),
  },
  { requiredKeys: [] },
);

/** All pages of a list. */
async function pages<P extends { readonly next?: string }>(
  page: (cursor: string | undefined) => Promise<P>,
): Promise<P[]> {
  const all: P[] = [];
  for (let cursor: string | undefined; ; ) {
    const one = await page(cursor);
    // Cursors differ between stores.
    all.push({ ...one, next: undefined });
    if (one.next === undefined) {
      return all;
    }
    cursor = one.next;
  }
}

describeNeo4j("Neo4j and SQLite", () => {
  it(
    "give the same answers for random records and queries",
    async () => {
      const [sqlite, neo4j] = [await sqliteInTemporaryFolder(), await neo4jOfThisRun()];
      const stores = [sqlite.store, neo4j.store];
      const expectSame = async (ask: (store: Store) => Promise<unknown>) => {
        const [expected, found] = await Promise.all(stores.map(ask));
        expect(found).toEqual(expected);
      };
      let nextNumber = 0;
      try {
        await fc.assert(
          fc.asyncProperty(
            fc.array(alertOf, { minLength: 1, maxLength: 12 }),
            fc.array(fieldsOf, { minLength: 1, maxLength: 12 }),
            fc.array(queueOf, { minLength: 3, maxLength: 3 }),
            fc.array(alertQueryOf, { minLength: 4, maxLength: 4 }),
            fc.array(conditionOf, { minLength: 3, maxLength: 3 }),
            async (alerts, fields, queues, alertQueries, conditions) => {
              const from = nextNumber;
              const made = alerts.map(({ minute, ...given }, index) => {
                const number = from + index;
                return alert({
                  ...given,
                  id: `alert-${String(number).padStart(5, "0")}`,
                  time: T0 + minute * MINUTE,
                });
              });
              const events = fields.map((given, index) => ({
                id: `event-${from}-${index}`,
                time: T0 + ((index * 7919) % 100) * MINUTE,
                fields: Object.assign(Object.create(null), given),
                source: { eventId: `event-${from}-${index}`, file: "f", code: "1", time: new Date(T0).toISOString() },
              }));
              nextNumber += 12;
              for (const store of stores) {
                await store.write(async (to) => {
                  await to.events.append([packEvents(events.map((event) => ({ event, original: event.id })))]);
                  await to.exceptions.put(exception());
                  for (const stored of made) {
                    await to.alerts.put(stored);
                    await to.exceptions.addHit("exception-1", {
                      ruleId: stored.rule.id,
                      subject: stored.processKey ?? stored.id,
                      eventId: stored.id,
                      time: stored.time,
                    });
                  }
                  await to.alerts.rekey(new Map([["process-6", "process-5"]]));
                });
              }
              for (const query of queues) {
                await expectSame((store) => pages((cursor) => store.alerts.queue({ ...query, cursor })));
              }
              for (const query of alertQueries) {
                await expectSame((store) => pages((cursor) => store.alerts.find({ ...query, cursor })));
              }
              for (const condition of conditions) {
                await expectSame((store) => store.events.find({ condition, limit: 1_000, order: "newest-first" }));
              }
              await expectSame((store) => store.alerts.figuresByHost());
              await expectSame((store) => store.alerts.figuresByUser());
              await expectSame((store) => store.alerts.countsByRule());
              await expectSame((store) => store.alerts.risk({ hosts: ["host-a"] }));
              await expectSame((store) => store.alerts.similar({ ruleId: "rule-1", commandTemplate: "s1" }));
              await expectSame((store) => store.alerts.perDay("rule-1"));
              await expectSame((store) => store.events.coverage({ from: T0 + 5 * MINUTE, to: T0 + 70 * MINUTE }));
              await expectSame((store) => store.exceptions.all());
              await expectSame((store) => store.alerts.get(made[0]?.id ?? ""));
            },
          ),
          { numRuns: RUNS },
        );
      } finally {
        await sqlite.dispose();
        await neo4j.dispose();
      }
    },
    240_000 + RUNS * 5_000,
  );
});
