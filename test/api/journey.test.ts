import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertSummary } from "#contracts/alert";
import { eventFieldsOf } from "#contracts/exception-entry";
import { readEvents } from "../../server/ingest/read.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import { first, startApi, type TestApi, wednesday } from "./workbench.ts";

const day = 86_400_000;
const currentRule = "Suspicious Cmd Execution via WMI";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

/** The day after the sample with the same activity. Its records have higher numbers, so they are new ones. */
async function nextDay() {
  async function* lines() {
    for (const line of sampleCapture(wednesday + day)) {
      const document = JSON.parse(line);
      document.winlog.record_id = Number(document.winlog.record_id) + 1_000_000;
      yield Buffer.from(`${JSON.stringify(document)}\n`);
    }
  }
  const { store, rules } = api.workbench;
  const batches = readEvents(["-"], { stdin: lines() });
  return ingest({
    store,
    detector: rules.current.detector,
    paths: ["-"],
    actor: { name: "lena" },
    clock: () => wednesday + day,
    batches,
  });
}

async function queueAlerts(): Promise<readonly AlertSummary[]> {
  const queue = await api.get("queue", { query: { group: "none", limit: 500 } });
  return queue.items.flatMap(({ alerts }) => alerts);
}

/** The alert of the newest version of the WMI rule by user name. */
async function wmiAlert(user: string): Promise<AlertSummary> {
  const alerts = await queueAlerts();
  return first(
    alerts.filter(({ rule, user: who }) => rule.name === currentRule && rule.version === "322" && who?.name === user),
  );
}

async function answerAll(id: string, value: "raises" | "lowers") {
  let view = await api.get("playbook", { params: { id } });
  for (const { id: step } of view.steps) {
    const call = { params: { id, step }, body: { value, note: `checked ${step} with the owner` } };
    view = await api.get("answer", call);
  }
  return view;
}

