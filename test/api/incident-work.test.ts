import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IncidentQuestions } from "#contracts/incident";
import { first, startApi, type TestApi } from "./workbench.ts";

describe("the intrusion of the sample", () => {
  let api: TestApi;
  let key: string;
  beforeAll(async () => {
    api = await startApi();
    const { items } = await api.get("queue");
    key = first(items.toSorted((a, b) => b.alertCount - a.alertCount)).key;
  });
  afterAll(() => api.stop());
  const questions = () => api.get("incidentQuestions", { params: { key } });

  it("asks each question once, and is answered by the book with at most 20 answers", async () => {
    const asked = await questions();
    expect(asked.verdict.required).toBeLessThanOrEqual(20);
    let given = 0;
    for (let now: IncidentQuestions = asked; ; ) {
      const open = now.questions.find(({ required, state }) => required && state !== "answered");
      if (open === undefined) {
        break;
      }
      now = await api.get("incidentAnswer", {
        params: { key, question: open.id },
        body: {
          value: "raises",
          note: `answer ${given}, after a look at all records`,
          processes: open.processes.map((process) => process.key),
        },
      });
      given += 1;
    }
    expect(given).toBe(asked.verdict.required);
    const done = await questions();
    expect(done.verdict).toMatchObject({ outcome: "malicious", recommendation: "escalate", answered: given });
    expect(done.verdict.alerts.undetermined).toBe(0);
  });

  it("takes over what was answered for a process when another rule raises an alert on it", async () => {
    // Each alert of the incident has all of its required answers, whichever alert they were given for.
    const { items } = await api.get("incident", { params: { key }, query: { limit: 50 } });
    for (const { id } of items) {
      const { steps } = await api.get("playbook", { params: { id } });
      expect(steps.filter(({ required, answer }) => required && answer === undefined)).toEqual([]);
    }
  });

  it("refuses an answer and a status on a version that somebody has changed, and says what they did", async () => {
    const { headers } = await api.send("incidentQuestions", { params: { key } });
    const [question] = (await questions()).questions;
    const answer = {
      params: { key, question: question?.id ?? "" },
      body: {
        value: "lowers" as const,
        note: "said the owner of the host",
        processes: question?.processes.map((process) => process.key) ?? [],
      },
    };
    await api.get("incidentAnswer", answer);
    const stale = await api.send("incidentAnswer", answer).set("If-Match", String(headers["etag"]));
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({
      code: "request.conflict",
      conflict: { changed: [{ actor: "lena", action: "incident.answer" }] },
    });
    const closing = await api
      .send("incidentTransition", { params: { key }, body: { to: "closed", reason: "true-positive" } })
      .set("If-Match", String(headers["etag"]));
    expect(closing.status).toBe(409);
  });

  it("is escalated as a whole: no alert and no row stays open", async () => {
    const escalated = await api.get("incidentTransition", {
      params: { key },
      body: { to: "escalated", note: "hands on keyboard" },
    });
    expect(escalated).toMatchObject({ status: "escalated", counts: { open: 0, escalated: 33 } });
    const { items } = await api.get("queue", { query: { status: ["open"] } });
    expect(items.map((item) => item.key)).not.toContain(key);
  });

  it("has an assignee, tags and comments with mentions, in one history", async () => {
    await api.get("incidentAssignee", { params: { key }, body: { assignee: "lena" } });
    await api.get("incidentTags", { params: { key }, body: { tags: ["wmi", "case 4711"] } });
    const text = "@lena and @nobody: <b>see</b> the dump";
    const { work, history } = await api.get("incidentComment", { params: { key }, body: { text } });
    expect(work).toMatchObject({
      assignee: "lena",
      tags: ["case 4711", "wmi"],
      comments: [{ text, mentions: ["lena"] }],
    });
    expect(history.flatMap((entry) => entry.work?.action ?? []).slice(-3)).toEqual([
      "incident.assigned",
      "incident.tagged",
      "incident.comment",
    ]);
    const unknown = await api.send("incidentAssignee", { params: { key }, body: { assignee: "mallory" } });
    expect(unknown.body).toMatchObject({ status: 400, code: "incident.unknown-assignee" });
  });

  it("is closed for one process first, then as a whole, with the exact number of alerts", async () => {
    const { items } = await api.get("incident", { params: { key }, query: { limit: 50 } });
    const process = first(items.flatMap((alert) => alert.process.key ?? []));
    const ofProcess = items.filter((alert) => alert.process.key === process).length;
    const close = { to: "closed", reason: "true-positive", override: "the red team, see case 4711" } as const;
    const part = await api.get("incidentTransition", {
      params: { key },
      body: { ...close, scope: { kind: "process", key: process } },
    });
    expect(part).toMatchObject({ status: "escalated", counts: { closed: ofProcess, escalated: 33 - ofProcess } });
    expect(part.work.closed).toBeUndefined();
    const whole = await api.get("incidentTransition", { params: { key }, body: close });
    expect(whole).toMatchObject({
      status: "closed",
      counts: { closed: 33 },
      work: { closed: { actor: "lena", reason: "true-positive" } },
    });
    const audit = await api.get("audit", { query: { kind: "incident", limit: 1 } });
    expect(audit.items).toMatchObject([{ action: "incident.transition", after: { alerts: 33 - ofProcess } }]);
  });
});
