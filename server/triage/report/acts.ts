import { z } from "zod";
import { type AlertStatus, alertStatus, type CloseReason, closeReason } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import { type VerdictOutcome, verdictOutcome } from "#contracts/playbook";
import { isAutomatic, transitionAction } from "../../alert/change-status.ts";

/** What a report reads of an audit record. Times are in epoch milliseconds. */
export type Act = {
  readonly sequence: number;
  readonly at: number;
  /** Who did it; undefined: a rule or an exception, without a person. */
  readonly person?: string;
} & (
  | {
      readonly kind: "status";
      readonly alertId: string;
      readonly from: AlertStatus;
      readonly to: AlertStatus;
      readonly reason?: CloseReason;
      readonly verdict?: VerdictOutcome;
      readonly againstVerdict: boolean;
    }
  | { readonly kind: "answer"; readonly alertId: string }
  /** Work on an incident as a whole, by the id of its record. */
  | { readonly kind: "incident"; readonly recordId: string }
  | { readonly kind: "exception" }
);

export type StatusAct = Extract<Act, { kind: "status" }>;

const exceptionActions: ReadonlySet<string> = new Set([
  "exception.save",
  "exception.edit",
  "exception.approve",
  "exception.disable",
]);

/** Work on an incident that is not counted with its alerts. */
const incidentActions: ReadonlySet<string> = new Set([
  "incident.assigned",
  "incident.tagged",
  "incident.comment",
  "incident.split",
  "incident.merged",
  "incident.unmerged",
]);

const status = z.object({ status: alertStatus });
const changed = z.object({
  status: alertStatus,
  closeReason: closeReason.optional(),
  /** The name of the reason in records of older versions. */
  reason: closeReason.optional(),
  verdict: verdictOutcome.optional(),
  override: z.string().optional(),
  overridden: z.boolean().optional(),
});

/** Undefined: the record is about something that a report does not count. */
export function actOf(record: AuditRecord): Act | undefined {
  const { sequence, action, subject } = record;
  const common = { sequence, at: Date.parse(record.at), person: personOf(record) };
  if (action === transitionAction) {
    const [before, after] = [status.safeParse(record.before), changed.safeParse(record.after)];
    return before.success && after.success
      ? {
          ...common,
          kind: "status",
          alertId: subject.id,
          from: before.data.status,
          to: after.data.status,
          reason: after.data.closeReason ?? after.data.reason,
          verdict: after.data.verdict,
          againstVerdict: after.data.overridden === true || after.data.override !== undefined,
        }
      : undefined;
  }
  if (action === "playbook.answer") {
    return { ...common, kind: "answer", alertId: subject.id };
  }
  if (incidentActions.has(action)) {
    return { ...common, kind: "incident", recordId: subject.id };
  }
  return exceptionActions.has(action) ? { ...common, kind: "exception" } : undefined;
}

/**
 * A service token is no person. Records of older versions have no origin: only names that Stemma itself acts under are
 * no person's then.
 */
function personOf({ actor, origin }: AuditRecord): string | undefined {
  return origin?.method === "token" || (origin === undefined && isAutomatic(actor)) ? undefined : actor;
}
