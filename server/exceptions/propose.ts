import type { RequestProblem } from "#contracts/problem";
import type { ExceptionProposal, ExceptionProposalRequest } from "#contracts/proposal";
import type { AlertRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import { rulesInScope } from "../exception/scope.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { addProposal, newProposal, type ProposalBy } from "../triage/proposals.ts";
import { breadthOf } from "./breadth.ts";
import { draftProblem } from "./gate.ts";
import { lintDraft } from "./lint.ts";

/** Characters of a proposed draft as JSON: far more than a narrow exception needs. */
const mostCharacters = 64 * 1024;

/**
 * Proposes an exception for the activity of an alert. It hides and closes nothing: a person opens the draft, reviews
 * its dry run and saves it. What could not be saved in any case is refused.
 * Problems: `rule.not-found`, `exception.expired`, `exception.draft-invalid`, `exception.too-broad`,
 * `proposal.too-large`, `proposal.too-many`, `alert.closed`.
 */
export async function proposeException(
  store: Store,
  rules: readonly Rule[],
  alert: AlertRecord,
  request: ExceptionProposalRequest,
  by: ProposalBy,
): Promise<Result<ExceptionProposal, RequestProblem>> {
  const draft = { ...request.draft, fromAlert: alert.id };
  const size = JSON.stringify(draft).length;
  if (size > mostCharacters) {
    const message = `The draft has ${size} characters as JSON; a proposal can have up to ${mostCharacters}`;
    return fail({ code: "proposal.too-large", message, at: { field: "draft.entries" } });
  }
  const scoped = rulesInScope(draft, rules);
  const notes = lintDraft(draft, { fieldKnown: () => undefined, listKnown: () => true, now: by.at });
  const problem = draftProblem(draft, rules, breadthOf(draft, scoped), by.at, notes);
  if (problem !== undefined) {
    return fail(problem);
  }
  const proposal: ExceptionProposal = { kind: "exception", ...newProposal(alert, request, by), draft };
  const refused = await addProposal(store, proposal, by);
  return refused === undefined ? ok(proposal) : fail(refused);
}
