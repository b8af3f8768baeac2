import { afterEach, beforeEach, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import { changeStatus } from "../../server/alert/change-status.ts";
import { equals } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { compileSequence, parseEql } from "../../server/detection/languages/eql/eql.ts";
import type { Rule } from "../../server/detection/rule.ts";
import { parseElasticRule } from "../../server/detection/rule-files/elastic-rule.ts";
import { anyStageCondition } from "../../server/detection/sequence/plan.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { giveBack } from "../../server/exceptions/life/give-back.ts";
import { hiddenHitsOf } from "../../server/exceptions/life/hidden.ts";
import type { Store } from "../../server/store/port.ts";
import { exception, rule } from "../factories/alerts.ts";
import { guid, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, type TestStore } from "./stores.ts";

const NOW = T0 + 30 * 86_400_000;
const minute = 60_000;

const single = rule({ id: "single", condition: equals("process.name", "cmd.exe") });
const rules = [single, sequence(), threshold()];
const detector = createDetector(rules);

function sequence(): Rule {
  const parsed = parseEql(
    `sequence by host.name with maxspan=1m
       [process where process.name : "a.exe"] by process.entity_id
       [process where process.name : "b.exe"] by process.parent.entity_id`,
  );
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error("not a sequence");
  }
  const plan = compileSequence(parsed.value);
  return { ...rule({ id: "sequence" }), body: { kind: "sequence", plan, condition: anyStageCondition(plan) } };
}

function threshold(): Rule {
  const text = `[rule]\nrule_id = "count"\nname = "count"\nseverity = "low"\nrisk_score = 21\nlanguage = "kuery"
    type = "threshold"\nfrom = "now-9m"\nquery = "process.name: many.exe"\n[rule.threshold]\nfield = ["host.name"]\nvalue = 3`;
  const parsed = parseElasticRule(text, "count.toml");
  if (!parsed.ok) {
    throw new Error("not a rule");
  }
  return parsed.value;
}

/** The start of process number `serial`, `name.exe`, some seconds after T0. */
function start(name: string, seconds: number, serial: number, parent?: number): StemmaEvent {
  return sysmonStart({
    recordId: String(serial),
    time: T0 + seconds * 1000,
    guid: guid(T0, serial),
    pid: 1000 + serial * 4,
    image: `C:\\${name}.exe`,
    commandLine: `${name}.exe ${serial}`,
    user: serial === 9 ? "CORP\\bob" : "CORP\\alice",
    ...(parent === undefined ? {} : { parentGuid: guid(T0, parent), parentPid: 1000 + parent * 4 }),
  });
}

const first = start("cmd", 5, 1);
const duplicate = securityStart({
  ...{ pid: 1004, image: "C:\\cmd.exe", commandLine: "cmd.exe 1", time: T0 + 5200, recordId: "2" },
  ...{ subject: "CORP\\HOST-A$", target: "CORP\\alice" },
});
const events = [
  ...[first, duplicate, start("cmd", 20, 3), start("a", 30, 4), start("b", 40, 5, 4)],
  ...[start("many", 50, 6), start("many", 51, 7), start("many", 52, 8), start("cmd", 70, 9)],
];

const hiding = exception({ ruleIds: rules.map(({ id }) => id), createdAt: new Date(T0 - minute).toISOString() });

