import type { Actor } from "#contracts/actor";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import type { ExceptionProposal } from "#contracts/proposal";
import type { Rule } from "../detection/rule.ts";
import type { ListLookup } from "../exception/lists.ts";
import { ruleIdsInScope, rulesInScope } from "../exception/scope.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith } from "../store/audit/version.ts";
import type { BatchRecord } from "../store/batches/port.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { startExcepting } from "../triage/batch/excepting.ts";
import { decided, openProposal, proposalReference } from "../triage/proposals.ts";
import { breadthOf } from "./breadth.ts";
import { hidingOf } from "./closing.ts";
import { draftKey } from "./dry-run.ts";
import type { DryRunContext } from "./dry-run-parts.ts";
import { askForApproval, draftProblem, gate } from "./gate.ts";
import { type Judges, judgesOf } from "./hidden-alerts.ts";
import type { KeptRun } from "./kept-runs.ts";
import { isClosedBySaving } from "./so-far.ts";

export interface SaveRequest {
  readonly draft: ExceptionDraft;
  /** Token of the dry run that the analyst reviewed. */
  readonly token: string;
  /** What was kept of that run; absent if it is not known any more. */
  readonly run: KeptRun | undefined;
  /** Id of the proposal that is taken by saving. */
  readonly proposal?: string;
  /** The exception that gets the draft as its next version. */
  readonly replaces?: { readonly id: string; readonly ifMatch?: string | undefined } | undefined;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly lists?: ListLookup;
  /** Asks a second person to enforce it although it hides alerts judged malicious. */
  readonly overrideReason?: string | undefined;
  /** What the gate needs besides the run. */
  readonly context?: DryRunContext;
  /** Alerts per part of the batch; by default what batches use. */
  readonly partSize?: number;
}

export interface Saved {
  readonly exception: ExceptionRecord;
  /** Closes the alerts that the dry run listed; absent if there are none. */
  readonly batch: BatchRecord | undefined;
}

/**
 * Saves an exception whose dry run was seen, and stores the batch that closes the alerts of the dry run, or counts them
 * in shadow mode: both in one write, so the exception is in force from then on and the batch can be resumed. Nothing is
 * run again: alerts that were raised since the dry run are judged one by one. Problems: `exception.dry-run-stale`,
 * `exception.too-broad`, `exception.breadth-reason-missing`, `exception.expired`, `rule.not-found`,
 * `proposal.not-found`, `proposal.not-open`, `proposal.other-alert`, `exception.not-found`,
 * `exception.already-disabled`, `exception.draft-invalid`, `exception.hides-malicious`, `request.conflict`. What needs
 * a second person is saved in shadow mode and waits for one: see `approval.ts`.
 * See docs/decisions/0083.
 */
export async function saveException(
  store: Store,
  rules: readonly Rule[],
  request: SaveRequest,
): Promise<Result<Saved, RequestProblem>> {
  const { draft, actor, overrideReason } = request;
  const scoped = rulesInScope(draft, rules);
  const run = runOf(request, scoped);
  if (run === undefined) {
    return fail(draftProblem(draft, rules, breadthOf(draft, scoped), request.clock(), []) ?? stale);
  }
  const { token, clock, context } = request;
  const policy = context?.policy ?? "reason";
  const passed = gate({ draft, token, now: clock(), policy, overrideReason }, rules, run);
  if (passed.kind === "refused") {
    return fail(passed.problem);
  }
  const waiting =
    passed.kind === "ok" ? {} : askForApproval(passed.reasons, { actor, at: clock(), note: overrideReason });
  const judges = judgesOf(draft, request.lists);
  return store.write<Result<Saved, RequestProblem>>(async (transaction) => {
    const since = await closingsSince(store, scoped, { draft, judges, run });
    if (since === undefined) {
      return fail(stale);
    }
    const now = clock();
    const before = await replacedBy(transaction, request);
    if (!before.ok) {
      return before;
    }
    const exception = { ...exceptionFrom(request, run, before.value, now), ...waiting };
    const written = { exception, before: before.value, at: now };
    return writeException(transaction, { store, scoped, judges }, request, {
      ...written,
      action: before.value === undefined ? "exception.save" : "exception.edit",
      run: { ...run, closes: [...run.closes, ...since] },
    });
  });
}

/** The run of this very draft: that of another, or of other versions of the rules, says nothing about this one. */
export function runOf(
  { draft, run, token }: Pick<SaveRequest, "draft" | "run" | "token">,
  scoped: readonly Rule[],
): KeptRun | undefined {
  return run !== undefined && run.token === token && run.about === draftKey(scoped, draft) ? run : undefined;
}

export interface Saving {
  readonly store: Store;
  readonly scoped: readonly Rule[];
  readonly judges: Judges;
}

interface Written {
  readonly exception: ExceptionRecord;
  readonly before: ExceptionRecord | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  readonly run: KeptRun;
}

