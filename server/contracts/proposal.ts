import { z } from "zod";
import { actorOrigin } from "./actor.ts";
import { alertReference } from "./alert.ts";
import { exceptionDraft } from "./exception.ts";
import { pageOf, pageQuery } from "./page.ts";
import { answerValue, evidence, evidenceReference } from "./playbook.ts";
import { timestamp } from "./time.ts";

/** Proposals: what a program or a person puts forward for a person to decide. See docs/decisions/0043. */

export const proposalState = z.enum(["open", "taken", "dismissed", "withdrawn"]).meta({
  id: "ProposalState",
  description: "`open` waits for a person. `taken`: recorded as an answer or saved as an exception by a person.",
});
export type ProposalState = z.infer<typeof proposalState>;

export const proposalClient = z
  .object({ name: z.string().min(1).max(100), version: z.string().max(50).optional() })
  .strict()
  .meta({ id: "ProposalClient", description: "The program that proposed, as it calls itself. Nobody verifies this." });
export type ProposalClient = Readonly<z.infer<typeof proposalClient>>;

const proposedAnswer = {
  value: answerValue,
  note: z.string().max(4000).default("").describe("Becomes the note of the answer."),
};
const mostEvidence = 50;

const request = {
  rationale: z.string().trim().min(1).max(4000).describe("Why, for the person who decides. Plain text."),
  client: proposalClient.optional(),
};

export const answerProposalRequest = z
  .object({ ...proposedAnswer, evidence: z.array(evidenceReference).max(mostEvidence).default([]), ...request })
  .strict()
  .meta({ id: "AnswerProposalRequest", description: "An answer to a step, for a person to decide." });
export type AnswerProposalRequest = Readonly<z.infer<typeof answerProposalRequest>>;

export const exceptionProposalRequest = z
  .object({ draft: exceptionDraft, ...request })
  .strict()
  .meta({ id: "ExceptionProposalRequest", description: "An exception, for a person to decide." });
export type ExceptionProposalRequest = Readonly<z.infer<typeof exceptionProposalRequest>>;

const common = {
  id: z.string(),
  alertId: z.string(),
  createdAt: timestamp,
  by: z.string().describe("The name of the person or service token that proposed."),
  origin: actorOrigin.optional(),
  client: proposalClient.optional(),
  rationale: z.string(),
  state: proposalState,
  decision: z
    .object({ at: timestamp, by: z.string(), note: z.string() })
    .optional()
    .describe("Who took, dismissed or withdrew it. Absent while it is open."),
};

export const answerProposal = z
  .object({
    kind: z.literal("answer"),
    ...common,
    stepId: z.string(),
    ...proposedAnswer,
    evidence: z.array(evidence).max(mostEvidence),
  })
  .meta({ id: "AnswerProposal", description: "A proposed answer. No verdict and no closing policy counts it." });
export type AnswerProposal = Readonly<z.infer<typeof answerProposal>>;

export const exceptionProposal = z
  .object({ kind: z.literal("exception"), ...common, draft: exceptionDraft })
  .meta({ id: "ExceptionProposal", description: "A proposed exception. It hides and counts nothing." });
export type ExceptionProposal = Readonly<z.infer<typeof exceptionProposal>>;

export const proposal = z.discriminatedUnion("kind", [answerProposal, exceptionProposal]).meta({
  id: "Proposal",
  description: "What was put forward for a person to decide. It counts for nothing until a person takes it.",
});
export type Proposal = Readonly<z.infer<typeof proposal>>;

export const proposalQuery = pageQuery.extend({
  alert: z.string().max(2000).optional().describe("Only those on the alert with this id."),
  state: proposalState.optional(),
});

const listed = {
  alert: alertReference.optional().describe("The alert that it is about. Absent: it is no longer stored."),
};

export const listedProposal = z
  .discriminatedUnion("kind", [
    answerProposal
      .extend({ ...listed, question: z.string().optional().describe("The question of the step, while there is one.") })
      .meta({ id: "ListedAnswerProposal", description: "A proposed answer with what it is about." }),
    exceptionProposal
      .extend(listed)
      .meta({ id: "ListedExceptionProposal", description: "A proposed exception with what it is about." }),
  ])
  .meta({ id: "ListedProposal", description: "A proposal as lists show it." });
export type ListedProposal = Readonly<z.infer<typeof listedProposal>>;

export const proposalPage = pageOf(listedProposal).meta({
  id: "ProposalPage",
  description: "Proposals, newest first.",
});
export type ProposalPage = Readonly<z.infer<typeof proposalPage>>;

export const proposalDecision = z
  .object({ note: z.string().max(4000).default("").describe("Why, for the audit trail.") })
  .strict()
  .meta({ id: "ProposalDecision", description: "A remark on a decision." });
