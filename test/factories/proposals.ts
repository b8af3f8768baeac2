import type { AnswerProposal, ExceptionProposal } from "#contracts/proposal";
import { exception } from "./alerts.ts";

const common = {
  alertId: "alert",
  createdAt: "2026-06-17T12:00:00.000Z",
  by: "assistant",
  origin: { account: "token-1", method: "token" },
  rationale: "It has the form of remote execution.",
  state: "open",
} as const;

export function answerProposal(changes: Partial<AnswerProposal> = {}): AnswerProposal {
  return { kind: "answer", id: "answer", ...common, stepId: "s", value: "raises", note: "", evidence: [], ...changes };
}

export function exceptionProposal(changes: Partial<ExceptionProposal> = {}): ExceptionProposal {
  const { name, reason, ruleIds, entries, mode } = exception();
  const draft = { name, reason, ruleIds: [...ruleIds], entries: [...entries], mode };
  return { kind: "exception", id: "exception", ...common, draft, ...changes };
}
