import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, playbookView as playbookViewContract } from "#contracts/playbook";
import { type QueryRun, queryRun } from "#contracts/query-run";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../alert/record.ts";
import { answerEvidence, answerOf, tickItem, writeAnswer } from "./answer.ts";
import { playbookView, stepQuery, stepSuggestion } from "./view.ts";

const current = "12f07955-1674-44f7-86b5-c35da0a6f41a";
const wmic = "f59668de-caa0-4b84-94c1-3a1549e1e798";
const anyChild = "24869767-8579-485d-9a4f-d9ddfd8f0cac";
const clock = () => noon;
const by = { actor: { name: "lena" }, at: noon };

async function alertOf(world: WorkbenchStore, ruleId: string, commandLine: string): Promise<AlertRecord> {
  const page = await world.store.alerts.find({ ruleIds: [ruleId], limit: 500, order: "oldest-first" });
  const found = page.items.find((alert) => String(alert.fields["process.command_line"]).includes(commandLine));
  if (found === undefined) {
    throw new Error(`no alert of ${ruleId} on ${commandLine}`);
  }
  return found;
}

async function run(
  world: WorkbenchStore,
  alert: AlertRecord,
  id: string,
  anchor: "event" | "detection" = "event",
): Promise<QueryRun> {
  const result = await stepQuery(world.store, world.playbooks, alert, id, { anchor, limit: 50, clock });
  if (!result.ok) {
    throw new Error(result.error.message);
  }
  return queryRun.parse(result.value);
}

function names(result: QueryRun): readonly string[] {
  return result.rows.map((row) => String(row.fields["process.name"] ?? row.fields["event.code"])).sort();
}

