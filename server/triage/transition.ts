import type { Actor } from "#contracts/actor";
import type { TransitionRequest } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import type { Answer, Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { changeStatus, transitionAction } from "../alert/change-status.ts";
import type { AlertRecord } from "../alert/record.ts";
import { checkTransition } from "../alert/workflow.ts";
import { fail, type Result } from "../lib/result.ts";
import { mayClose } from "../playbooks/closing.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";

/** Derives the verdict of an alert's playbook from its answers; an alert without a playbook has one too. */
export type VerdictReader = (alert: AlertRecord, answers: readonly Answer[]) => Verdict;

/**
 * Changes the status of an alert on an analyst's request, in one transaction. Closing must also pass the playbook's
 * closing policy, under the verdict of that moment. Problems: `alert.not-found`, `request.conflict`, those of the
 * workflow, those of the closing policy.
 */
export async function transitionAlert(
  store: Store,
  verdictOf: VerdictReader,
  change: {
    readonly alertId: string;
    readonly request: TransitionRequest;
    readonly actor: Actor;
    readonly at: number;
    readonly expected?: Expected;
  },
): Promise<Result<AlertRecord, RequestProblem>> {
  const { alertId, request, actor, at, expected } = change;
  const { to, reason, note, override } = request;
  return store.write<Result<AlertRecord, RequestProblem>>(async (transaction) => {
    const alert = await transaction.alerts.get(alertId);
    if (alert === undefined) {
      return fail({ code: "alert.not-found", message: "There is no such alert." });
    }
    const subject = { kind: "alert", ids: [alert.id] };
    const conflict = await conflictWith(transaction.audit, subject, expected, concernsStatus);
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const base = { by: { kind: "analyst", ...actor }, at, to, reason, note } as const;
    if (to !== "closed" || reason === undefined) {
      return changeStatus(transaction, alert, base);
    }
    // The workflow first: for an alert that cannot be closed at all, the closing policy does not matter.
    const allowed = checkTransition(alert.status, request);
    if (!allowed.ok) {
      return allowed;
    }
    const verdict = verdictOf(alert, await transaction.triage.answers(alert.id));
    const closing = mayClose(verdict, { reason, note, override });
    if (!closing.ok) {
      return closing;
    }
    return changeStatus(transaction, alert, {
      ...base,
      verdict: verdict.outcome,
      override: closing.value.overridden ? override : undefined,
    });
  });
}

/** The answers, too: they made the verdict under which somebody closes or escalates. */
const concernsStatus = ({ action }: AuditRecord) => action === transitionAction || action === "playbook.answer";
