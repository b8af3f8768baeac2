import type { Actor } from "#contracts/actor";
import type { Answer } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { AnswerProposal, AnswerProposalRequest, Proposal, ProposalState } from "#contracts/proposal";
import type { AlertRecord } from "../alert/record.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { answerEvidence, answerOf, closedAlert, suggestedForAnswer, writeAnswer } from "../playbooks/answer.ts";
import { conflictOf, reasonNeeded } from "../playbooks/conflict.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { SuggestAnswers } from "../playbooks/suggested.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { noteAnswer } from "./incident/questions.ts";

/**
 * Proposals wait for a person. Nothing else reads them: verdict, closing policy and exceptions know only what a person
 * took. See docs/decisions/0043.
 */

/** Open proposals at most: on one alert, of one account, and of one account on one alert. */
const mostOpenOnAlert = 50;
const mostOpenOfAccount = 200;
/** Some accounts must not keep the others from an alert. Playbooks have half as many steps. */
const mostOpenOfAccountOnAlert = 15;

export interface ProposalBy {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly newId: () => string;
}

/**
 * Proposes an answer to a step. It replaces the open proposal of the same account for this step.
 * Problems: `playbook.not-found`, `playbook.step-not-found`, `playbook.unknown-evidence`, `alert.closed`,
 * `proposal.too-many`.
 */
export async function proposeAnswer(
  store: Store,
  playbooks: Playbooks,
  alert: AlertRecord,
  stepId: string,
  request: AnswerProposalRequest,
  by: ProposalBy,
): Promise<Result<AnswerProposal, RequestProblem>> {
  const evidence = await answerEvidence(store, playbooks, alert, stepId, request.evidence);
  if (!evidence.ok) {
    return evidence;
  }
  const { value, note } = request;
  const answer = { stepId, value, note, evidence: evidence.value };
  const proposal: AnswerProposal = { kind: "answer", ...newProposal(alert, request, by), ...answer };
  const replaces = (other: Proposal) =>
    other.kind === "answer" && other.stepId === stepId && isOwn(other, by.actor) && other.alertId === alert.id;
  const refused = await addProposal(store, proposal, by, replaces);
  return refused === undefined ? ok(proposal) : fail(refused);
}

/** What all kinds of proposals have in common. */
export function newProposal(
  alert: AlertRecord,
  { rationale, client }: Pick<AnswerProposalRequest, "rationale" | "client">,
  { actor, at, newId }: ProposalBy,
): Omit<AnswerProposal, "kind" | "stepId" | "value" | "note" | "evidence"> {
  return {
    id: newId(),
    alertId: alert.id,
    createdAt: new Date(at).toISOString(),
    by: actor.name,
    origin: actor.origin,
    client,
    rationale,
    state: "open",
  };
}

/** Stores a new proposal with its audit record, or returns why not: `alert.closed`, `proposal.too-many`. */
export function addProposal(
  store: Store,
  proposal: Proposal,
  { actor, at }: ProposalBy,
  replaces: (other: Proposal) => boolean = () => false,
): Promise<RequestProblem | undefined> {
  return store.write(async (transaction) => {
    const { proposals, alerts, audit } = transaction;
    if ((await alerts.get(proposal.alertId))?.status === "closed") {
      return closedAlert;
    }
    const { items: open } = await proposals.page({ alertId: proposal.alertId, state: "open", limit: 500 });
    const replaced = open.filter(replaces);
    const ownHere = open.filter((other) => isOwn(other, actor)).length;
    if (ownHere - replaced.length >= mostOpenOfAccountOnAlert) {
      return tooMany(`${proposal.by} has ${ownHere} open proposals on this alert`);
    }
    if (open.length - replaced.length >= mostOpenOnAlert) {
      return tooMany(`The alert has ${open.length} open proposals`);
    }
    const own = await proposals.openOf(proposal.origin?.account);
    if (own - replaced.length >= mostOpenOfAccount) {
      return tooMany(`${proposal.by} has ${own} open proposals`);
    }
    for (const other of replaced) {
      await proposals.put(decided(other, "withdrawn", { actor, at, note: `Replaced by ${proposal.id}.` }));
    }
    await proposals.put(proposal);
    await audit.append({
      at,
      actor,
      action: "proposal.create",
      subject: { kind: "alert", id: proposal.alertId },
      after: { proposal, replaces: replaced.map(({ id }) => id) },
    });
    return undefined;
  });
}

function tooMany(message: string): RequestProblem {
  return {
    code: "proposal.too-many",
    message,
    remedy: "Wait until a person has decided on some of them, or withdraw what no longer holds.",
  };
}

export interface Decision {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly note: string;
}

/**
 * Records a proposed answer as the answer of the person who takes it, and marks the proposal as taken, in one
 * transaction. The answer and its audit record name the proposal. Where it contradicts the evidence, the reason has to
 * be the person's: `by.note`, which is added to the note.
 * Problems: those of `openProposal` and `answerAlert`, `proposal.not-an-answer`, `alert.not-found`.
 */