describe("the playbook of an alert in the sample", () => {
  let world: WorkbenchStore;
  let intruder: AlertRecord;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    intruder = await alertOf(world, current, "MiniDump");
  });
  afterAll(() => world.close());

  it("lists six questions with the values of the alert in their focus fields", async () => {
    const view = await playbookView(world.store, world.playbooks, intruder);
    const parsed = playbookViewContract.parse(view.ok ? view.value : undefined);
    expect(parsed.steps.map((step) => step.id)).toEqual([
      "capture",
      "binaries",
      "operation",
      "identity",
      "children",
      "related",
    ]);
    const focus = new Map(parsed.steps.flatMap((step) => step.focus).map((item) => [item.field, item.values]));
    expect(focus.get("process.command_line")?.[0]).toContain("MiniDump");
    expect(focus.get("user.name")).toEqual([intruder.user?.name]);
    expect(focus.get("process.code_signature.trusted")).toEqual([]);
    expect(parsed.verdict).toMatchObject({ outcome: "undetermined", answered: 0, total: 6 });
  });

  it("takes focus fields that the records of the alert lack from the lineage, and names their origin", async () => {
    const bare: AlertRecord = { ...intruder, fields: { "host.name": intruder.host }, sources: [], user: undefined };
    const view = await playbookView(world.store, world.playbooks, bare);
    const focus = new Map(
      playbookViewContract
        .parse(view.ok ? view.value : undefined)
        .steps.flatMap((step) => step.focus)
        .map((item) => [item.field, item]),
    );
    const process = { kind: "process", processKey: intruder.processKey, certain: true };
    expect(focus.get("process.command_line")).toMatchObject({ values: [expect.stringContaining("MiniDump")] });
    expect(focus.get("process.command_line")?.origin).toEqual(process);
    expect(focus.get("process.name")).toEqual({ field: "process.name", values: ["cmd.exe"], origin: process });
    expect(focus.get("process.parent.executable")).toMatchObject({
      values: [expect.stringMatching(/wmiprvse\.exe$/i)],
      origin: { kind: "parent", certain: true },
    });
    expect(focus.get("process.Ext.session_info.authentication_package")?.origin?.kind).toBe("session");
    expect(focus.get("user.name")).toMatchObject({ origin: process });
    expect(focus.get("host.name")).toEqual({ field: "host.name", values: [intruder.host] });
    expect(focus.get("process.code_signature.trusted")).toEqual({
      field: "process.code_signature.trusted",
      values: [],
    });
  });

  it("finds each child once, with the records of both logs, and agrees with lineage", async () => {
    const children = await run(world, intruder, "children");
    expect(children.outcome).toBe("hits");
    expect(names(children)).toEqual(["conhost.exe", "rundll32.exe"]);
    expect(children.rows.every((row) => row.sources?.length === 2)).toBe(true);
    expect(children.rows.every((row) => row.groups[0] === 0)).toBe(true);
    const lineage = await world.store.lineage.children(intruder.processKey ?? "", { limit: 50 });
    expect(children.rows.map((row) => row.processKey).sort()).toEqual(lineage.items.map((child) => child.key).sort());
    expect(children.total).toBe(lineage.total);
  });

  it("agrees with lineage on the children of every alert on a process", async () => {
    const alerts = await world.store.alerts.find({ limit: 500 });
    const onProcesses = alerts.items.filter((alert) => world.playbooks.forAlert(alert)?.id !== "logons");
    expect(onProcesses.length).toBeGreaterThan(20);
    for (const alert of onProcesses) {
      const children = await run(world, alert, "children");
      const lineage = await world.store.lineage.children(alert.processKey ?? "", { limit: 500 });
      expect(children.rows.map((row) => row.processKey).sort(), alert.message).toEqual(
        lineage.items.map((child) => child.key).sort(),
      );
    }
  });

  it("pivots from the logon id to the logon that opened the session", async () => {
    const logons = await run(world, intruder, "logons");
    const opening = logons.rows.find((row) => row.groups.includes(0));
    const process = await world.store.lineage.process(intruder.processKey ?? "");
    expect(opening?.fields["event.code"]).toBe("4624");
    expect(opening?.sessionKey).toBe(process?.sessionKey);
    expect(logons.groups[0]).toMatchObject({ state: "ran", hits: 1 });
  });

  it("does not count the alert itself among related ones, and notes it", async () => {
    for (const id of ["user-alerts", "host-alerts"]) {
      const related = await run(world, intruder, id);
      expect(related.outcome).toBe("hits");
      expect(related.rows.map((row) => row.alertId)).not.toContain(intruder.id);
      expect(related.rows).toHaveLength(Math.min(50, related.total));
      expect(related.reason).toContain("This alert itself is not counted.");
    }
    const host = await world.store.alerts.find({ hosts: [intruder.host], limit: 1 });
    expect((await run(world, intruder, "host-alerts")).total).toBe(host.total - 1);
  });

  it("distinguishes a conclusive result from missing data", async () => {
    const quiet = await alertOf(world, anyChild, "swlist.exe");
    const none = await run(world, quiet, "children");
    expect(none).toMatchObject({ outcome: "no-hits", total: 0 });
    expect(none.reason).toMatch(/^No child process was recorded\. Sysmon 1 covers .+, so this is conclusive\.$/);
    const late = await run(world, quiet, "children", "detection");
    expect(late.outcome).toBe("no-data");
    expect(late.reason).toContain("this is not conclusive");
  });

  it("runs the groups that can run when the alert lacks a field, and names the one that cannot", async () => {
    const { "process.entity_id": _, ...fields } = intruder.fields;
    const security = intruder.sources.filter((source) => source.channel === "Security");
    const partial: AlertRecord = { ...intruder, fields, sources: security, processKey: undefined };
    const children = await run(world, partial, "children");
    expect(children.groups.map((group) => group.state)).toEqual(["cannot-run", "ran"]);
    expect(children.groups[0]?.missing).toEqual(["process.entity_id"]);
    expect(names(children)).toEqual(["conhost.exe", "rundll32.exe"]);
    expect(children.reason).toContain('"by entity id" cannot run: process.entity_id missing.');
    const logons = await run(
      world,
      { ...partial, user: undefined, fields: { "host.name": intruder.host }, sources: [] },
      "logons",
    );
    expect(logons).toMatchObject({ outcome: "cannot-run", total: 0 });
    expect(logons.reason).toContain("has no process");
  });

  it("follows a remote command from its source to what it started on the target", async () => {
    const source = await alertOf(world, wmic, "hostname");
    const elsewhere = await run(world, source, "started-elsewhere");
    expect(elsewhere.outcome).toBe("hits");
    expect(elsewhere.rows.every((row) => row.fields["host.name"] !== source.host)).toBe(true);
    const explicit = await run(world, source, "explicit-logons");
    expect(explicit.rows.some((row) => row.fields["event.code"] === "4648" && row.groups.includes(0))).toBe(true);
  });

  it("suggests an answer with evidence, but records none", async () => {
    const operation = await stepSuggestion(world.store, world.playbooks, intruder, "operation", { clock });
    expect(operation.ok ? operation.value : undefined).toMatchObject({
      value: "raises",
      evidence: [{ kind: "event" }],
    });
    const children = await stepSuggestion(world.store, world.playbooks, intruder, "children", { clock });
    expect(children.ok ? children.value?.value : undefined).toBe("raises");
    expect(children.ok ? children.value?.evidence.map((item) => item.label) : []).toEqual([
      expect.stringContaining("rundll32"),
    ]);
    expect(await world.store.triage.answers(intruder.id)).toEqual([]);
  });

  const recordAnswer = async (alert: AlertRecord, stepId: string, given: Pick<Answer, "value" | "note">) => {
    const evidence = await answerEvidence(world.store, world.playbooks, alert, stepId, []);
    const answer = answerOf(stepId, { ...given, evidence: [] }, by);
    return evidence.ok
      ? world.store.write((transaction) => writeAnswer(transaction, world.playbooks, alert, answer, by))
      : evidence.error;
  };

  it("records answers and ticks, each with its audit record, and derives the verdict", async () => {
    const alert = await alertOf(world, current, "whoami");
    const steps = ["capture", "binaries", "operation", "identity", "children", "related"];
    for (const [index, stepId] of steps.entries()) {
      const value = stepId === "binaries" ? ("lowers" as const) : ("raises" as const);
      expect(await recordAnswer(alert, stepId, { value, note: `n${index}` })).toBeUndefined();
      const view = await playbookView(world.store, world.playbooks, alert);
      expect(view.ok ? view.value.verdict.answered : 0).toBe(index + 1);
    }
    await recordAnswer(alert, "related", { value: "lowers", note: "" });
    const changed = await playbookView(world.store, world.playbooks, alert);
    expect(changed.ok ? changed.value.verdict : undefined).toMatchObject({
      outcome: "malicious",
      recommendation: "escalate",
    });
    await tickItem(world.store, world.playbooks, alert, "isolate-host", true, by);
    await tickItem(world.store, world.playbooks, alert, "isolate-host", true, by);
    const ticked = await playbookView(world.store, world.playbooks, alert);
    const items = ticked.ok ? ticked.value.checklists.flatMap((list) => list.items) : [];
    expect(items.filter((item) => item.done).map((item) => item.id)).toEqual(["isolate-host"]);
    const audit = await world.store.audit.page({ kind: "alert", id: alert.id, limit: 50 });
    const actions = audit.items.map((record) => record.action);
    expect(actions.filter((action) => action === "playbook.answer")).toHaveLength(7);
    expect(actions.filter((action) => action === "checklist.done")).toHaveLength(1);
    expect(
      audit.items.find((record) => record.before !== undefined && record.action === "playbook.answer")?.before,
    ).toMatchObject({ value: "raises" });
  });

  it("refuses steps, queries and items that the playbook does not have", async () => {
    expect(await recordAnswer(intruder, "nope", { value: "raises", note: "" })).toMatchObject({
      code: "playbook.step-not-found",
    });
    expect(await tickItem(world.store, world.playbooks, intruder, "nope", true, by)).toMatchObject({
      code: "playbook.checklist-item-not-found",
    });
    expect(
      await stepQuery(world.store, world.playbooks, intruder, "nope", { anchor: "event", limit: 1, clock }),
    ).toMatchObject({
      error: { code: "playbook.query-not-found" },
    });
  });
});