describeStores("giving back what an exception hid", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const put = (record: ExceptionRecord) => store.write(({ exceptions }) => exceptions.put(record));
  const stopped = (record: ExceptionRecord) => ({ ...record, disabledAt: new Date(NOW).toISOString() });
  const alerts = async () => (await store.alerts.find({ limit: 100, order: "oldest-first" })).items;
  const essence = async () =>
    (await alerts())
      .map(({ id, time, sources, status, rule: { id: of }, rootKey, userKey, processKey }) => {
        return {
          id,
          time,
          status,
          of,
          rootKey,
          userKey,
          processKey,
          sources: sources.map((one) => one.eventId).sort(),
        };
      })
      .sort((left, right) => (left.id < right.id ? -1 : 1));
  async function back(given: Partial<Parameters<typeof giveBack>[3]> = {}, using = detector) {
    const request = { hits: "all", reopen: true, reason: "it hid an attack", actor: { name: "lena" } } as const;
    const result = await giveBack(store, using, hiding.id, { ...request, clock: () => NOW, ...given });
    if (!result.ok) {
      throw new Error(result.error.message);
    }
    return result.value;
  }
  async function hidden(using = detector) {
    const page = await hiddenHitsOf({ store, detector: using, now: NOW }, hiding.id, { limit: 100 });
    return page.ok ? page.value.items : [];
  }

  it("raises what an ingest without the exception raises, once, with the times of the events", async () => {
    await ingestEvents(store, detector, events, NOW);
    const expected = await essence();
    expect(expected.map(({ of }) => of).sort()).toEqual(["count", "sequence", "single", "single", "single"]);
    await test.dispose();
    test = await open();
    store = test.store;

    await put(hiding);
    await ingestEvents(store, detector, events, NOW);
    expect((await alerts()).map(({ userKey }) => userKey)).toEqual(["corp\\bob"]);
    expect((await hidden()).every(({ stillHidden, state }) => stillHidden && state !== "in-queue")).toBe(true);
    expect(await back()).toMatchObject({ raised: 0, reopened: 0 });

    await put(stopped(hiding));
    const states = (await hidden()).map(({ state }) => state);
    expect([...new Set(states)].sort()).toEqual(["hidden", "incomplete"]);
    const result = await back();
    expect(result).toMatchObject({ raised: 4, reopened: 0, stillHidden: 0, left: [] });
    expect(result.recomputed.map((sentence) => sentence.split(":")[0]).sort()).toEqual(["Rule one", "count"]);
    expect(await essence()).toEqual(expected);
    expect((await hidden()).map(({ state }) => state)).toEqual(states.map(() => "in-queue"));
    const [record] = (await store.audit.page({ kind: "exception", limit: 1 })).items;
    expect(record).toMatchObject({
      action: "exception.give-back",
      actor: "lena",
      after: { reason: "it hid an attack" },
    });

    expect(await back()).toMatchObject({ raised: 0, reopened: 0 });
    expect(await essence()).toEqual(expected);
  });

  it("leaves what the narrowed exception or another one still hides, and what cannot be raised", async () => {
    await put(hiding);
    await ingestEvents(store, detector, events, NOW);
    const narrow = { type: "match", field: "process.command_line", operator: "included", case: "sensitive" } as const;
    await put({ ...hiding, version: 2, entries: [...hiding.entries, { ...narrow, value: "cmd.exe 3" }] });
    await put({ ...hiding, id: "other", ruleIds: ["single"], entries: [{ ...narrow, value: "cmd.exe 1" }] });
    const result = await back({}, createDetector([single, sequence()]));
    expect(result).toMatchObject({ raised: 1, stillHidden: 1 });
    expect([...new Set(result.left.map(({ reason }) => reason))].sort()).toEqual([
      "Another exception in force hides it",
      "Its rule is not loaded, or disabled",
    ]);
    expect((await alerts()).map((alert) => alert.rule.id)).toEqual(["sequence", "single"]);
  });

  it("gives back chosen hits only, and reopens the alerts that it closed if asked to", async () => {
    await ingestEvents(store, detector, events, NOW);
    await put(hiding);
    const [alert] = (await alerts()).filter((one) => one.rule.id === "single");
    if (alert === undefined) throw new Error("no alert");
    await store.write(async (transaction) => {
      const by = { kind: "exception-author", name: "lena", exception: hiding } as const;
      await changeStatus(transaction, alert, { by, at: NOW, to: "closed", reason: "exception", note: "" });
      const hit = { ruleId: "single", subject: alert.processKey ?? "", eventId: first.id, time: first.time };
      await transaction.exceptions.addHit(hiding.id, hit);
    });
    await put(stopped(hiding));
    const [hit] = await hidden();
    expect(hit).toMatchObject({ state: "closed", alertId: alert.id, host: "host-a", commandLine: "cmd.exe 1" });
    expect(await back({ hits: ["other"] })).toMatchObject({ considered: 0, reopened: 0 });
    expect(await back({ reopen: false })).toMatchObject({ considered: 1, reopened: 0, totals: { left: 1 } });
    expect(await back({ hits: [hit?.id ?? ""] })).toMatchObject({ considered: 1, reopened: 1 });
    expect((await store.alerts.get(alert.id))?.status).toBe("open");
    expect(await back()).toMatchObject({ reopened: 0, inQueue: 1 });
  });
});
