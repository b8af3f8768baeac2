import type { Actor } from "#contracts/actor";
import { draftOfException, type ExceptionDraft, type ExceptionRecord } from "#contracts/exception";
import type { Approval } from "#contracts/exception-gate";
import type { RequestProblem } from "#contracts/problem";
import type { Rule } from "../detection/rule.ts";
import type { ListLookup } from "../exception/lists.ts";
import { rulesInScope } from "../exception/scope.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import type { DryRunContext } from "./dry-run-parts.ts";
import { gate } from "./gate.ts";
import { judgesOf } from "./hidden-alerts.ts";
import type { KeptRun } from "./kept-runs.ts";
import { closingsSince, runOf, type Saved, stale, writeException } from "./save.ts";

/** The draft that a second person decides about. */
export function draftToApprove(record: ExceptionRecord): ExceptionDraft {
  return { ...draftOfException.parse(record), mode: "enforced" };
}

interface Decision {
  readonly id: string;
  readonly reason: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface ApproveRequest extends Decision {
  /** Token of the dry run of `draftToApprove` that was seen. */
  readonly token: string;
  /** What was kept of that run. */
  readonly run: KeptRun | undefined;
  readonly newId: () => string;
  readonly lists?: ListLookup;
  readonly context?: DryRunContext;
}

/**
 * Enforces an exception as a second person and closes what its dry run listed, through the code that saving uses.
 * Problems: `exception.not-found`, `exception.not-waiting`, `exception.same-person`, and those of the gate.
 */
export async function approveException(
  store: Store,
  rules: readonly Rule[],
  request: ApproveRequest,
): Promise<Result<Saved, RequestProblem>> {
  const { id, actor, token, context, reason } = request;
  const waiting = waitingFor(await store.exceptions.get(id), actor);
  if (!waiting.ok) {
    return waiting;
  }
  const draft = draftToApprove(waiting.value.record);
  const scoped = rulesInScope(draft, rules);
  const run = runOf({ draft, run: request.run, token }, scoped);
  if (run === undefined) {
    return fail(stale);
  }
  const policy = context?.policy ?? "reason";
  const passed = gate({ draft, token, now: request.clock(), policy, bySecondPerson: true }, rules, run);
  if (passed.kind === "refused") {
    return fail(passed.problem);
  }
  const judges = judgesOf(draft, request.lists);
  return store.write<Result<Saved, RequestProblem>>(async (transaction) => {
    // Somebody may have decided during the dry run.
    const still = waitingFor(await transaction.exceptions.get(id), actor);
    if (!still.ok) {
      return still;
    }
    const { record, approval } = still.value;
    const since = await closingsSince(store, scoped, { draft, judges, run });
    if (since === undefined) {
      return fail(stale);
    }
    const exception: ExceptionRecord = {
      ...record,
      mode: "enforced",
      breadth: run.breadth,
      approval: decidedBy(approval, "approved", { actor, at: request.clock(), reason }),
    };
    return writeException(transaction, { store, scoped, judges }, request, {
      ...{ exception, before: record, at: request.clock(), action: "exception.approve" },
      run: { ...run, closes: [...run.closes, ...since] },
    });
  });
}

/**
 * Leaves an exception in shadow mode for good.
 * Problems: `exception.not-found`, `exception.not-waiting`, `exception.same-person`.
 */
export async function rejectException(
  store: Store,
  { id, actor, reason, clock }: Decision,
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return store.write<Result<ExceptionRecord, RequestProblem>>(async (transaction) => {
    const waiting = waitingFor(await transaction.exceptions.get(id), actor);
    if (!waiting.ok) {
      return waiting;
    }
    const { record, approval } = waiting.value;
    const at = clock();
    const after: ExceptionRecord = { ...record, approval: decidedBy(approval, "rejected", { actor, at, reason }) };
    await transaction.exceptions.put(after);
    await transaction.audit.append({
      at,
      actor,
      action: "exception.reject",
      subject: { kind: "exception", id },
      before: { approval },
      after: { approval: after.approval, reason },
    });
    return ok(after);
  });
}

/** The exception, if it waits for this person. */
function waitingFor(
  record: ExceptionRecord | undefined,
  actor: Actor,
): Result<{ readonly record: ExceptionRecord; readonly approval: Approval }, RequestProblem> {
  if (record === undefined) {
    return fail({ code: "exception.not-found", message: "Exception not found." });
  }
  const { approval } = record;
  if (approval === undefined || approval.decision !== undefined || record.disabledAt !== undefined) {
    const { decision } = approval ?? {};
    return fail({
      code: "exception.not-waiting",
      message:
        decision === undefined
          ? "The exception waits for nobody."
          : `The exception was ${decision.kind} by ${decision.by} at ${decision.at}.`,
    });
  }
  const account = actor.origin?.account;
  if (approval.requestedBy === actor.name || (account !== undefined && approval.account === account)) {
    return fail({
      code: "exception.same-person",
      message: `${actor.name} asked for it to be enforced, so somebody else has to decide.`,
      remedy: "Ask another author.",
    });
  }
  return ok({ record, approval });
}

function decidedBy(
  approval: Approval,
  kind: "approved" | "rejected",
  { actor, at, reason }: { readonly actor: Actor; readonly at: number; readonly reason: string },
): Approval {
  return { ...approval, decision: { kind, by: actor.name, at: new Date(at).toISOString(), reason } };
}