/** Writes an exception that was checked, with the batch that closes its alerts and the audit record. */
export async function writeException(
  transaction: StoreTransaction,
  saving: Saving,
  { token, proposal, actor, newId, partSize }: Pick<SaveRequest, "token" | "proposal" | "actor" | "newId" | "partSize">,
  { exception, before, at: now, action, run }: Written,
): Promise<Result<Saved, RequestProblem>> {
  const taken = proposal === undefined ? ok(undefined) : await openProposal(transaction, proposal, "exception");
  if (!taken.ok) {
    return taken;
  }
  if (taken.value !== undefined && !(await hidesAlertOf(saving, taken.value))) {
    return fail({
      code: "proposal.other-alert",
      message: "This exception would not hide the alert that the proposal is about, so it does not take the proposal",
      remedy: "Save it without the proposal, or keep in it what matches that alert.",
    });
  }
  await transaction.exceptions.put(exception);
  const change = { actor, at: now, newId };
  const batch = await startExcepting(saving.store, transaction, { exception, alerts: run.closes, partSize }, change);
  if (taken.value !== undefined) {
    const note = `Saved as the exception "${exception.name}".`;
    await transaction.proposals.put(decided(taken.value, "taken", { actor, at: now, note }));
  }
  await transaction.audit.append({
    at: now,
    actor,
    action,
    subject: { kind: "exception", id: exception.id },
    before: before && { exception: before },
    after: {
      exception,
      dryRun: { token, totals: run.totals },
      batch: batch?.id,
      proposal: taken.value && proposalReference(taken.value),
    },
  });
  return ok({ exception, batch });
}

/** The exception that gets another version, if one does. */
async function replacedBy(
  transaction: StoreTransaction,
  { replaces }: SaveRequest,
): Promise<Result<ExceptionRecord | undefined, RequestProblem>> {
  if (replaces === undefined) {
    return ok(undefined);
  }
  const before = await transaction.exceptions.get(replaces.id);
  if (before === undefined) {
    return fail({ code: "exception.not-found", message: "Exception not found.", at: { field: "replaces.id" } });
  }
  const subject = { kind: "exception", ids: [replaces.id] };
  const expected = replaces.ifMatch === undefined ? undefined : [versionOfTag(replaces.ifMatch)];
  const conflict = await conflictWith(transaction.audit, subject, expected, () => true);
  if (conflict !== undefined) {
    return fail(conflict);
  }
  return before.disabledAt === undefined
    ? ok(before)
    : fail({
        code: "exception.already-disabled",
        message: `The exception has been disabled since ${before.disabledAt}.`,
        at: { field: "replaces.id" },
        remedy: "Save the draft as an exception of its own.",
      });
}

/** The version in an entity tag, which ends with a hash of what was sent. */
function versionOfTag(tag: string): string {
  return tag.replaceAll('"', "").replace(/\..*$/, "");
}

function exceptionFrom(
  { draft, actor, newId }: SaveRequest,
  { breadth }: KeptRun,
  before: ExceptionRecord | undefined,
  now: number,
): ExceptionRecord {
  const at = new Date(now).toISOString();
  if (before === undefined) {
    return { ...draft, id: newId(), version: 1, createdAt: at, createdBy: actor.name, hits: 0, breadth };
  }
  const { id, version, createdAt, createdBy, hits, lastHit } = before;
  return {
    ...draft,
    ...{ id, version: version + 1, createdAt, createdBy, hits, lastHit, breadth },
    ...{ changedAt: at, changedBy: actor.name },
  };
}

/** Alerts that were raised since the run and would be hidden; undefined if there are too many to judge them here. */
export async function closingsSince(
  store: Store,
  scoped: readonly Rule[],
  { draft, judges, run }: { readonly draft: ExceptionDraft; readonly judges: Judges; readonly run: KeptRun },
): Promise<readonly string[] | undefined> {
  const inScope = ruleIdsInScope(draft, scoped);
  const known = new Set(run.closes);
  const raised: string[] = [];
  // What was being written when the run began to read has an earlier time.
  for await (const page of store.alerts.raised({ from: run.ranAt - overlap, to: Number.MAX_SAFE_INTEGER })) {
    for (const { id, rule } of page) {
      if (!known.has(id) && inScope?.includes(rule.id) !== false) {
        raised.push(id);
      }
    }
    if (raised.length > mostSince) {
      return undefined;
    }
  }
  const judged = await hidingOf(store, scoped, judges, raised);
  return judged.flatMap(({ alert, isHiddenByItsEvents }) =>
    isHiddenByItsEvents && isClosedBySaving(alert) ? [alert.id] : [],
  );
}

export const stale: RequestProblem = {
  code: "exception.dry-run-stale",
  message: "The dry run is out of date, or the server has forgotten it.",
  at: { field: "dryRunToken" },
  remedy: "Run it again and review the result.",
};

/** Milliseconds before a run in which alerts are looked at again. */
const overlap = 60_000;
/** They are judged in the write that saves the exception. */
const mostSince = 1_000;

/** Whatever was edited: a proposal is taken by an exception for its alert only. */
async function hidesAlertOf({ store, scoped, judges }: Saving, { alertId }: ExceptionProposal): Promise<boolean> {
  const [judged] = await hidingOf(store, scoped, judges, [alertId]);
  return judged?.isHiddenByItsEvents === true;
}
