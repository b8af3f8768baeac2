import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RouteBody } from "#contracts/api";
import { first, startApi, type TestApi } from "./workbench.ts";

let api: TestApi;
let id: string;
let steps: readonly string[];
let eventId: string;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

let used = 0;
/** Each test has an alert of its own. */
beforeEach(async () => {
  const queue = await api.get("queue", { query: { group: "none" } });
  const alerts = queue.items.flatMap((item) => item.alerts);
  const alert = alerts[used % alerts.length] ?? first(alerts);
  used += 1;
  id = alert.id;
  eventId = first(alert.sources).eventId;
  steps = (await api.get("playbook", { params: { id } })).steps.map((step) => step.id);
});

const propose = (body: Partial<RouteBody<"proposeAnswer">> = {}, step = first(steps)) =>
  api.get("proposeAnswer", { params: { id, step }, body: { value: "raises", rationale: "odd", ...body } });
const playbook = () => api.get("playbook", { params: { id } });
const audit = async () => (await api.get("audit", { query: { kind: "alert", id, limit: 50 } })).items;

describe("a proposed answer", () => {
  it("counts for nothing until a person takes it", async () => {
    const before = await playbook();
    for (const step of steps) {
      await propose({ value: "lowers" }, step);
    }
    expect(await playbook()).toEqual(before);
    const closing = await api.send("transition", { params: { id }, body: { to: "closed", reason: "benign" } });
    expect(closing.body.code).toBe("workflow.verdict-not-benign");
    expect((await api.get("alert", { params: { id } })).openProposals).toBe(steps.length);
  });

  it("becomes the answer of the person who takes it, which names the proposal", async () => {
    const client = { name: "helper", version: "1.0" };
    const evidence = [{ kind: "event" as const, id: eventId, label: "the event" }];
    const proposal = await propose({ note: "seen", evidence, client });
    expect(proposal).toMatchObject({ by: "lena", state: "open", client, alertId: id });
    const taken = await api.get("takeProposal", { params: { id: proposal.id }, body: { note: "checked" } });
    expect(taken).toMatchObject({ state: "taken", decision: { by: "lena", note: "checked" } });
    const { answer } = first((await playbook()).steps);
    expect(answer).toMatchObject({ value: "raises", note: "seen", evidence: proposal.evidence, actor: "lena" });
    expect(answer?.proposal).toEqual({ id: proposal.id, by: "lena", client: "helper" });
    const [record] = await audit();
    expect(record).toMatchObject({ action: "playbook.answer", after: { proposal: { id: proposal.id } } });
    expect((await api.get("alert", { params: { id } })).openProposals).toBe(0);
  });

  it("is decided on once", async () => {
    const proposal = await propose();
    await api.get("dismissProposal", { params: { id: proposal.id }, body: { note: "not so" } });
    for (const name of ["takeProposal", "dismissProposal", "withdrawProposal"] as const) {
      const response = await api.send(name, { params: { id: proposal.id } });
      expect([response.status, response.body.code]).toEqual([409, "proposal.not-open"]);
      expect(response.body.detail).toContain("dismissed by lena");
    }
    expect(first((await playbook()).steps).answer).toBeUndefined();
    expect((await audit()).map(({ action }) => action)).toEqual(["proposal.dismiss", "proposal.create"]);
  });

  it("replaces the open one of the same account for the same step", async () => {
    const earlier = await propose({ value: "lowers" });
    const other = steps[1] === undefined ? undefined : await propose({}, steps[1]);
    const later = await propose();
    const open = await api.get("proposals", { query: { alert: id, state: "open" } });
    expect(open.items.map((item) => item.id).toSorted()).toEqual([later.id, ...(other ? [other.id] : [])].toSorted());
    expect(await api.get("proposal", { params: { id: earlier.id } })).toMatchObject({
      state: "withdrawn",
      decision: { note: `Replaced by ${later.id}.` },
    });
  });

  it("is refused for unknown evidence, an unknown step and a closed alert", async () => {
    const send = (body: object, step = first(steps)) =>
      api.send("proposeAnswer", { params: { id, step }, body: { value: "raises", rationale: "odd", ...body } });
    const unknown = await send({ evidence: [{ kind: "event", id: "made-up", label: "x" }] });
    expect([unknown.status, unknown.body.code]).toEqual([400, "playbook.unknown-evidence"]);
    expect((await send({}, "nowhere")).body.code).toBe("playbook.step-not-found");
    expect((await send({ rationale: " " })).body.code).toBe("request.invalid");
    expect((await send({ rationale: "x".repeat(5000) })).body.code).toBe("request.invalid");
    const proposal = await propose();
    const body = { to: "closed", reason: "benign", override: "known to the owner" } as const;
    await api.get("transition", { params: { id }, body });
    expect((await send({})).body.code).toBe("alert.closed");
    const taking = await api.send("takeProposal", { params: { id: proposal.id } });
    expect(taking.body.code).toBe("alert.closed");
    expect((await api.get("proposal", { params: { id: proposal.id } })).state).toBe("open");
    await api.get("transition", { params: { id }, body: { to: "open" } });
  });

  it("is not for somebody else to withdraw", async () => {
    const proposal = await propose();
    const origin = { account: "another", method: "token" as const };
    await api.workbench.store.write(({ proposals }) => proposals.put({ ...proposal, by: "assistant", origin }));
    const response = await api.send("withdrawProposal", { params: { id: proposal.id } });
    expect([response.status, response.body.code]).toEqual([403, "proposal.not-own"]);
  });

  it("is refused when the alert has too many open ones", async () => {
    const proposal = await propose();
    await api.workbench.store.write(async ({ proposals }) => {
      for (let count = 0; count < 50; count++) {
        const origin = { account: `account-${count}`, method: "token" as const };
        await proposals.put({ ...proposal, id: `many-${id}-${count}`, origin });
      }
    });
    const other = await api.send("proposeAnswer", {
      params: { id, step: first(steps) },
      body: { value: "raises", rationale: "odd" },
    });
    expect([other.status, other.body.code]).toEqual([409, "proposal.too-many"]);
  });
});

