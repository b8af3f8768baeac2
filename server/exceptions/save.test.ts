import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dryRun as dryRunContract, type ExceptionDraft, suggestedDraft } from "#contracts/exception";
import { eventFieldsOf } from "#contracts/exception-entry";
import { exceptionSaver } from "../../test/factories/save-exception.ts";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../alert/record.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { exceptionCondition } from "../exception/condition.ts";
import { undoBatch } from "../triage/batch/batches.ts";
import { runBatch } from "../triage/batch/run.ts";
import { suggestDraft } from "./draft.ts";

const current = "12f07955-1674-44f7-86b5-c35da0a6f41a";
const anyChild = "24869767-8579-485d-9a4f-d9ddfd8f0cac";
const day = 86_400_000;
const clock = () => noon;

async function alertsOf(world: WorkbenchStore, ruleId: string, commandLine: string): Promise<readonly AlertRecord[]> {
  const page = await world.store.alerts.find({ ruleIds: [ruleId], limit: 500, order: "oldest-first" });
  return page.items.filter((alert) => String(alert.fields["process.command_line"]).includes(commandLine));
}

describe("an exception", () => {
  let world: WorkbenchStore;
  let ids = 0;
  const newId = () => `exception-${++ids}`;
  const saver = exceptionSaver();
  const { dryRun } = saver;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  });
  afterAll(() => world.close());

  async function draftOf(alert: AlertRecord): Promise<ExceptionDraft> {
    const rule = world.rules.find((candidate) => candidate.id === alert.rule.id);
    const suggested = suggestedDraft.parse(await suggestDraft(world.store, alert, rule));
    expect(suggested.because).toHaveLength(suggested.draft.entries.length);
    return { ...suggested.draft, reason: "Inventory of the platform team" };
  }

  async function save(draft: ExceptionDraft, token: string) {
    return saver.save(world.store, world.rules, { draft, token, actor: { name: "lena" }, clock, newId });
  }

  /** Undoes what saving has closed. */
  async function undo(saved: Awaited<ReturnType<typeof save>>): Promise<void> {
    const actor = { name: "lena" };
    const undone = await undoBatch(world.store, saved.ok ? (saved.value.batch?.id ?? "") : "", {
      actor,
      at: noon,
      newId,
    });
    expect(undone).toMatchObject({ ok: true });
    const { id, runner } = undone.ok ? undone.value : { id: "", runner: "" };
    const none = { all: [], forAlert: () => undefined, forRule: () => undefined };
    expect(await runBatch(world.store, none, { id, runner, actor, clock, newId })).toMatchObject({
      value: { state: "done", left: [] },
    });
  }

  it("is suggested from program, parent, command line or address, user and host, and matches its alert", async () => {
    for (const alert of (await world.store.alerts.find({ limit: 500 })).items) {
      const draft = await draftOf(alert);
      // Records of process activity have neither the parent nor the command line.
      const identity =
        alert.processKey === undefined
          ? ["source.ip"]
          : String(alert.fields["event.type"]) === "start"
            ? ["process.executable", "process.parent.executable", "process.command_line"]
            : ["process.executable"];
      const named = draft.entries
        .flatMap(eventFieldsOf)
        .filter((field) => field !== "process.parent.command_line" && field !== "registry.path");
      expect(named).toEqual([...identity, "user.name", "user.domain", "host.name"]);
      const matches = compileCondition(exceptionCondition(draft));
      const events = await Promise.all(alert.sources.map((source) => world.store.events.get(source.eventId)));
      expect(
        events.some((event) => event !== undefined && matches(event.fields)),
        alert.message,
      ).toBe(true);
    }
  });

  it("lists in its dry run exactly the alerts that it closes, would have hidden, and shares events with", async () => {
    const [look] = await alertsOf(world, current, "collect.cmd");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const draft = await draftOf(look);
    const result = dryRunContract.parse(await dryRun(world.store, world.rules, draft, clock));
    const expected = (await alertsOf(world, current, "collect.cmd")).filter((alert) => alert.host === look.host);
    expect(result.closesNow.map((alert) => alert.id).sort()).toEqual(expected.map((alert) => alert.id).sort());
    expect(result.totals).toMatchObject({ closesNow: expected.length, wouldHide: 0 });
    expect(result.otherRules.every((alert) => alert.rule.id !== current)).toBe(true);
    expect(result.otherRules.length).toBe(expected.length);
    expect(result.confirmedMalicious).toEqual([]);
    expect(result.perDay.reduce((sum, item) => sum + item.count, 0)).toBe(expected.length);
    expect(result.hosts).toEqual([{ value: look.host, count: expected.length }]);
    expect(Math.min(...result.entryMatches)).toBeGreaterThanOrEqual(expected.length);
    expect(result.eventsTested).toBe(await world.store.events.count());
    expect(result.breadth.level).toBe("narrow");
  });

  it("lists alerts that were once confirmed malicious separately, and does not close closed or escalated alerts", async () => {
    const [bad] = await alertsOf(world, current, "MiniDump");
    if (bad === undefined) throw new Error("no intruder in the sample");
    await world.store.write(async (transaction) => {
      await transaction.alerts.put({ ...bad, status: "closed", closeReason: "true-positive" });
      await transaction.triage.addTransition({
        alertId: bad.id,
        at: noon,
        actor: "lena",
        from: "open",
        to: "closed",
        reason: "true-positive",
      });
      await transaction.triage.addTransition({
        alertId: bad.id,
        at: noon + 1,
        actor: "lena",
        from: "closed",
        to: "open",
      });
      await transaction.alerts.put({ ...bad, status: "closed", closeReason: "duplicate" });
    });
    const result = await dryRun(world.store, world.rules, await draftOf(bad), clock);
    expect(result.closesNow).toEqual([]);
    expect(result.wouldHide.map((alert) => alert.id)).toEqual([bad.id]);
    expect(result.confirmedMalicious.map((alert) => alert.id)).toEqual([bad.id]);
  });

  it("is not saved without its own dry run, and leaves what somebody has closed since", async () => {
    const [look] = await alertsOf(world, anyChild, "swlist.exe");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const draft = await draftOf(look);
    const { token } = await dryRun(world.store, world.rules, draft, clock);
    expect(await save({ ...draft, name: "another" }, token)).toMatchObject({
      ok: false,
      error: { code: "exception.dry-run-stale" },
    });
    expect(await save(draft, "made-up")).toMatchObject({ ok: false, error: { code: "exception.dry-run-stale" } });
    const reordered = {
      ...draft,
      entries: draft.entries.map((entry) => Object.fromEntries(Object.entries(entry).reverse())),
    } as ExceptionDraft;
    expect((await dryRun(world.store, world.rules, reordered, clock)).token).toBe(token);
    await world.store.write((transaction) =>
      transaction.alerts.put({ ...look, status: "closed", closeReason: "benign" }),
    );
    const saved = await save(draft, token);
    expect(saved).toMatchObject({ ok: true, value: { batch: { left: [{ code: "workflow.same-status" }] } } });
    expect(await world.store.alerts.get(look.id)).toMatchObject({ closeReason: "benign" });
    await undo(saved);
    await world.store.write((transaction) => transaction.alerts.put(look));
  });

  it("closes alerts that were raised since its dry run, too, if it hides them", async () => {
    const [look] = await alertsOf(world, current, "collect.cmd");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const draft = await draftOf(look);
    const { token } = await dryRun(world.store, world.rules, draft, clock);
    const add = (alert: AlertRecord) => world.store.write((transaction) => transaction.alerts.put(alert));
    await add({
      ...look,
      id: "elsewhere",
      host: "ws-99",
      fields: { ...look.fields, "host.name": "ws-99" },
      sources: [],
    });
    expect((await dryRun(world.store, world.rules, draft, clock)).token).toBe(token);
    await add({ ...look, id: "one-more" });
    const saved = await save(draft, token);
    expect(saved).toMatchObject({ ok: true });
    expect(await world.store.alerts.get("one-more")).toMatchObject({ status: "closed", closeReason: "exception" });
    expect(await world.store.alerts.get("elsewhere")).toMatchObject({ status: "open" });
    await undo(saved);
    expect(await world.store.alerts.get("one-more")).toMatchObject({ status: "open" });
    expect((await world.store.exceptions.all()).filter(({ disabledAt }) => disabledAt === undefined)).toEqual([]);
    for (const id of ["elsewhere", "one-more"]) {
      await add({ ...look, id, status: "closed", closeReason: "duplicate", sources: [], fields: {} });
    }
    await add(look);
  });

  it("reads only events whose fields no alert carries", async () => {
    const [look] = await alertsOf(world, current, "collect.cmd");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const read: string[] = [];
    const { store } = world;
    const events: typeof store.events = {
      ...store.events,
      get: (id) => {
        read.push(id);
        return store.events.get(id);
      },
    };
    const watched = { ...store, events, together: () => ({ ...store.together(), events }) };
    await dryRun(watched, world.rules, await draftOf(look), clock);
    const alerts = (await store.alerts.find({ ruleIds: [current], limit: 500 })).items;
    expect(read.sort()).toEqual(alerts.flatMap((alert) => alert.sources.slice(1).map(({ eventId }) => eventId)).sort());
    for (const alert of alerts.filter(({ sources }) => sources.length > 0)) {
      expect((await store.events.get(alert.sources[0]?.eventId ?? ""))?.fields).toEqual(alert.fields);
    }
  });

  it("is refused when it is too broad, and requires a written reason when it is broad", async () => {
    const broad: ExceptionDraft = {
      name: "Inventory anywhere",
      reason: "",
      ruleIds: [anyChild],
      mode: "enforced",
      entries: [
        {
          type: "wildcard",
          field: "process.command_line",
          value: "*Nordwind\\\\Inventory\\\\swlist.exe*",
          operator: "included",
          case: "insensitive",
        },
      ],
    };
    const seen = await dryRun(world.store, world.rules, broad, clock);
    expect(seen.breadth.level).toBe("broad");
    expect(await save(broad, seen.token)).toMatchObject({
      ok: false,
      error: { code: "exception.breadth-reason-missing" },
    });
    const refused: ExceptionDraft = {
      ...broad,
      breadthReason: "because",
      entries: [{ type: "match", field: "process.name", value: "cmd.exe", operator: "included", case: "insensitive" }],
    };
    const { token } = await dryRun(world.store, world.rules, refused, clock);
    const result = await save(refused, token);
    expect(result).toMatchObject({ ok: false, error: { code: "exception.too-broad" } });
    expect(result.ok ? "" : result.error.message).toContain("process.name");
    const unknown = { ...broad, ruleIds: ["no-such-rule"] };
    expect(await save(unknown, (await dryRun(world.store, world.rules, unknown, clock)).token)).toMatchObject({
      error: { code: "rule.not-found" },
    });
    const expired = { ...broad, expires: "2020-01-01T00:00:00Z" };
    expect(await save(expired, (await dryRun(world.store, world.rules, expired, clock)).token)).toMatchObject({
      error: { code: "exception.expired" },
    });
  });

  it("changes no alert in shadow mode, but counts the alerts that it would have hidden", async () => {
    const [look] = await alertsOf(world, current, "collect.cmd");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const draft: ExceptionDraft = { ...(await draftOf(look)), mode: "shadow" };
    const seen = await dryRun(world.store, world.rules, draft, clock);
    const saved = await save(draft, seen.token);
    expect(saved).toMatchObject({ ok: true, value: { closed: 0 } });
    expect((await world.store.alerts.get(look.id))?.status).toBe("open");
    const stored = await world.store.exceptions.get(saved.ok ? saved.value.exception.id : "");
    expect(stored?.hits).toBe(seen.totals.closesNow);
  });

  it("closes the alerts of its dry run, with history and audit, and hides only similar alerts of the next day", async () => {
    const [look] = await alertsOf(world, current, "collect.cmd");
    if (look === undefined) throw new Error("no similar alert in the sample");
    const draft = await draftOf(look);
    const seen = await dryRun(world.store, world.rules, draft, clock);
    const saved = await save(draft, seen.token);
    expect(saved).toMatchObject({ ok: true, value: { closed: seen.totals.closesNow } });
    const id = saved.ok ? saved.value.exception.id : "";
    for (const summary of seen.closesNow) {
      expect(await world.store.alerts.get(summary.id)).toMatchObject({ status: "closed", closeReason: "exception" });
      expect((await world.store.triage.transitions([summary.id])).slice(-1)).toMatchObject([
        { from: "open", to: "closed", reason: "exception", actor: "lena" },
      ]);
    }
    for (const key of new Set(seen.closesNow.map((one) => one.rootKey ?? ""))) {
      const statuses = ["open", "acknowledged", "escalated"] as const;
      const left = await world.store.alerts.find({ incidentKey: key, buildingBlock: false, statuses, limit: 1 });
      const work = (await world.store.incidents.work([key])).get(key);
      expect([key, work?.closed?.reason]).toEqual([key, left.total === 0 ? "exception" : undefined]);
    }
    const audit = await world.store.audit.page({ kind: "exception", id, limit: 10 });
    expect(audit.items).toMatchObject([
      { action: "exception.save", actor: "lena", after: { batch: expect.any(String), dryRun: { token: seen.token } } },
    ]);

    const before = await alertsOf(world, current, "");
    const summary = await world.take({ sampleAt: noon + day });
    const after = await alertsOf(world, current, "");
    const fresh = after.filter((alert) => !before.some((known) => known.id === alert.id));
    expect(summary.suppressed).toBe(seen.totals.closesNow);
    expect(fresh.some((alert) => String(alert.fields["process.command_line"]).includes("MiniDump"))).toBe(true);
    expect(
      fresh.filter(
        (alert) => alert.host === look.host && String(alert.fields["process.command_line"]).includes("collect.cmd"),
      ),
    ).toEqual([]);
  });
});
