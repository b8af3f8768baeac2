import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { Problem } from "#contracts/problem";
import { changeStatus } from "../alert/change-status.ts";
import { nextStatuses } from "../alert/workflow.ts";
import type { Rule } from "../detection/rule.ts";
import { isProcessStart } from "../exception/hides.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type DryRunDetail, dryRunDetail } from "./dry-run.ts";

export interface SaveRequest {
  readonly draft: ExceptionDraft;
  /** The token of the dry run that the analyst has seen. */
  readonly token: string;
  readonly actor: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
}

/**
 * Saves an exception whose dry run was seen and, when it is enforced, closes the alerts that the dry run named: all in one
 * transaction with its audit records. Problems: `dry-run-stale`, `breadth-refused`, `breadth-reason-missing`, `unknown-rule`,
 * `expired`.
 */
export async function saveException(
  store: Store,
  rules: readonly Rule[],
  request: SaveRequest,
): Promise<Result<{ readonly exception: ExceptionRecord; readonly closed: number }, Problem>> {
  const { draft, actor } = request;
  const now = request.clock();
  const detail = await dryRunDetail(store, rules, draft, request.clock);
  const refusal = refuse(draft, rules, detail, request.token, now);
  if (refusal !== undefined) {
    return fail(refusal);
  }
  const exception: ExceptionRecord = {
    ...draft,
    id: request.newId(),
    createdAt: new Date(now).toISOString(),
    createdBy: actor,
    hits: 0,
    breadth: detail.result.breadth,
  };
  const closed = await store.write(async (transaction) => {
    await transaction.exceptions.put(exception);
    const ids: string[] = [];
    for (const { alert, events } of detail.closes) {
      const current = await transaction.alerts.get(alert.id);
      if (current === undefined || !nextStatuses(current.status, "exception-author").includes("closed")) {
        continue;
      }
      for (const event of events) {
        await transaction.exceptions.addHit(exception.id, {
          ruleId: current.rule.id,
          subject: (isProcessStart(event.fields) ? current.processKey : undefined) ?? event.id,
          eventId: event.id,
          time: event.time,
        });
      }
      if (draft.mode === "enforced") {
        await changeStatus(transaction, current, {
          by: { kind: "exception-author", name: actor, exception },
          at: now,
          to: "closed",
          reason: "exception",
          note: `Closed by the exception "${exception.name}".`,
        });
        ids.push(current.id);
      }
    }
    await transaction.audit.append({
      at: now,
      actor,
      action: "exception.save",
      subject: { kind: "exception", id: exception.id },
      after: { exception, dryRun: { token: request.token, totals: detail.result.totals }, closed: ids },
    });
    return ids.length;
  });
  return ok({ exception, closed });
}

/** Stops an exception; what it closed stays closed. Problems: `unknown-exception`, `already-disabled`. */
export async function disableException(
  store: Store,
  id: string,
  request: { readonly reason: string; readonly actor: string; readonly at: number },
): Promise<Result<ExceptionRecord, Problem>> {
  return store.write<Result<ExceptionRecord, Problem>>(async (transaction) => {
    const before = await transaction.exceptions.get(id);
    if (before === undefined) {
      return fail({ code: "unknown-exception", message: "There is no such exception." });
    }
    if (before.disabledAt !== undefined) {
      return fail({ code: "already-disabled", message: `The exception was stopped at ${before.disabledAt} already.` });
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

function refuse(
  draft: ExceptionDraft,
  rules: readonly Rule[],
  detail: DryRunDetail,
  token: string,
  now: number,
): Problem | undefined {
  const unknown = draft.ruleIds.filter((id) => !rules.some((rule) => rule.id === id));
  if (unknown.length > 0) {
    return {
      code: "unknown-rule",
      message: `No rule ${unknown.join(", ")} is loaded.`,
      at: { field: "draft.ruleIds" },
    };
  }
  if (draft.expires !== undefined && Date.parse(draft.expires) <= now) {
    return { code: "expired", message: "The exception would expire before it begins.", at: { field: "draft.expires" } };
  }
  if (token !== detail.result.token) {
    return {
      code: "dry-run-stale",
      message:
        "The dry run that was seen is not of this draft, or the alerts that it would hide or the rules changed since.",
      at: { field: "dryRunToken" },
      remedy: "Run it again and look at what it would hide now.",
    };
  }
  const { breadth } = detail.result;
  if (breadth.level === "refused") {
    const why = breadth.reasons.filter((reason) => reason.weight === "refusal").map((reason) => reason.text);
    return {
      code: "breadth-refused",
      message: `The exception is too broad. ${why.join(" ")}`,
      at: { field: "draft.entries" },
      remedy: "Add what is particular to the confirmed activity: command line, parent path, user and host.",
    };
  }
  if (breadth.level === "broad" && (draft.breadthReason ?? "").trim() === "") {
    return {
      code: "breadth-reason-missing",
      message: `The exception is broad (${breadth.score} of 100). Say why it must be.`,
      at: { field: "draft.breadthReason" },
      remedy: "Give a reason, or narrow it to a user and a host.",
    };
  }
  return undefined;
}
