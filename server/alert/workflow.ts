import type { AlertStatus, CloseReason, TransitionRequest } from "#contracts/alert";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

/**
 * Who changes the status of an alert: an analyst, a rule that matches again or is refuted by late events, an exception
 * that matches a later record, an analyst by saving an exception, or an analyst who undoes a batch.
 */
export type StatusActorKind = "analyst" | "undo" | "detection" | "exception" | "exception-author";

interface Permissions {
  readonly transitions: Readonly<Record<AlertStatus, readonly AlertStatus[]>>;
  readonly closeReasons: readonly CloseReason[];
}

/**
 * The workflow: open → acknowledged → escalated → closed, where steps may be skipped, and back to open by reopening. An
 * escalated alert never goes back to acknowledged. Only analysts touch an alert that somebody is working on, with one
 * exception: saving an exception also closes acknowledged alerts, because its dry run listed them.
 */
const workflow: Readonly<Record<StatusActorKind, Permissions>> = {
  analyst: {
    transitions: {
      open: ["acknowledged", "escalated", "closed"],
      acknowledged: ["open", "escalated", "closed"],
      escalated: ["open", "closed"],
      closed: ["open"],
    },
    closeReasons: ["benign", "false-positive", "true-positive", "duplicate", "exception"],
  },
  // Back to whatever a batch came from.
  undo: {
    transitions: {
      open: ["acknowledged", "escalated", "closed"],
      acknowledged: ["open"],
      escalated: ["open", "acknowledged"],
      closed: ["open", "acknowledged", "escalated"],
    },
    closeReasons: ["benign", "false-positive", "true-positive", "duplicate", "exception"],
  },
  detection: {
    transitions: { open: ["closed"], acknowledged: [], escalated: [], closed: ["open"] },
    closeReasons: ["duplicate"],
  },
  exception: {
    transitions: { open: ["closed"], acknowledged: [], escalated: [], closed: [] },
    closeReasons: ["exception"],
  },
  "exception-author": {
    transitions: { open: ["closed"], acknowledged: ["closed"], escalated: [], closed: [] },
    closeReasons: ["exception"],
  },
};

/** Reasons that mean "nothing bad happened": closing with one of them must pass the playbook's closing policy. */
export function isBenignClosing(to: AlertStatus, reason: CloseReason | undefined): boolean {
  return to === "closed" && (reason === "benign" || reason === "false-positive");
}

/** The statuses that an alert may go to from here. */
export function nextStatuses(from: AlertStatus, actor: StatusActorKind = "analyst"): readonly AlertStatus[] {
  return workflow[actor].transitions[from];
}

/** Checks a change of status against the workflow; the first requirement that is not met is the problem. */
export function checkTransition(
  from: AlertStatus,
  { to, reason, note }: Pick<TransitionRequest, "to" | "reason" | "note">,
  actor: StatusActorKind = "analyst",
): Result<undefined, RequestProblem> {
  const next = nextStatuses(from, actor);
  if (from === to) {
    return fail({
      code: "workflow.same-status",
      message: `The alert is ${from} already.`,
      remedy: "Somebody may have been faster: reload to see who.",
    });
  }
  if (!next.includes(to)) {
    return fail({
      code: "workflow.invalid-transition",
      message: `An alert that is ${from} cannot become ${to}.`,
      remedy: next.length === 0 ? undefined : `From here it can become: ${next.join(", ")}.`,
    });
  }
  if (to === "closed" && reason === undefined) {
    return fail({
      code: "workflow.reason-missing",
      message: "Closing needs a reason.",
      at: { field: "reason" },
    });
  }
  if (to !== "closed" && reason !== undefined) {
    return fail({
      code: "workflow.reason-unexpected",
      message: "A closing reason belongs to closing only.",
      at: { field: "reason" },
    });
  }
  if (reason !== undefined && !workflow[actor].closeReasons.includes(reason)) {
    return fail({
      code: "workflow.reason-not-permitted",
      message: `This alert cannot be closed here with the reason ${reason}.`,
      at: { field: "reason" },
    });
  }
  if (to === "escalated" && note.trim() === "") {
    return fail({
      code: "workflow.note-missing",
      message: "Escalating needs a note for the people who take over.",
      at: { field: "note" },
    });
  }
  return ok(undefined);
}