describe("the list of proposals", () => {
  it("says for each which alert and which question it is about", async () => {
    const proposal = await propose();
    const draft = (await api.get("exceptionDraft", { params: { id } })).draft;
    const exception = await api.get("proposeException", {
      params: { id },
      body: { draft, rationale: "ten like this" },
    });
    const { rule, severity, host, status, process } = await api.get("alert", { params: { id } });
    const alert = {
      rule,
      severity,
      host,
      status,
      ...(process.name === undefined ? {} : { processName: process.name }),
    };
    const { question } = first((await playbook()).steps);
    const { items } = await api.get("proposals", { query: { alert: id, state: "open" } });
    const itemOf = (one: { readonly id: string }) => items.find((item) => item.id === one.id);
    expect(items).toHaveLength(2);
    expect(itemOf(proposal)).toEqual({ ...proposal, alert, question });
    expect(itemOf(exception)).toEqual({ ...exception, alert });
  });

  it("keeps what it no longer knows the alert or the step of", async () => {
    const proposal = await propose();
    const unknown = { ...proposal, id: `${id} unknown step`, stepId: "gone" };
    const orphan = { ...proposal, id: `${id} orphan`, alertId: "gone" };
    await api.workbench.store.write(async ({ proposals }) => {
      await proposals.put(unknown);
      await proposals.put(orphan);
    });
    const { items } = await api.get("proposals", { query: { alert: id } });
    expect(items.find((item) => item.id === unknown.id)).not.toHaveProperty("question");
    expect((await api.get("proposals", { query: { alert: "gone" } })).items.map((item) => item.alert)).toEqual([
      undefined,
    ]);
  });
});

describe("a proposed exception", () => {
  const suggested = async () => (await api.get("exceptionDraft", { params: { id } })).draft;

  it("hides and closes nothing, and is taken by saving it after a dry run", async () => {
    const draft = { ...(await suggested()), reason: "known workflow", mode: "shadow" as const };
    const proposal = await api.get("proposeException", { params: { id }, body: { draft, rationale: "ten like this" } });
    expect((await api.get("exceptions")).items).toEqual([]);
    const taking = await api.send("takeProposal", { params: { id: proposal.id } });
    expect([taking.status, taking.body.code]).toEqual([409, "proposal.not-an-answer"]);
    const edited = { ...proposal.draft, reason: "change 4711", breadthReason: "every host runs it" };
    const stale = { draft: edited, dryRunToken: "none", proposal: proposal.id };
    expect((await api.send("saveException", { body: stale })).body.code).toBe("exception.dry-run-stale");
    const { token } = await api.get("exceptionDryRun", { body: edited });
    const body = { draft: edited, dryRunToken: token, proposal: proposal.id };
    const { exception } = await api.get("saveException", { body });
    expect(await api.get("proposal", { params: { id: proposal.id } })).toMatchObject({
      state: "taken",
      decision: { by: "lena" },
    });
    const records = await api.get("audit", { query: { kind: "exception", id: exception.id } });
    expect(first(records.items)).toMatchObject({ action: "exception.save", after: { proposal: { id: proposal.id } } });
    const again = await api.send("saveException", { body });
    expect(again.body.code).toBe("proposal.not-open");
    expect((await api.get("exceptions")).items).toHaveLength(1);
  });

  it("is refused if it could not be saved anyway", async () => {
    const draft = await suggested();
    const send = (change: object) =>
      api.send("proposeException", { params: { id }, body: { draft: { ...draft, ...change }, rationale: "x" } });
    expect((await send({ ruleIds: ["nowhere"] })).body.code).toBe("rule.not-found");
    expect((await send({ expires: "2020-01-01T00:00:00Z" })).body.code).toBe("exception.expired");
    const everything = { type: "wildcard", field: "process.name", value: "*", operator: "included", case: "sensitive" };
    expect((await send({ entries: [everything] })).body.code).toBe("exception.draft-invalid");
    const values = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(1000, "x"));
    const long = { type: "match_any", field: "file.hash", values, operator: "included", case: "sensitive" };
    expect((await send({ entries: [long] })).body.code).toBe("proposal.too-large");
  });

  it("cannot be taken as an answer proposal, and an answer not as an exception", async () => {
    const draft = { ...(await suggested()), name: "another" };
    const answer = await propose();
    const { token } = await api.get("exceptionDryRun", { body: draft });
    const saving = await api.send("saveException", { body: { draft, dryRunToken: token, proposal: answer.id } });
    expect(saving.body.code).toBe("proposal.not-found");
  });
});

