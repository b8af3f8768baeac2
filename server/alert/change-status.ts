import type { Actor } from "#contracts/actor";
import type { AlertStatus, CloseReason } from "#contracts/alert";
import type { ExceptionRecord } from "#contracts/exception";
import type { Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { ok, type Result } from "../lib/result.ts";
import type { AlertRecord, TransitionRecord } from "./record.ts";
import { checkTransition } from "./workflow.ts";

type ExceptionName = Pick<ExceptionRecord, "id" | "name">;

export type StatusActor =
  | ({ readonly kind: "analyst" } & Actor)
  /** An analyst who undoes a batch: restores what was. */
  | ({ readonly kind: "undo" } & Actor)
  | { readonly kind: "detection" }
  | { readonly kind: "exception"; readonly exception: ExceptionName }
  | ({ readonly kind: "exception-author"; readonly exception: ExceptionName } & Actor);

export interface StatusChange {
  readonly by: StatusActor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly to: AlertStatus;
  readonly reason?: CloseReason;
  readonly note?: string;
  /** The verdict under which an analyst closes the alert. */
  readonly verdict?: Verdict["outcome"];
  /** Why the alert is closed against the verdict. */
  readonly override?: string;
  /** The alert that it is closed as a duplicate of. */
  readonly duplicateOf?: string;
  /** It was closed against the verdict before, and is closed again by an undo. */
  readonly overriddenBefore?: true;
  /** Id of the batch that it is part of. */
  readonly batch?: string;
}

/** What of an alert its status is. */
export type WithStatus = Pick<AlertRecord, "id" | "status" | "closeReason">;

/** The action of its audit records. */
export const transitionAction = "alert.transition";

/** What a change of status writes; the transaction of a store has these. */
export interface StatusTables<Alert extends WithStatus = AlertRecord> {
  readonly alerts: { put(alert: Alert): Promise<void> };
  readonly triage: { addTransition(transition: TransitionRecord): Promise<void> };
  readonly audit: {
    append(entry: {
      readonly at: number;
      readonly actor: Actor;
      readonly action: string;
      readonly subject: { readonly kind: string; readonly id: string };
      readonly before: AuditedStatus;
      readonly after: AuditedStatus;
    }): Promise<unknown>;
  };
}

/**
 * What the audit trail keeps of a status. Records written before this shape was introduced may have `reason` in place
 * of `closeReason`, and name neither note nor exception.
 */
export interface AuditedStatus {
  readonly status: AlertStatus;
  readonly closeReason?: CloseReason;
  readonly note?: string;
  /** Id of the exception that closed the alert. */
  readonly exception?: string;
  readonly verdict?: Verdict["outcome"];
  readonly override?: string;
  readonly overridden?: true;
  readonly duplicateOf?: string;
  readonly batch?: string;
}

/**
 * The only way to change the status of an alert: checks the workflow, then writes the alert, its history and the audit
 * record, all in the caller's transaction. `alert` is written as given apart from its status, so other changes to it
 * can be part of the same write. Problems: those of the workflow; nothing is written then.
 */
export async function changeStatus<Alert extends WithStatus>(
  tables: StatusTables<Alert>,
  alert: Alert,
  change: StatusChange,
): Promise<Result<Alert, RequestProblem>> {
  const { by, at, to, reason, verdict, override, duplicateOf, batch } = change;
  const overridden = override === undefined ? change.overriddenBefore : true;
  const note = change.note?.trim() === "" ? undefined : change.note;
  const allowed = checkTransition(alert.status, { to, reason, note: note ?? "" }, by.kind);
  if (!allowed.ok) {
    return allowed;
  }
  const actor = actorOf(by);
  const changed: Alert = { ...alert, status: to, closeReason: reason };
  await tables.alerts.put(changed);
  await tables.triage.addTransition({
    alertId: alert.id,
    at,
    actor: actor.name,
    from: alert.status,
    to,
    reason,
    note: override === undefined ? note : [note, `Against the verdict: ${override}`].filter(Boolean).join("\n"),
    batch,
    overridden,
    duplicateOf,
  });
  await tables.audit.append({
    at,
    actor,
    action: transitionAction,
    subject: { kind: "alert", id: alert.id },
    before: { status: alert.status, closeReason: alert.closeReason },
    after: {
      ...{ status: to, closeReason: reason, note, exception: exceptionOf(by)?.id },
      ...{ verdict, override, overridden, duplicateOf, batch },
    },
  });
  return ok(changed);
}

/** The actor of the history and the audit trail. */
export function actorOf(actor: StatusActor): Actor {
  switch (actor.kind) {
    case "analyst":
    case "undo":
    case "exception-author":
      return { name: actor.name, origin: actor.origin };
    case "detection":
      return { name: "detection" };
    case "exception":
      return { name: `exception:${actor.exception.name}` };
  }
}

/** Whether Stemma itself acts under this name, and no person. */
export function isAutomatic(name: string): boolean {
  return name === "detection" || name === "stemma" || name.startsWith("exception:");
}

function exceptionOf(actor: StatusActor): ExceptionName | undefined {
  return actor.kind === "exception" || actor.kind === "exception-author" ? actor.exception : undefined;
}
