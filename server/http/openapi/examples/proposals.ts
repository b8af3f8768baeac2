import type { AnswerProposal, ExceptionProposal } from "#contracts/proposal";
import type { proposalRoutes } from "#contracts/routes/proposals";
import type { Examples } from "./example.ts";
import { draft } from "./exceptions.ts";
import { alert, alertId, eventId, host, rule } from "./shared.ts";

const origin = { account: "f0b6f9a2-5c0e-4d53-9a3e-0a2f3c1d7e55", method: "token", address: "10.0.4.17" } as const;
const client = { name: "triage-assistant", version: "2.1.0" };

const answer: AnswerProposal = {
  kind: "answer",
  id: "0d7e4b1a-93c5-4a9a-8a59-6f0d3a4f7c21",
  alertId,
  createdAt: "2026-06-17T12:05:00.000Z",
  by: "night shift assistant",
  origin,
  client,
  rationale: "The command has the form of remote execution over WMI, and no software distribution product runs here.",
  state: "open",
  stepId: "capture",
  value: "raises",
  note: "Output is written to a share on the loopback address.",
  evidence: [{ kind: "event", id: eventId, label: "cmd.exe started by WmiPrvSE.exe" }],
};

const exception: ExceptionProposal = {
  kind: "exception",
  id: "6a3f0c55-2f5e-4f6b-bb3c-0c2f6f1f8e90",
  alertId,
  createdAt: "2026-06-17T12:06:00.000Z",
  by: "night shift assistant",
  origin,
  client,
  rationale: "Five alerts of this form were closed as benign with the same change number.",
  state: "open",
  draft,
};

const about = { rule, severity: alert.severity, host, status: alert.status, processName: "cmd.exe" };
const proposed = { rationale: answer.rationale, client };
const decision = { at: "2026-06-17T12:09:00.000Z", by: "lena" };

export const proposalExamples: Examples<typeof proposalRoutes> = {
  proposals: {
    query: { alert: alertId, state: "open" },
    response: {
      items: [
        { ...exception, alert: about },
        { ...answer, alert: about, question: "What does the captured command do?" },
      ],
      total: 2,
    },
  },
  proposal: { params: { id: answer.id }, response: answer },
  proposeAnswer: {
    params: { id: alertId, step: "capture" },
    body: { value: answer.value, note: answer.note, evidence: answer.evidence, ...proposed },
    response: answer,
  },
  proposeException: {
    params: { id: alertId },
    body: { draft, rationale: exception.rationale, client },
    response: exception,
  },
  takeProposal: {
    params: { id: answer.id },
    body: { note: "Checked the share" },
    response: { ...answer, state: "taken", decision: { ...decision, note: "Checked the share" } },
  },
  dismissProposal: {
    params: { id: exception.id },
    body: { note: "The change has ended" },
    response: { ...exception, state: "dismissed", decision: { ...decision, note: "The change has ended" } },
  },
  withdrawProposal: {
    params: { id: answer.id },
    body: {},
    response: { ...answer, state: "withdrawn", decision: { ...decision, by: answer.by, note: "" } },
  },
};
