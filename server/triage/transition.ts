import type { TransitionRequest } from "#contracts/alert";
import type { Answer, Verdict } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import { checkTransition } from "../alert/workflow.ts";
import { fail, type Result } from "../lib/result.ts";
import { mayClose } from "../playbooks/closing.ts";
import type { Store } from "../store/port.ts";

/** Derives the verdict of an alert's playbook from its answers; an alert without a playbook has one too. */
export type VerdictReader = (alert: AlertRecord, answers: readonly Answer[]) => Verdict;

/**
 * Changes the status of an alert: check, change, history and audit record are one transaction. Closing asks the closing
 * policy under the verdict as it stands at that moment. Problems: `alert.unknown`, those of the workflow table, those of
 * the closing policy.
 */
export async function changeStatus(
  store: Store,
  verdictOf: VerdictReader,
  change: {
    readonly alertId: string;
    readonly request: TransitionRequest;
    readonly actor: string;
    readonly at: number;
  },
): Promise<Result<AlertRecord, Problem>> {
  const { alertId, request, actor, at } = change;
  return store.write<Result<AlertRecord, Problem>>(async (transaction) => {
    const alert = await transaction.alerts.get(alertId);
    if (alert === undefined) {
      return fail({ code: "alert.unknown", message: "There is no such alert." });
    }
    const allowed = checkTransition(alert.status, request);
    if (!allowed.ok) {
      return allowed;
    }
    let verdict: Verdict | undefined;
    let overridden = false;
    if (request.to === "closed" && request.reason !== undefined) {
      verdict = verdictOf(alert, await transaction.triage.answers(alert.id));
      const closing = mayClose(verdict, { reason: request.reason, note: request.note, override: request.override });
      if (!closing.ok) {
        return closing;
      }
      overridden = closing.value.overridden;
    }
    const note = request.note.trim() === "" ? undefined : request.note;
    const changed: AlertRecord = { ...alert, status: request.to, closeReason: request.reason };
    await transaction.alerts.put(changed);
    await transaction.triage.addTransition({
      alertId: alert.id,
      at,
      actor,
      from: alert.status,
      to: request.to,
      reason: request.reason,
      note: overridden ? [note, `Against the verdict: ${request.override}`].filter(Boolean).join("\n") : note,
    });
    await transaction.audit.append({
      at,
      actor,
      action: "alert.transition",
      subject: { kind: "alert", id: alert.id },
      before: { status: alert.status, closeReason: alert.closeReason },
      after: {
        status: request.to,
        closeReason: request.reason,
        note,
        ...(verdict === undefined ? {} : { verdict: verdict.outcome }),
        ...(overridden ? { override: request.override } : {}),
      },
    });
    return { ok: true, value: changed };
  });
}