describe("the main job over the API", () => {
  it("shows an alert of the sample with its path, what matched, and where its session came from", async () => {
    const alert = await wmiAlert("adm-lena");
    const detail = await api.get("alert", { params: { id: alert.id } });
    expect(detail.path.map(({ name }) => name.toLowerCase()).slice(-2)).toEqual(["wmiprvse.exe", "cmd.exe"]);
    expect(detail.matched.length).toBeGreaterThan(3);
    expect(detail.matched.every(({ outcome }) => outcome)).toBe(true);
    expect(detail.ruleDetail.query).toContain("process where");
    const around = await api.get("lineage", { params: { id: alert.id } });
    const focus = first(around.nodes.filter(({ key }) => key === around.focus));
    const session = await api.get("session", { params: { key: focus.sessionKey ?? "" } });
    expect(session.session).toMatchObject({ logonType: 3, user: { name: "adm-lena" } });
    expect(session.session.sourceIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it("links the session on the first host to the one that it opened on the next", async () => {
    const users = await api.get("users");
    const lena = first(users.items.filter(({ account }) => account.name === "adm-lena"));
    const page = await api.get("user", { params: { key: lena.key } });
    const pages = await Promise.all(page.sessions.items.map(({ key }) => api.get("session", { params: { key } })));
    const explicit = page.logons.items.filter(({ kind }) => kind === "explicit");
    const outbound = await Promise.all(
      explicit.flatMap(({ sessionKey }) =>
        sessionKey === undefined ? [] : [api.get("session", { params: { key: sessionKey } })],
      ),
    );
    const reached = [...pages, ...outbound].flatMap((one) =>
      one.outboundLogons.flatMap(({ session }) => (session === undefined ? [] : [[one.session.host, session.host]])),
    );
    expect(reached.length).toBeGreaterThan(0);
    expect(reached.every(([from, to]) => from !== to)).toBe(true);
    expect(page.risk.points.at(-1)?.risk).toBe(page.risk.total);
  });

  it("refuses to close as benign while questions are open, and names what is missing", async () => {
    const { id } = await wmiAlert("adm-lena");
    const close = { to: "closed" as const, reason: "benign" as const, note: "looks fine" };
    const refused = await api.send("transition", { params: { id }, body: close });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("undetermined");
    expect((await api.get("alert", { params: { id } })).status).toBe("open");
  });

  it("reaches a malicious verdict when answers raise concern, and escalates with a note", async () => {
    const { id } = await wmiAlert("adm-lena");
    const view = await answerAll(id, "raises");
    expect(view.verdict).toMatchObject({
      outcome: "malicious",
      recommendation: "escalate",
      answered: view.steps.length,
    });
    const withoutNote = await api.send("transition", { params: { id }, body: { to: "escalated" } });
    expect(withoutNote.status).toBe(400);
    expect(withoutNote.body.errors).toMatchObject([{ field: "note" }]);
    const detail = await api.get("transition", { params: { id }, body: { to: "escalated", note: "isolate SRV-02" } });
    expect(detail).toMatchObject({ status: "escalated", escalation: { actor: "lena", note: "isolate SRV-02" } });
    expect(detail.history).toMatchObject([{ from: "open", to: "escalated", actor: "lena" }]);
  });

  it("closes as benign against the verdict only with the analyst's own reason, which the audit trail keeps", async () => {
    const alert = first(
      (await queueAlerts()).filter(({ user, status }) => user?.name === "svc-inventory" && status === "open"),
    );
    const body = { to: "closed" as const, reason: "benign" as const, note: "" };
    const params = { id: alert.id };
    expect((await api.send("transition", { params, body })).status).toBe(409);
    const closed = await api.get("transition", { params, body: { ...body, override: "asked the inventory team" } });
    expect(closed).toMatchObject({ status: "closed", closeReason: "benign" });
    const { items } = await api.get("audit", { query: { kind: "alert", id: alert.id } });
    expect(first(items)).toMatchObject({
      action: "alert.transition",
      actor: "lena",
      before: { status: "open" },
      after: { status: "closed", override: "asked the inventory team" },
    });
    await api.get("transition", { params, body: { to: "open" } });
  });

  it("hides similar activity of the next day by an exception after its dry run", async () => {
    const alert = await wmiAlert("svc-inventory");
    const { draft: proposed } = await api.get("exceptionDraft", { params: { id: alert.id } });
    const draft = { ...proposed, mode: "enforced" as const, reason: "the inventory service, confirmed" };
    expect(draft.entries.flatMap(eventFieldsOf)).toContain("process.parent.executable");
    const unseen = await api.send("saveException", { body: { draft, dryRunToken: "never seen" } });
    expect(unseen.status).toBe(409);
    expect(unseen.body.errors).toMatchObject([{ field: "dryRunToken" }]);

    const run = await api.get("exceptionDryRun", { body: draft });
    expect(run.closesNow.map(({ id }) => id)).toContain(alert.id);
    expect(run.confirmedMalicious).toEqual([]);
    const saved = await api.get("saveException", { body: { draft, dryRunToken: run.token } });
    expect(saved.closed).toBe(run.totals.closesNow);
    const closed = await api.get("alert", { params: { id: alert.id } });
    expect(closed).toMatchObject({ status: "closed", closeReason: "exception" });

    const before = await queueAlerts();
    const summary = await nextDay();
    expect(summary.suppressed).toBeGreaterThan(0);
    const fresh = (await queueAlerts()).filter(({ id }) => !before.some((old) => old.id === id));
    const same = fresh.filter(({ rule, commandTemplate, host, user }) => {
      return (
        rule.id === alert.rule.id &&
        commandTemplate === alert.commandTemplate &&
        host === alert.host &&
        user?.name === alert.user?.name
      );
    });
    expect(same).toEqual([]);
    // The intruder's alerts of the next day are still raised.
    expect(fresh.some(({ rule, user }) => rule.id === alert.rule.id && user?.name === "adm-lena")).toBe(true);
  });

  it("raises nothing and suppresses nothing twice when the same day is ingested again", async () => {
    const again = await nextDay();
    expect(again).toMatchObject({ events: 0, alerts: 0, suppressed: 0 });
    expect(again.duplicates).toBe(again.records);
  });

  it("counts how similar alerts were closed", async () => {
    const ended = await api.get("queue", { query: { group: "none", status: ["closed"], limit: 500 } });
    const alert = first(
      ended.items.flatMap(({ alerts }) => alerts).filter(({ closeReason }) => closeReason === "exception"),
    );
    const { similar } = await api.get("alert", { params: { id: alert.id } });
    expect(similar.closed.find(({ reason }) => reason === "exception")?.count).toBeGreaterThan(0);
    expect(similar.total).toBeGreaterThanOrEqual(1);
  });

  it("leaves an intact chain of audit records", async () => {
    const { chain, total } = await api.get("audit");
    const head = { sequence: total, hash: expect.stringMatching(/^[0-9a-f]{64}$/) };
    const notes = { isKept: true, file: expect.stringMatching(/^[^/]+\.audit$/), unreadable: 0 };
    expect(chain).toEqual({ intact: true, checked: total, head, notes });
  });
});
