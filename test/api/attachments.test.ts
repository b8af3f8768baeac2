import { hash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertSummary } from "#contracts/alert";
import { type AttachmentRequest, attachmentLimits } from "#contracts/attachment";
import { bundle } from "#contracts/bundle";
import { incidentQuestions } from "#contracts/incident";
import type { AnswerRequest, StepView } from "#contracts/playbook";
import { playbookView } from "#contracts/playbook";
import { problemDetails } from "#contracts/problem";
import { verifyBundle } from "../../server/evidence/verify.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

const text = '[\r\n  {"name":"ADMIN$","path":"C:\\\\Windows"}\r\n]\u0000\u202e<script>alert(1)</script>';
const sha256 = hash("sha256", text, "hex");
const why = "The backup agent does this every night, see ticket 4711";

let api: TestApi;
let alert: AlertSummary;
let steps: readonly StepView[];
beforeAll(async () => {
  api = await startApi();
  const { items } = await api.get("queue", { query: { group: "none", limit: 500 } });
  const dumps = ({ rule, process }: AlertSummary) =>
    rule.id === "12f07955-1674-44f7-86b5-c35da0a6f41a" && process.commandLine?.includes("MiniDump") === true;
  alert = first(items.flatMap((item) => item.alerts).filter(dumps));
  steps = (await api.get("playbook", { params: { id: alert.id } })).steps;
});
afterAll(() => api.stop());

const step = (at: number) => steps[at]?.id ?? "";
const answer = (at: number, body: Partial<AnswerRequest> & Pick<AnswerRequest, "value">) =>
  api.send("answer", { params: { id: alert.id, step: step(at) }, body });
const answered = async (at: number) =>
  (await api.get("playbook", { params: { id: alert.id } })).steps.find(({ id }) => id === step(at))?.answer;
const attach = (...attachments: AttachmentRequest[]) => ({ value: "unresolved" as const, attachments });

