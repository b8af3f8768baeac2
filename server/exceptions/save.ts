import type { Actor } from "#contracts/actor";
import type { Breadth, DryRun, ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import type { ExceptionProposal } from "#contracts/proposal";
import type { Rule } from "../detection/rule.ts";
import type { ListLookup } from "../exception/lists.ts";
import { ruleIdsInScope, rulesInScope } from "../exception/scope.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { BatchRecord } from "../store/batches/port.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { startExcepting } from "../triage/batch/excepting.ts";
import { decided, openProposal, proposalReference } from "../triage/proposals.ts";
import { breadthOf } from "./breadth.ts";
import { hidingOf } from "./closing.ts";
import { draftKey } from "./dry-run.ts";
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
 * `proposal.not-found`, `proposal.not-open`, `proposal.other-alert`,
 * `exception.not-found`, `exception.already-disabled`, `request.conflict`.
 * See docs/decisions/0083.
 */
export async function saveException(
  store: Store,
  rules: readonly Rule[],
  request: SaveRequest,
): Promise<Result<Saved, RequestProblem>> {
  const { draft, run } = request;
  const scoped = rulesInScope(draft, rules);
  // A run of another draft, or of other versions of the rules, says nothing about this one.
  const isOfThis = run !== undefined && run.token === request.token && run.about === draftKey(scoped, draft);
  const breadth = breadthOf(draft, scoped);
  const problem = checkDraft(
    draft,
    rules,
    { result: { token: isOfThis ? run.token : "", breadth } },
    request.token,
    request.clock(),
  );
  if (problem !== undefined || !isOfThis) {
    return fail(problem ?? stale);
  }
  const judges = judgesOf(draft, request.lists);
  return store.write<Result<Saved, RequestProblem>>(async (transaction) => {
    const since = await closingsSince(store, scoped, { draft, judges, run });
    if (since === undefined) {
      return fail(stale);
    }
    return writeException(transaction, { store, scoped, judges }, request, {
      ...run,
      closes: [...run.closes, ...since],
    });
  });
}

interface Saving {
  readonly store: Store;
  readonly scoped: readonly Rule[];
  readonly judges: Judges;
}

async function writeException(
  transaction: StoreTransaction,
  saving: Saving,
  request: SaveRequest,
  run: KeptRun,
): Promise<Result<Saved, RequestProblem>> {
  const { token, proposal, actor, clock, newId } = request;
  const now = clock();
  const before = await replacedBy(transaction, request);
  if (!before.ok) {
    return before;
  }
  const exception = exceptionFrom(request, run, before.value, now);
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
  const batch = await startExcepting(
    saving.store,
    transaction,
    { exception, alerts: run.closes, partSize: request.partSize },
    change,
  );
  if (taken.value !== undefined) {
    const note = `Saved as the exception "${exception.name}".`;
    await transaction.proposals.put(decided(taken.value, "taken", { actor, at: now, note }));
  }
  await transaction.audit.append({
    at: now,
    actor,
    action: before.value === undefined ? "exception.save" : "exception.edit",
    subject: { kind: "exception", id: exception.id },
    before: before.value && { exception: before.value },
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
async function closingsSince(
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

const stale: RequestProblem = {
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
  detail: { readonly result: Pick<DryRun, "token" | "breadth"> },
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