describe("the evidence of a proposed answer", () => {
  it("is in the words of the server, and nothing that is not stored", async () => {
    const alert = await api.get("alert", { params: { id } });
    const key = alert.process.key ?? "";
    const process = await api.get("process", { params: { key } });
    const says = "Signed inventory agent, change 4711 (verified by CISO)";
    const kinds = ["event", "alert", "process", "session", "field"] as const;
    const ids = [eventId, id, key, process.sessionKey ?? "", "host.name"];
    const evidence = kinds.map((kind, index) => ({ kind, id: ids[index] ?? "", label: says }));
    const proposal = await propose({ evidence });
    const labels = proposal.evidence.map(({ label }) => label);
    expect(labels.filter((label) => label.includes("4711"))).toEqual([]);
    expect(labels).toEqual([
      expect.stringContaining(`on ${alert.host}`),
      expect.stringContaining(alert.rule.name),
      expect.stringContaining(`${process.name} ${process.pid} on ${process.host}`),
      expect.stringMatching(/^Logon session 0x/),
      `host.name: ${alert.host}`,
    ]);
    const value = `host.name: ${alert.host}`;
    expect((await propose({ evidence: [{ kind: "field", id: value }] })).evidence[0]?.label).toBe(value);
    for (const made of ["process.nonsense.does.not.exist", "ticket: APPROVED", "host.name: elsewhere", "__proto__"]) {
      const response = await api.send("proposeAnswer", {
        params: { id, step: first(steps) },
        body: { value: "raises", rationale: "odd", evidence: [{ kind: "field", id: made, label: says }] },
      });
      expect([made, response.status, response.body.code]).toEqual([made, 400, "playbook.unknown-evidence"]);
    }
  });
});

describe("one account", () => {
  it("cannot fill what an alert may have of open proposals", async () => {
    const proposal = await propose();
    await api.workbench.store.write(async ({ proposals }) => {
      for (let count = 1; count < 15; count++) {
        await proposals.put({ ...proposal, id: `own-${id}-${count}` });
      }
    });
    const params = { id, step: steps[1] ?? "" };
    const more = await api.send("proposeAnswer", { params, body: { value: "raises", rationale: "odd" } });
    expect([more.status, more.body.code]).toEqual([409, "proposal.too-many"]);
    expect(more.body.detail).toContain("on this alert");
  });
});

describe("a proposed exception for one alert", () => {
  it("is not taken by an exception that would not hide its alert", async () => {
    const { items } = await api.get("queue", { query: { group: "none" } });
    const tried = items
      .flatMap((item) => item.alerts)
      .map(async (alert) => {
        const params = { id: alert.id };
        const { draft: plain } = await api.get("exceptionDraft", { params });
        const draft = { ...plain, reason: "known", breadthReason: "test", mode: "shadow" as const };
        const body = { draft, rationale: "ten like this" };
        // Some suggestions are too broad to be proposed.
        return { draft, proposal: await api.send("proposeException", { params, body }) };
      });
    const { draft, proposal: sent } = first(
      (await Promise.all(tried)).filter(({ proposal }) => proposal.status === 200),
    );
    const proposal: { readonly id: string } = sent.body;
    const entry = { type: "match", field: "host.name", value: "other", operator: "included", case: "insensitive" };
    const other = { ...draft, entries: [...draft.entries, entry as (typeof draft.entries)[number]] };
    const { token } = await api.get("exceptionDryRun", { body: other });
    const body = { draft: other, dryRunToken: token, proposal: proposal.id };
    expect((await api.send("saveException", { body })).body.code).toBe("proposal.other-alert");
    expect((await api.get("proposal", { params: { id: proposal.id } })).state).toBe("open");
    expect((await api.send("saveException", { body: { draft: other, dryRunToken: token } })).status).toBe(200);
  });
});