describe("an answer with attachments", () => {
  it("has their hashes and sizes, and the texts are read back exactly as they were pasted", async () => {
    const source = "osquery: Shares";
    const response = await answer(0, attach({ title: "Shares", source, text }, { title: "User said", text: "Yes." }));
    expect(response.status).toBe(200);
    const attachments = (await answered(0))?.attachments;
    expect(attachments?.[0]).toEqual({ title: "Shares", source, sha256, bytes: Buffer.byteLength(text) });
    expect(attachments?.[1]).toMatchObject({ title: "User said", bytes: 4 });
    expect(playbookView.parse(response.body).steps[0]?.answer?.attachments).toEqual(attachments);
    expect(await api.get("attachedText", { params: { hash: sha256 } })).toEqual({
      ...{ sha256, text },
      bytes: Buffer.byteLength(text),
    });
  });

  it("gives back any text that has no half surrogate pairs", async () => {
    const any = fc.string({ unit: "binary", minLength: 1, maxLength: 500 }).filter((one) => one.isWellFormed());
    await fc.assert(
      fc.asyncProperty(any, async (one) => {
        expect((await answer(0, attach({ title: "t", text: one }))).status).toBe(200);
        const [attached] = (await answered(0))?.attachments ?? [];
        const found = await api.get("attachedText", { params: { hash: attached?.sha256 ?? "" } });
        expect([found.text, found.bytes]).toEqual([one, Buffer.byteLength(one)]);
        expect(attached?.sha256).toBe(hash("sha256", one, "hex"));
      }),
      { numRuns: 15 },
    );
  });

  it("keeps an attachment that is sent by its hash, and only what is sent; the former answer stays in the audit trail", async () => {
    await answer(0, attach({ title: "Shares", text }));
    await answer(0, { ...attach({ title: "Shares", sha256 }), note: "looked again" });
    expect((await answered(0))?.attachments).toMatchObject([{ title: "Shares", sha256 }]);
    await answer(0, { value: "unresolved" });
    expect((await answered(0))?.attachments).toBeUndefined();
    expect((await api.get("attachedText", { params: { hash: sha256 } })).text).toBe(text);
    const { items } = await api.get("audit", { query: { limit: 50 } });
    const [last] = items.filter(({ action }) => action === "playbook.answer");
    expect(last?.before).toMatchObject({ attachments: [{ title: "Shares", sha256 }] });
    expect(JSON.stringify(items)).not.toContain("ADMIN$");
  });

  it.each([
    ["a text of more than 64 KiB in UTF-8", [{ title: "t", text: "ä".repeat(32 * 1024 + 1) }], "attachments.0.text"],
    ["half a surrogate pair", [{ title: "t", text: "a\ud800" }], "attachments.0.text"],
    ["an empty text", [{ title: "t", text: "" }], "attachments.0.text"],
    ["a blank title", [{ title: " ", text: "x" }], "attachments.0.title"],
    ["neither text nor hash", [{ title: "t" }], "attachments.0.text"],
    ["both text and hash", [{ title: "t", text: "x", sha256 }], "attachments.0.text"],
    ["nine attachments", Array.from({ length: 9 }, () => ({ title: "t", text: "x" })), "attachments"],
  ])("is refused with %s, naming the field", async (_, attachments, field) => {
    const response = await answer(0, { value: "raises", attachments });
    expect([response.status, response.body.code]).toEqual([400, "request.invalid"]);
    expect(problemDetails.parse(response.body).errors).toMatchObject([{ field }]);
    expect((await answered(0))?.value).not.toBe("raises");
  });

  it("is refused with more than 256 KiB together, or with a hash that nothing has", async () => {
    const large = { title: "t", text: "\u0001".repeat(attachmentLimits.bytes) };
    expect((await answer(1, attach(large, large, large, large))).status).toBe(200);
    const over = await answer(1, attach(large, large, large, large, { title: "t", text: "x" }));
    expect([over.status, over.body.code]).toEqual([413, "playbook.attachments-too-large"]);
    expect(over.body.detail).toContain("262144");
    const unknown = await answer(1, attach({ title: "t", sha256: "0".repeat(64) }));
    expect([unknown.status, unknown.body.code]).toEqual([400, "playbook.unknown-attachment"]);
    expect(problemDetails.parse(unknown.body).errors).toMatchObject([{ field: "attachments.0.sha256" }]);
  });

  it("still needs a reason against the evidence, and stays a conflict", async () => {
    const results = await Promise.all(
      steps.map(({ id }) => api.get("suggestion", { params: { id: alert.id, step: id } })),
    );
    const at = results.findIndex(({ suggestion }) => suggestion?.value === "raises");
    const lowers = { value: "lowers", attachments: [{ title: "Shares", text }] } as const;
    const refused = await answer(at, { ...lowers, attachments: [...lowers.attachments] });
    expect([refused.status, refused.body.code]).toEqual([409, "playbook.reason-needed"]);
    expect((await answer(at, { ...lowers, attachments: [...lowers.attachments], note: why })).status).toBe(200);
    expect(await answered(at)).toMatchObject({ conflict: true, attachments: [{ sha256 }] });
  });
});

describe("an answer of an incident with attachments", () => {
  it("counts for many alerts, stores the text once, and is in the bundle, whose check finds a changed text", async () => {
    const params = { key: alert.incidentKey };
    const { questions } = incidentQuestions.parse(await api.get("incidentQuestions", { params }));
    const question = first(questions.filter(({ processes }) => processes.length > 1));
    const processes = question.processes.map(({ key }) => key);
    const said = "From: lena\r\nNot me.";
    const body = { value: "raises", processes, attachments: [{ title: "Mail", text: said }] } as const;
    const response = await api.send("incidentAnswer", {
      params: { ...params, question: question.id },
      body: { ...body, attachments: [...body.attachments] },
    });
    expect(response.status).toBe(200);
    const { store } = api.workbench;
    const stored = (await store.snapshot.attachedTexts.page(undefined)).items.filter((one) => one.text === said);
    expect(stored).toHaveLength(1);
    const { items } = await api.get("audit", { query: { limit: 5 } });
    const told = items.find(({ action }) => action === "incident.answer");
    expect(told?.after).toMatchObject({ attachments: [{ title: "Mail", bytes: said.length }] });

    const made = await api.send("incidentBundle", { params, query: { format: "json" } }).buffer(true);
    const file = made.text;
    const { sections } = bundle.parse(JSON.parse(file));
    expect(sections.attachments).toContainEqual({
      ...{ text: said, bytes: said.length, sha256: hash("sha256", said, "hex") },
    });
    const checks = verifyBundle(Buffer.from(file)).checks;
    expect(checks).toContainEqual(expect.objectContaining({ name: "attachments", state: "ok" }));
    const forged = verifyBundle(Buffer.from(file.replace("Not me.", "It's me")));
    expect(forged.checks).toContainEqual(expect.objectContaining({ name: "attachments", state: "failed" }));
  });
});