const telemetry = join(import.meta.dirname, "../../../shared/telemetry");
const missing = existsSync(telemetry) ? "" : " (skipped: no ../shared)";

describe.skipIf(missing !== "")(`playbooks on real captures${missing}`, () => {
  it("wmiexec: the implant and its console, the NTLM logon behind it and its siblings", async () => {
    const world = await openWorkbenchStore();
    await world.take([join(telemetry, "wmiexec")]);
    const alert = await alertOf(world, current, "JOINT_BALL");
    const children = await run(world, alert, "children");
    expect(names(children)).toEqual(["JOINT_BALL.exe", "conhost.exe"]);
    expect(children.groups.map((group) => group.hits)).toEqual([1, 2]);
    const logons = await run(world, alert, "logons");
    const opening = logons.rows.filter((row) => row.groups.includes(0));
    expect(opening.map((row) => [row.source?.recordId, row.fields["source.ip"]])).toEqual([
      ["245070", "192.168.37.129"],
    ]);
    const identity = await stepSuggestion(world.store, world.playbooks, alert, "identity", { clock });
    expect(identity.ok ? identity.value?.value : undefined).toBe("raises");
    const whoami = await alertOf(world, current, "whoami");
    expect(names(await run(world, whoami, "children"))).toEqual(["whoami.exe"]);
    expect((await run(world, whoami, "logons")).outcome).toBe("no-data");
    await world.close();
  });

  it("wmic-node: the source lists what ran on the target, and the target the caller", async () => {
    const world = await openWorkbenchStore();
    await world.take([join(telemetry, "wmic-node")]);
    const source = await alertOf(world, wmic, "WORKSTATION6");
    const elsewhere = await run(world, source, "started-elsewhere");
    expect(names(elsewhere)).toEqual(["net.exe"]);
    expect(elsewhere.rows[0]?.sources?.map((ref) => ref.recordId).sort()).toEqual(["183112", "56058"]);
    expect((await run(world, source, "explicit-logons")).outcome).toBe("no-data");
    const target = await alertOf(world, anyChild, "net user");
    expect(names(await run(world, target, "children"))).toEqual(["conhost.exe", "net1.exe"]);
    const logons = await run(world, target, "logons");
    expect(logons.rows.filter((row) => row.groups.includes(0)).map((row) => row.source?.recordId)).toEqual(["56034"]);
    const callers = await run(world, target, "callers");
    expect(callers.rows.some((row) => row.fields["process.name"] === "WMIC.exe")).toBe(true);
    await world.close();
  });
});
