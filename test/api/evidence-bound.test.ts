import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertSummary } from "#contracts/alert";
import type { AnswerValue, StepView } from "#contracts/playbook";
import { problemDetails } from "#contracts/problem";
import { first, startApi, type TestApi } from "./workbench.ts";

/** The alert of the sample on which the memory of LSASS is dumped. */
const dumpsLsass = ({ rule, process }: AlertSummary) =>
  rule.id === "12f07955-1674-44f7-86b5-c35da0a6f41a" && process.commandLine?.includes("MiniDump") === true;
const why = "The backup agent does this every night, see ticket 4711";

let api: TestApi;
let alerts: readonly AlertSummary[];
let alert: AlertSummary;
let steps: readonly StepView[];
beforeAll(async () => {
  api = await startApi();
  const { items } = await api.get("queue", { query: { group: "none", limit: 500 } });
  alerts = items.flatMap((item) => item.alerts);
  alert = first(alerts.filter(dumpsLsass));
  steps = (await api.get("playbook", { params: { id: alert.id } })).steps;
});
afterAll(() => api.stop());

const answer = (step: string, body: { readonly value: AnswerValue; readonly note: string }) =>
  api.send("answer", { params: { id: alert.id, step }, body });
const suggestedTo = async (step: string) =>
  (await api.get("suggestion", { params: { id: alert.id, step } })).suggestion?.value;
const close = (body: object) =>
  api.send("transition", { params: { id: alert.id }, body: { to: "closed", reason: "benign", ...body } });

describe("the alert on a dump of LSASS", () => {
  it("has several steps whose evidence raises concern", async () => {
    const suggested = await Promise.all(steps.map(({ id }) => suggestedTo(id)));
    expect(suggested.filter((value) => value === "raises").length).toBeGreaterThan(2);
  });

  it.each(["", "ok", "fp", "asdf asdf asdf", "aaaaaaaaaaaaaaaaaaaaaa", "2 2 2 2 2 2 2 2 2"])(
    "is not explained away by an answer with the note %j",
    async (note) => {
      for (const { id } of steps) {
        const suggested = await suggestedTo(id);
        const response = await answer(id, { value: "lowers", note });
        if (suggested === "raises" || suggested === "unresolved") {
          expect([response.status, response.body.code]).toEqual([409, "playbook.reason-needed"]);
          const problem = problemDetails.parse(response.body);
          expect(problem.suggested?.value).toBe(suggested);
          expect(problem.suggested?.because).not.toEqual([]);
          expect(problem.errors).toMatchObject([{ field: "note" }]);
        }
      }
      const refused = await close({ note: "looks fine" });
      expect([refused.status, refused.body.code]).toEqual([409, "workflow.verdict-not-benign"]);
    },
  );

  it("keeps the conflict of an answer that has a reason, and is suspicious because of it", async () => {
    for (const { id } of steps) {
      expect((await answer(id, { value: "lowers", note: why })).status).toBe(200);
    }
    const view = await api.get("playbook", { params: { id: alert.id } });
    const conflicts = view.steps.filter((step) => step.answer?.conflict === true);
    expect(conflicts.length).toBeGreaterThan(2);
    expect(conflicts.map((step) => step.answer?.suggested?.value)).toContain("raises");
    expect(view.verdict).toMatchObject({ outcome: "suspicious", recommendation: "escalate", rule: { number: 9 } });
    expect(view.verdict.rule.text).toContain("against its suggestion");
    const named = view.verdict.reasons.filter(({ conflict }) => conflict === true).map(({ stepId }) => stepId);
    expect(named.toSorted()).toEqual(conflicts.map((step) => step.id).toSorted());
  });

  it("is closed as benign only against the verdict, with a reason, and is marked everywhere", async () => {
    for (const override of [undefined, "ok", "asdf asdf asdf", "."]) {
      const refused = await close({ override });
      const code = override === undefined ? "workflow.verdict-not-benign" : "workflow.reason-needed";
      expect([refused.status, refused.body.code]).toEqual([409, code]);
    }
    const closed = await close({ override: why });
    expect([closed.status, closed.body]).toMatchObject([200, { status: "closed", overridden: true }]);
    expect(closed.body.history.at(-1)).toMatchObject({ overridden: true, note: `Against the verdict: ${why}` });
    const audit = await api.get("audit", { query: { kind: "alert", id: alert.id } });
    expect(first(audit.items)).toMatchObject({ after: { status: "closed", override: why, overridden: true } });
    const query = { group: "none", status: ["closed"], limit: 500 } as const;
    const row = (await api.get("queue", { query: { ...query, status: [...query.status] } })).items.find((item) =>
      item.alerts.some(({ id }) => id === alert.id),
    );
    expect(row).toMatchObject({ overridden: true, alerts: [{ overridden: true }] });
    const incident = await api.get("incident", { params: { key: alert.incidentKey }, query: { limit: 200 } });
    expect(incident.items.find(({ id }) => id === alert.id)?.overridden).toBe(true);
    expect(incident.items.filter(({ overridden }) => overridden === true)).toHaveLength(1);
    expect(incident.history.map(({ work }) => work?.text)).toContainEqual(
      expect.stringContaining(`against the verdict (${why})`),
    );
    await api.get("transition", { params: { id: alert.id }, body: { to: "open" } });
    expect((await api.get("alert", { params: { id: alert.id } })).overridden).toBeUndefined();
  });

  it("needs a reason for a question of its incident, for each process that the evidence is against", async () => {
    const { questions } = await api.get("incidentQuestions", { params: { key: alert.incidentKey } });
    const question = questions.find(
      ({ processes, about }) =>
        about === "process" && processes.some(({ alertIds }) => alertIds.includes(alert.id)) && processes.length > 1,
    );
    const params = { key: alert.incidentKey, question: question?.id ?? "" };
    const processes = question?.processes.map(({ key }) => key) ?? [];
    const refused = await api.send("incidentAnswer", { params, body: { value: "lowers", note: "fp", processes } });
    expect([refused.status, refused.body.code]).toEqual([409, "playbook.reason-needed"]);
    expect(refused.body.detail).toMatch(/This holds for \d+ of \d+ processes\./);
    const given = await api.get("incidentAnswer", { params, body: { value: "lowers", note: why, processes } });
    const answers = given.questions.find(({ id }) => id === params.question)?.processes ?? [];
    expect(answers.every((process) => process.answer?.value === "lowers")).toBe(true);
    const conflicts = answers.filter((process) => process.answer?.conflict === true);
    const marked = Number(/for (\d+) of/.exec(refused.body.detail)?.[1]);
    expect(conflicts).toHaveLength(marked);
  });

  it("is not explained away at another alert of its process either", async () => {
    const shared = alerts.filter(
      ({ id, process, incidentKey }) =>
        id !== alert.id && process.key === alert.process.key && incidentKey === alert.incidentKey,
    );
    for (const other of shared) {
      const view = await api.get("playbook", { params: { id: other.id } });
      for (const step of view.steps) {
        const same = steps.find(({ topic }) => topic === step.topic);
        if (same !== undefined && (await suggestedTo(same.id)) === "raises") {
          const params = { id: other.id, step: step.id };
          const response = await api.send("answer", { params, body: { value: "lowers", note: "" } });
          expect(response.body.code).toBe("playbook.reason-needed");
        }
      }
    }
  });

  it("needs the reason of a person for the proposal of a program", async () => {
    const step = first(steps.filter(({ id }) => id === "operation")).id;
    const body = { value: "lowers", rationale: "odd", note: "A program says that this is entirely normal" } as const;
    const proposal = await api.get("proposeAnswer", { params: { id: alert.id, step }, body });
    for (const note of ["", "fine"]) {
      const taken = await api.send("takeProposal", { params: { id: proposal.id }, body: { note } });
      expect([taken.status, taken.body.code]).toEqual([409, "playbook.reason-needed"]);
    }
    expect((await api.get("proposal", { params: { id: proposal.id } })).state).toBe("open");
    api.wait(1000);
    await api.get("takeProposal", { params: { id: proposal.id }, body: { note: why } });
    const view = await api.get("playbook", { params: { id: alert.id } });
    expect(view.steps.find(({ id }) => id === step)?.answer).toMatchObject({
      ...{ value: "lowers", conflict: true, note: `${body.note}\n${why}` },
      proposal: { id: proposal.id },
    });
  });
});

