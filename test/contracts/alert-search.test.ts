import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { alertDocument } from "../../server/alert/document.ts";
import { compileCondition } from "../../server/condition/evaluate.ts";
import { and, type Condition, equals, exists, not, or, wildcard } from "../../server/condition/tree.ts";
import { alert } from "../factories/alerts.ts";
import { describeStores, type TestStore } from "./stores.ts";

/** For a deeper search: `ALERT_SEARCH_RUNS=500`. */
const RUNS = Number(process.env["ALERT_SEARCH_RUNS"] ?? 100);

const lena = alert({ id: "a", host: "pc-1", user: { name: "Lena", domain: "CORP", id: "S-1-5-21-7" } });
const many = alert({ id: "b", host: "pc-2", fields: { "host.name": ["pc-2", "pc-3"], "process.pid": 7 } });

const expectations: readonly (readonly [Condition, readonly string[]])[] = [
  [and(equals("event.kind", "signal"), equals("user.id", "S-1-5-21-7")), ["a"]],
  [equals("user.name", "lena"), []],
  [equals("user.name", "lena", { caseInsensitive: true }), ["a"]],
  [equals("host.name", "pc-3"), ["b"]],
  [and(equals("host.name", "pc-3"), equals("process.pid", 7)), ["b"]],
  [and(equals("host.name", "pc-3"), equals("process.pid", 8)), []],
  [equals("process.pid", 7), ["b"]],
  [or(equals("process.pid", 7), equals("process.name", "OTHER.exe", { caseInsensitive: true })), ["b"]],
  [or(equals("process.pid", 7), exists("user.id")), ["a", "b"]],
  [wildcard("user.domain", "CO*"), ["a"]],
  [not(exists("user.id")), ["b"]],
  [equals("event.kind", "alert"), []],
];

const value = fc.constantFrom("a", "A", "ß", "İ", "b*", "\ud800", "", "1", "\u0001");
const field = fc.constantFrom(
  "host.name",
  "user.name",
  "user.id",
  "user.domain",
  "event.kind",
  "process.name",
  "file.path",
);
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(field, value, fc.boolean()).map(([name, text, caseInsensitive]) => equals(name, text, { caseInsensitive })),
  fc.tuple(field, value).map(([name, text]) => wildcard(name, `${text}*`)),
  field.map((name) => exists(name)),
  fc.constant(equals("event.kind", "signal")),
);
const leaves = fc.array(leaf, { minLength: 1, maxLength: 3 });
const condition = fc.oneof(
  leaf.map(not),
  leaves.map((terms) => and(...terms)),
  leaves.map((terms) => or(...terms)),
);
const fields = fc.dictionary(
  field,
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 2 }), fc.array(value, { minLength: 17, maxLength: 18 })),
  { maxKeys: 4 },
);

describeStores("searches for alerts", (open) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await open();
  });
  afterEach(() => test.dispose());

  /** The ids of matching alerts of one rule. */
  async function found(condition: Condition, ruleId = "rule-1"): Promise<readonly string[]> {
    const page = await test.store.alerts.find({ condition, ruleIds: [ruleId], limit: 100 });
    expect(page.total).toBe(page.items.length);
    return page.items.map(({ id }) => id).sort();
  }

  it("find by host and user what the evaluator matches", async () => {
    await test.store.write(async ({ alerts }) => {
      await alerts.put(lena);
      await alerts.put(many);
    });
    for (const [condition, ids] of expectations) {
      expect(await found(condition)).toEqual(ids);
    }
    await test.store.write(({ alerts }) =>
      alerts.put({ ...lena, user: { name: "Lena", domain: "CORP", id: "S-1-5-21-8" } }),
    );
    expect(await found(equals("user.id", "S-1-5-21-7"))).toEqual([]);
    expect(await found(equals("user.id", "S-1-5-21-8"))).toEqual(["a"]);
  });

  it("find the alerts with a common value on one host", async () => {
    await test.store.write(async ({ alerts }) => {
      for (let index = 0; index < 60; index += 1) {
        await alerts.put(
          alert({ id: `${index}`, fields: { "process.pid": 7, "host.name": `PC-${index % 3}`, "user.name": "lena" } }),
        );
      }
    });
    const on = (host: string, pid: number) =>
      found(and(equals("host.name", host, { caseInsensitive: true }), equals("process.pid", pid)));
    expect(await on("pc-1", 7)).toEqual(Array.from({ length: 20 }, (_, index) => `${index * 3 + 1}`).sort());
    expect([await on("pc-4", 7), await on("pc-1", 8)]).toEqual([[], []]);
  });

  it("find alerts that moved to the new key of their process, and merged ones", async () => {
    const pid = (id: string, processKey: string, value: number) =>
      alert({ id, processKey, fields: { "process.pid": value, "host.name": "pc-1" } });
    await test.store.write(async ({ alerts }) => {
      await alerts.put(pid("a", "one", 1));
      await alerts.put(pid("b", "two", 2));
      await alerts.rekey(new Map([["one", "two"]]));
    });
    const { items } = await test.store.alerts.find({ limit: 10 });
    expect(items).toHaveLength(1);
    const matches = (condition: Condition) => items.filter((one) => compileCondition(condition)(alertDocument(one)));
    for (const condition of [equals("process.pid", 1), equals("process.pid", 2), equals("host.name", "pc-1")]) {
      expect(await found(condition)).toEqual(matches(condition).map(({ id }) => id));
    }
  });

  it("accept values of any length and with any characters", async () => {
    const long = `HOST-${"ß".repeat(20_000)}`;
    await test.store.write(({ alerts }) =>
      alerts.put(alert({ fields: { "host.name": long, "user.name": "\ud800'\"`$x", "file.path": long } })),
    );
    for (const condition of [
      equals("host.name", long.toLowerCase(), { caseInsensitive: true }),
      wildcard("host.name", `${long.slice(0, 10_000)}*`),
      wildcard("host.name", "HOST-*"),
      equals("user.name", "\ud800'\"`$x"),
      and(equals("file.path", long), exists("user.name")),
    ]) {
      expect(await found(condition)).toEqual(["alert-1"]);
    }
  });

  it(
    "find what the evaluator matches, for random alerts and conditions",
    async () => {
      const runs = test.runs(RUNS);
      let serial = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fields, { maxLength: 6 }),
          fc.array(condition, { minLength: 1, maxLength: 3 }),
          async (documents, conditions) => {
            serial += 1;
            const rule = { id: `rule-${serial}`, name: "Rule", version: "1", language: "eql" } as const;
            const alerts = documents.map((given, index) =>
              alert({ id: `alert-${serial}-${index}`, rule, fields: Object.assign(Object.create(null), given) }),
            );
            await test.store.write(async (transaction) => {
              for (const one of alerts) {
                await transaction.alerts.put(one);
              }
            });
            // Some change later.
            await test.store.write(async (transaction) => {
              for (const [index, one] of alerts.entries()) {
                if (index % 3 === 1) {
                  alerts[index] = { ...one, fields: alerts[0]?.fields ?? {} };
                  await transaction.alerts.put(alerts[index]);
                }
              }
            });
            for (const one of conditions) {
              const matches = compileCondition(one);
              expect(await found(one, rule.id)).toEqual(
                alerts.filter((candidate) => matches(alertDocument(candidate))).map(({ id }) => id),
              );
            }
          },
        ),
        { numRuns: runs },
      );
    },
    120_000 + RUNS * 1_000,
  );
});