export async function takeProposal(
  store: Store,
  playbooks: Playbooks,
  id: string,
  by: Decision & Pick<ProposalBy, "newId">,
  suggest: SuggestAnswers,
): Promise<Result<AnswerProposal, RequestProblem>> {
  const proposal = await store.proposals.get(id);
  if (proposal === undefined) {
    return fail(unknownProposal(id));
  }
  if (proposal.kind !== "answer") {
    return fail({
      code: "proposal.not-an-answer",
      message: "This proposal is an exception, which is taken by saving it",
      remedy: "Open it in the exception builder: an exception needs a dry run.",
    });
  }
  const alert = await store.alerts.get(proposal.alertId);
  if (alert === undefined) {
    return fail({ code: "alert.not-found", message: "The alert of this proposal is no longer stored." });
  }
  const evidence = await answerEvidence(store, playbooks, alert, proposal.stepId, proposal.evidence);
  if (!evidence.ok) {
    return evidence;
  }
  const suggested = await suggestedForAnswer(store, playbooks, alert, proposal.stepId, suggest);
  if (!suggested.ok) {
    return suggested;
  }
  const needed = reasonNeeded(proposal.value, suggested.value, by.note);
  if (needed !== undefined) {
    return fail(needed);
  }
  const isConflict = conflictOf(proposal.value, suggested.value?.value) !== undefined;
  const note = isConflict ? [proposal.note, by.note].filter(Boolean).join("\n") : proposal.note;
  const given = { ...proposal, note, evidence: evidence.value, suggested: suggested.value };
  const answer: Answer = { ...answerOf(proposal.stepId, given, by), proposal: proposalReference(proposal) };
  return store.write<Result<AnswerProposal, RequestProblem>>(async (transaction) => {
    const open = await openProposal(transaction, id, "answer");
    if (!open.ok) {
      return open;
    }
    const refused = await writeAnswer(transaction, playbooks, alert, answer, by);
    if (refused !== undefined) {
      return fail(refused);
    }
    await noteAnswer(transaction, alert, answer, by);
    const taken = decided(open.value, "taken", by);
    await transaction.proposals.put(taken);
    return ok(taken);
  });
}

/** Dismisses an open proposal. Problems: those of `openProposal`. */
export function dismissProposal(store: Store, id: string, by: Decision): Promise<Result<Proposal, RequestProblem>> {
  return end(store, id, "dismissed", by);
}

/** Withdraws an open proposal of the same account. Problems: those of `openProposal`, `proposal.not-own`. */
export function withdrawProposal(store: Store, id: string, by: Decision): Promise<Result<Proposal, RequestProblem>> {
  return end(store, id, "withdrawn", by);
}

function end(
  store: Store,
  id: string,
  state: "dismissed" | "withdrawn",
  by: Decision,
): Promise<Result<Proposal, RequestProblem>> {
  return store.write<Result<Proposal, RequestProblem>>(async (transaction) => {
    const open = await openProposal(transaction, id);
    if (!open.ok) {
      return open;
    }
    const before = open.value;
    if (state === "withdrawn" && !isOwn(before, by.actor)) {
      return fail({
        code: "proposal.not-own",
        message: `${before.by} proposed this; only the same account can withdraw it`,
        remedy: "A person can dismiss it.",
      });
    }
    const after = decided(before, state, by);
    await transaction.proposals.put(after);
    await transaction.audit.append({
      at: by.at,
      actor: by.actor,
      action: state === "dismissed" ? "proposal.dismiss" : "proposal.withdraw",
      subject: { kind: "alert", id: before.alertId },
      before: { proposal: proposalReference(before), state: before.state },
      after: { state, note: by.note },
    });
    return ok(after);
  });
}

/** A proposal that waits for a decision. Problems: `proposal.not-found`, `proposal.not-open`. */
export async function openProposal<K extends Proposal["kind"]>(
  { proposals }: Pick<StoreTransaction, "proposals">,
  id: string,
  kind?: K,
): Promise<Result<Extract<Proposal, { kind: K }>, RequestProblem>> {
  const proposal = await proposals.get(id);
  if (proposal === undefined || !hasKind(proposal, kind)) {
    return fail(unknownProposal(id));
  }
  if (proposal.state === "open") {
    return ok(proposal);
  }
  const { decision, state } = proposal;
  return fail({
    code: "proposal.not-open",
    message: `The proposal was ${state}${decision === undefined ? "" : ` by ${decision.by} at ${decision.at}`}`,
    remedy: "Reload to see the present state.",
  });
}

function hasKind<K extends Proposal["kind"]>(
  proposal: Proposal,
  kind: K | undefined,
): proposal is Extract<Proposal, { kind: K }> {
  return kind === undefined || proposal.kind === kind;
}

function unknownProposal(id: string): RequestProblem {
  return { code: "proposal.not-found", message: `There is no such proposal "${id.slice(0, 100)}"` };
}

/** A proposal after somebody decided on it. */
export function decided<P extends Proposal>(
  proposal: P,
  state: Exclude<ProposalState, "open">,
  { actor, at, note }: Decision,
): P {
  return { ...proposal, state, decision: { at: new Date(at).toISOString(), by: actor.name, note } };
}

/** How an answer and audit records name a proposal. */
export function proposalReference({ id, by, client }: Proposal): NonNullable<Answer["proposal"]> {
  return { id, by, ...(client === undefined ? {} : { client: client.name }) };
}

function isOwn({ origin, by }: Proposal, actor: Actor): boolean {
  return origin === undefined && actor.origin === undefined
    ? by === actor.name
    : origin?.account === actor.origin?.account;
}
