import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { always } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import { readRules } from "../detection/rule-files/load.ts";
import { ok } from "../lib/result.ts";
import { type RunProgress, runRules } from "./run.ts";

const toml = (id: string, version: number, query: string) => ({
  file: `${id}-${version}.toml`,
  source: `${id}-${version}.toml`,
  text: ok(
    `[rule]\nrule_id = "${id}"\nname = "n"\nversion = ${version}\nseverity = "low"\nrisk_score = 1\ntype = "eql"\nlanguage = "eql"\nquery = '''${query}'''\n`,
  ),
});

describe("running rules over what is stored", () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  });
  afterAll(() => world.close());

  const run = (rules: readonly Rule[], more: { readonly from?: number; readonly limit?: number } = {}) =>
    runRules(world.store, rules, {
      limit: 1000,
      now: noon,
      onProgress: () => {},
      ...more,
    });

  it("finds with few and with many rules what the detector finds in each event", async () => {
    const expected = new Map<string, number>();
    for await (const batch of world.store.events.scan({ condition: always })) {
      for (const { rule } of batch.flatMap((event) => world.detector.test(event))) {
        expected.set(rule.id, (expected.get(rule.id) ?? 0) + 1);
      }
    }
    expect(expected.size).toBeGreaterThan(2);
    const isSingle = ({ body }: Rule) => body.kind === "event" || body.kind === "grouped";
    const all = await run(world.rules);
    expect(all.truncationReason).toBeUndefined();
    for (const { rule, hits, listed } of all.rules.filter((one) => isSingle(one.rule))) {
      expect([rule.id, hits]).toEqual([rule.id, expected.get(rule.id) ?? 0]);
      expect(listed).toHaveLength(hits);
    }
    for (const rule of world.rules.filter((one) => isSingle(one) && one.partOf === undefined)) {
      expect([rule.id, (await run([rule])).rules[0]?.hits]).toEqual([rule.id, expected.get(rule.id) ?? 0]);
    }
  });

  it("keeps two versions of one rule apart, sequences included", async () => {
    const { versions } = readRules([
      toml(
        "same",
        1,
        'sequence by host.name [process where event.type == "start"] [process where event.type == "start"]',
      ),
      toml("same", 2, 'process where process.name : "cmd.exe"'),
    ]);
    const rules = versions.map(({ rule }) => rule).toSorted((left, right) => left.version.localeCompare(right.version));
    const [first, second] = (await run(rules)).rules;
    expect(first?.rule.version).toBe("1");
    expect(first?.hits).toBeGreaterThan(10);
    expect(first?.listed.every(({ eventIds }) => eventIds.length === 2)).toBe(true);
    expect(second?.hits).toBe(
      (await world.store.events.find({ condition: conditionOf(rules[1]), limit: 1, order: "oldest-first" })).total,
    );
  });

  it("lists as many as asked for, counts all, and stays in its window", async () => {
    const rules = readRules([toml("any", 1, "any where true")]).rules;
    const whole = await run(rules, { limit: 5 });
    expect(whole.rules[0]?.listed).toHaveLength(5);
    expect(whole.rules[0]?.hits).toBe(await world.store.events.count());
    const later = await run(rules, { from: (whole.span?.to ?? 0) + 1 });
    expect(later).toMatchObject({ events: 0, rules: [{ hits: 0 }] });
  });

  it("stops on request, and reports how far it came", async () => {
    const stop = new AbortController();
    const seen: RunProgress[] = [];
    const result = await runRules(world.store, readRules([toml("any", 1, "any where true")]).rules, {
      limit: 1,
      now: noon,
      signal: stop.signal,
      onProgress: (progress) => {
        seen.push(progress());
        stop.abort();
      },
    });
    expect(seen).toHaveLength(1);
    expect(result.truncationReason).toMatch(/^Stopped: covers events up to \d{4}-/);
  });
});

function conditionOf(rule: Rule | undefined) {
  if (rule?.body.kind !== "event") {
    throw new Error("not a rule over single events");
  }
  return rule.body.condition;
}
