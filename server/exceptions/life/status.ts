import type { Actor } from "#contracts/actor";
import type { ExceptionRecord } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store } from "../../store/port.ts";

interface Request {
  readonly reason: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expected?: Expected;
}

/**
 * Disables an exception; the alerts that it closed stay closed. What it hid can be given back, see `giveBack`.
 * Problems: `exception.not-found`, `request.conflict`, `exception.already-disabled`.
 */
export function disableException(
  store: Store,
  id: string,
  request: Request,
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return change(store, id, { ...request, action: "exception.disable" }, (before, now) =>
    before.disabledAt === undefined
      ? ok({ ...before, disabledAt: now })
      : fail({
          code: "exception.already-disabled",
          message: `The exception has been disabled since ${before.disabledAt}.`,
        }),
  );
}

/**
 * Puts a disabled exception in force again, as it was. Open alerts stay open.
 * Problems: `exception.not-found`, `request.conflict`, `exception.not-disabled`, `exception.expired`.
 */
export function enableException(
  store: Store,
  id: string,
  request: Request,
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return change(store, id, { ...request, action: "exception.enable" }, ({ disabledAt, ...before }, now) => {
    if (disabledAt === undefined) {
      return fail({ code: "exception.not-disabled", message: "The exception is not disabled." });
    }
    return before.expires !== undefined && before.expires <= now
      ? fail({
          code: "exception.expired",
          message: `The exception expired at ${before.expires}, so enabling it has no effect.`,
          remedy: "Edit it and set a later expiry date.",
        })
      : ok(before);
  });
}

/**
 * Takes an exception out of the list and out of force. Its record, its history and its hits stay, so that what it hid
 * can still be given back. Problems: `exception.not-found`, `request.conflict`.
 */
export function deleteException(
  store: Store,
  id: string,
  request: Request,
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return change(store, id, { ...request, action: "exception.delete" }, (before, now) =>
    ok({ ...before, disabledAt: before.disabledAt ?? now, deletedAt: now }),
  );
}

/** One change of an exception that is not deleted, with its audit record. */
function change(
  store: Store,
  id: string,
  { reason, actor, at, expected, action }: Request & { readonly action: string },
  decide: (before: ExceptionRecord, now: string) => Result<ExceptionRecord, RequestProblem>,
): Promise<Result<ExceptionRecord, RequestProblem>> {
  return store.write<Result<ExceptionRecord, RequestProblem>>(async (transaction) => {
    const before = await transaction.exceptions.get(id);
    if (before === undefined) {
      return fail({ code: "exception.not-found", message: "Exception not found." });
    }
    const subject = { kind: "exception", ids: [id] };
    const conflict = await conflictWith(transaction.audit, subject, expected, () => true);
    if (conflict !== undefined) {
      return fail(conflict);
    }
    if (before.deletedAt !== undefined) {
      return fail({ code: "exception.not-found", message: `The exception was deleted at ${before.deletedAt}.` });
    }
    const after = decide(before, new Date(at).toISOString());
    if (!after.ok) {
      return after;
    }
    await transaction.exceptions.put(after.value);
    await transaction.audit.append({
      at,
      actor,
      action,
      subject: { kind: "exception", id },
      before: { disabledAt: before.disabledAt },
      after: { disabledAt: after.value.disabledAt, deletedAt: after.value.deletedAt, reason },
    });
    return after;
  });
}
