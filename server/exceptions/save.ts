import type { Actor } from "#contracts/actor";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import type { ExceptionProposal } from "#contracts/proposal";
import type { WorkProgress } from "#contracts/work";
import { changeStatus } from "../alert/change-status.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { noteClosedIncidents } from "../triage/incident/closed-otherwise.ts";
import { decided, openProposal, proposalReference } from "../triage/proposals.ts";
import { type DryRunDetail, dryRunDetail, isClosedBySaving } from "./dry-run.ts";
import type { DryRunContext } from "./dry-run-parts.ts";
import { askForApproval, gate } from "./gate.ts";
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
  /** Asks a second person to enforce it although it hides alerts judged malicious. */
  readonly overrideReason?: string;
  /** What the dry run and the gate need besides the store. */
  readonly context?: DryRunContext;
}

export interface Saved {
  readonly exception: ExceptionRecord;
  readonly closed: number;
}

/**
 * Saves an exception whose dry run was seen and, when it is enforced, closes the alerts that the dry run listed: all in
 * one transaction with its audit records. Problems: `exception.dry-run-stale`, `exception.too-broad`,
 * `exception.breadth-reason-missing`, `exception.expired`, `rule.not-found`, `proposal.not-found`, `proposal.not-open`,
 * `proposal.other-alert`, `exception.draft-invalid`, `exception.hides-malicious`. What needs a second person is saved
 * in shadow mode and waits for one: see `approval.ts`.
 */
export async function saveException(
  store: Store,
  rules: readonly Rule[],
  request: SaveRequest,
): Promise<Result<Saved, RequestProblem>> {
  const { draft, actor } = request;
  const now = request.clock();
  const { context, overrideReason } = request;
  const detail = await dryRunDetail(store, rules, draft, request.clock, request.onProgress, context);
  const policy = context?.policy ?? "reason";
  const passed = gate({ draft, token: request.token, now, policy, overrideReason }, rules, detail);
  if (passed.kind === "refused") {
    return fail(passed.problem);
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
      ...(passed.kind === "ok"
        ? {}
        : askForApproval(passed.reasons, { actor, at: request.clock(), note: overrideReason })),
    };
    return writeException(transaction, request, exception, detail);
  });
}

/** What a dry run found, as far as saving needs it. */
export type SavedDetail = Pick<DryRunDetail, "closes" | "hides"> & {
  readonly result: Pick<DryRunDetail["result"], "totals">;
};

type WriteRequest = Pick<SaveRequest, "token" | "proposal" | "actor" | "newId"> & {
  readonly action?: string;
  /** Epoch milliseconds; by default when the exception was created. */
  readonly at?: number;
};

/** Writes an exception that was checked, with its audit record, in the transaction of whoever saves it. */
export async function writeException(
  transaction: StoreTransaction,
  { token, proposal, actor, newId, action = "exception.save", at }: WriteRequest,
  exception: ExceptionRecord,
  detail: SavedDetail,
): Promise<Result<Saved, RequestProblem>> {
  const now = at ?? Date.parse(exception.createdAt);
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
    action,
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
  { hides }: SavedDetail,
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

/**
 * Disables an exception; the alerts that it closed stay closed.
 * Problems: `exception.not-found`, `request.conflict`, `exception.already-disabled`.
 */
export async function disableException(
  store: Store,
  id: string,
  request: { readonly reason: string; readonly actor: Actor; readonly at: number; readonly expected?: Expected },
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return store.write<Result<ExceptionRecord, RequestProblem>>(async (transaction) => {
    const before = await transaction.exceptions.get(id);
    if (before === undefined) {
      return fail({ code: "exception.not-found", message: "Exception not found." });
    }
    const subject = { kind: "exception", ids: [id] };
    const conflict = await conflictWith(transaction.audit, subject, request.expected, () => true);
    if (conflict !== undefined) {
      return fail(conflict);
    }
    if (before.disabledAt !== undefined) {
      return fail({
        code: "exception.already-disabled",
        message: `The exception has been disabled since ${before.disabledAt}.`,
      });
    }
    const after: ExceptionRecord = { ...before, disabledAt: new Date(request.at).toISOString() };
    await transaction.exceptions.put(after);
    await transaction.audit.append({
      at: request.at,
      actor: request.actor,
      action: "exception.disable",
      subject: { kind: "exception", id },
      before: { disabledAt: before.disabledAt },
      after: { disabledAt: after.disabledAt, reason: request.reason },
    });
    return ok(after);
  });
}
