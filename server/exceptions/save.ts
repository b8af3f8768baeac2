import type { Actor } from "#contracts/actor";
import type { Breadth, ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import type { ExceptionProposal } from "#contracts/proposal";
import type { WorkProgress } from "#contracts/work";
import { changeStatus } from "../alert/change-status.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { noteClosedIncidents } from "../triage/incident/closed-otherwise.ts";
import { decided, openProposal, proposalReference } from "../triage/proposals.ts";
import { type DryRunDetail, dryRunDetail, isClosedBySaving } from "./dry-run.ts";
import type { HiddenAlert } from "./hidden-alerts.ts";

export interface SaveRequest {
  readonly draft: ExceptionDraft;
  /** Token of the dry run that the analyst reviewed. */
  readonly token: string;
  /** Id of the proposal that is taken by saving. */
  readonly proposal?: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly onProgress?: (progress: WorkProgress) => void;
}

interface Saved {
  readonly exception: ExceptionRecord;
  readonly closed: number;
}

/**
 * Saves an exception whose dry run was seen and, when it is enforced, closes the alerts that the dry run listed: all in
 * one transaction with its audit records. Problems: `exception.dry-run-stale`, `exception.too-broad`,
 * `exception.breadth-reason-missing`, `exception.expired`, `rule.not-found`, `proposal.not-found`, `proposal.not-open`,
 * `proposal.other-alert`.
 */
export async function saveException(
  store: Store,
  rules: readonly Rule[],
  request: SaveRequest,
): Promise<Result<Saved, RequestProblem>> {
  const { draft, actor } = request;
  const now = request.clock();
  const detail = await dryRunDetail(store, rules, draft, request.clock, request.onProgress);
  const problem = checkDraft(draft, rules, detail, request.token, now);
  if (problem !== undefined) {
    return fail(problem);
  }
  return store.write<Result<Saved, RequestProblem>>((transaction) => {
    const exception: ExceptionRecord = {
      ...draft,
      id: request.newId(),
      // The dry run took its time, and waiting for the turn to write.
      createdAt: new Date(request.clock()).toISOString(),
      createdBy: actor.name,
      hits: 0,
      breadth: detail.result.breadth,
    };
    return writeException(transaction, request, exception, detail);
  });
}

async function writeException(
  transaction: StoreTransaction,
  { token, proposal, actor, newId }: SaveRequest,
  exception: ExceptionRecord,
  detail: DryRunDetail,
): Promise<Result<Saved, RequestProblem>> {
  const now = Date.parse(exception.createdAt);
  const taken = proposal === undefined ? ok(undefined) : await openProposal(transaction, proposal, "exception");
  if (!taken.ok) {
    return taken;
  }
  if (taken.value !== undefined && !(await hidesAlertOf(transaction, taken.value, detail))) {
    return fail({
      code: "proposal.other-alert",
      message: "This exception would not hide the alert that the proposal is about, so it does not take the proposal",
      remedy: "Save it without the proposal, or keep in it what matches that alert.",
    });
  }
  await transaction.exceptions.put(exception);
  const closed: AlertRecord[] = [];
  for (const hidden of detail.closes) {
    const current = await transaction.alerts.get(hidden.alert.id);
    if (current !== undefined && isClosedBySaving(current)) {
      await countHits(transaction, exception, hidden, current);
      if (exception.mode === "enforced") {
        await close(transaction, current, exception, { actor, now });
        closed.push(current);
      }
    }
  }
  const change = { actor, at: now, newId, reason: "exception", note: closingNote(exception) } as const;
  await noteClosedIncidents(transaction, closed, change);
  if (taken.value !== undefined) {
    const note = `Saved as the exception "${exception.name}".`;
    await transaction.proposals.put(decided(taken.value, "taken", { actor, at: now, note }));
  }
  await transaction.audit.append({
    at: now,
    actor,
    action: "exception.save",
    subject: { kind: "exception", id: exception.id },
    after: {
      exception,
      dryRun: { token, totals: detail.result.totals },
      closed: closed.map(({ id }) => id),
      proposal: taken.value && proposalReference(taken.value),
    },
  });
  return ok({ exception, closed: closed.length });
}

/** Whatever was edited: a proposal is taken by an exception for its alert only. */
async function hidesAlertOf(
  { alerts }: Pick<StoreTransaction, "alerts">,
  { alertId }: ExceptionProposal,
  { hides }: DryRunDetail,
): Promise<boolean> {
  const alert = await alerts.get(alertId);
  return alert !== undefined && hides.has(alert.id);
}

async function countHits(
  { exceptions }: Pick<StoreTransaction, "exceptions">,
  exception: ExceptionRecord,
  { alert, hits }: HiddenAlert,
  current: AlertRecord,
): Promise<void> {
  for (const { subject, eventId, time } of hits) {
    // An ingest may have given the process a new key since the dry run.
    const now = subject === alert.processKey ? (current.processKey ?? subject) : subject;
    await exceptions.addHit(exception.id, { ruleId: current.rule.id, subject: now, eventId, time });
  }
}

async function close(
  transaction: StoreTransaction,
  alert: AlertRecord,
  exception: ExceptionRecord,
  { actor, now }: { readonly actor: Actor; readonly now: number },
): Promise<void> {
  await changeStatus(transaction, alert, {
    by: { kind: "exception-author", ...actor, exception },
    at: now,
    to: "closed",
    reason: "exception",
    note: closingNote(exception),
  });
}

function closingNote({ name }: ExceptionRecord): string {
  return `Closed by the exception "${name}".`;
}

/** The first reason not to save or propose a draft whatever a dry run finds: its rules, its expiry, its breadth. */
export function draftProblem(
  draft: ExceptionDraft,
  rules: readonly Rule[],
  breadth: Breadth,
  now: number,
): RequestProblem | undefined {
  const unknown = draft.ruleIds.filter((id) => !rules.some((rule) => rule.id === id));
  if (unknown.length > 0) {
    return {
      code: "rule.not-found",
      message: `No rule ${unknown.join(", ")} is loaded.`,
      at: { field: "draft.ruleIds" },
    };
  }
  if (draft.expires !== undefined && Date.parse(draft.expires) <= now) {
    return { code: "exception.expired", message: "The expiry date is in the past.", at: { field: "draft.expires" } };
  }
  if (breadth.level === "refused") {
    const reasons = breadth.reasons.filter((reason) => reason.weight === "refusal").map((reason) => reason.text);
    return {
      code: "exception.too-broad",
      message: `The exception is too broad. ${reasons.join(" ")}`,
      at: { field: "draft.entries" },
      remedy: "Add what is specific to the confirmed activity: command line, parent path, user and host.",
    };
  }
  return undefined;
}

/** The first reason not to save the draft, if there is one. */
function checkDraft(
  draft: ExceptionDraft,
  rules: readonly Rule[],
  detail: DryRunDetail,
  token: string,
  now: number,
): RequestProblem | undefined {
  const { breadth } = detail.result;
  const problem = draftProblem(draft, rules, breadth, now);
  // A stale dry run says nothing about the breadth of this draft.
  if (token !== detail.result.token && (problem === undefined || problem.code === "exception.too-broad")) {
    return {
      code: "exception.dry-run-stale",
      message: "The dry run is out of date: the draft, its rules or the alerts that it would hide have changed since.",
      at: { field: "dryRunToken" },
      remedy: "Run it again and review the result.",
    };
  }
  if (problem !== undefined) {
    return problem;
  }
  if (breadth.level === "broad" && (draft.breadthReason ?? "").trim() === "") {
    return {
      code: "exception.breadth-reason-missing",
      message: `The exception is broad (${breadth.score} of 100). Give a reason.`,
      at: { field: "draft.breadthReason" },
      remedy: "Give a reason, or narrow the exception to a user and a host.",
    };
  }
  return undefined;
}