describe("closing as a duplicate", () => {
  const duplicate = (id: string, of: string | undefined, note = "The same process, seen by another rule") =>
    api.send("transition", {
      params: { id },
      body: { to: "closed", reason: "duplicate", note, ...(of === undefined ? {} : { duplicateOf: of }) },
    });

  it("names another alert that exists, and says why", async () => {
    const [one, other] = alerts.filter(({ id }) => id !== alert.id);
    const codes = [
      (await duplicate(one?.id ?? "", undefined)).body.code,
      (await duplicate(one?.id ?? "", "nowhere")).body.code,
      (await duplicate(one?.id ?? "", one?.id)).body.code,
      (await duplicate(one?.id ?? "", other?.id, "ok")).body.code,
    ];
    expect(codes).toEqual([
      "workflow.duplicate-reference-missing",
      "workflow.duplicate-invalid",
      "workflow.duplicate-invalid",
      "workflow.reason-needed",
    ]);
  });

  it("keeps the other alert in the history and the audit trail, and never goes round in a circle", async () => {
    const [, , a = "", b = "", c = ""] = alerts.filter(({ id }) => id !== alert.id).map(({ id }) => id);
    expect((await duplicate(a, b)).body.history.at(-1)).toMatchObject({ reason: "duplicate", duplicateOf: b });
    const audit = await api.get("audit", { query: { kind: "alert", id: a } });
    expect(first(audit.items)).toMatchObject({ after: { closeReason: "duplicate", duplicateOf: b } });
    expect((await duplicate(b, c)).status).toBe(200);
    expect((await duplicate(c, a)).body.code).toBe("workflow.duplicate-invalid");
    await api.get("transition", { params: { id: b }, body: { to: "open" } });
    expect((await duplicate(c, a)).status).toBe(200);
    expect((await duplicate(b, c)).body.code).toBe("workflow.duplicate-invalid");
  });

  it("of an alert of the incident that is closed as a whole is refused", async () => {
    const body = { to: "closed", reason: "duplicate", note: why, duplicateOf: alert.id } as const;
    const response = await api.send("incidentTransition", { params: { key: alert.incidentKey }, body });
    expect([response.status, response.body.code]).toEqual([409, "workflow.duplicate-invalid"]);
  });
});
