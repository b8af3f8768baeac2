import type { AlertStatus, CloseReason, TransitionRequest } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

/**
 * The states of an alert and the ways between them: open → acknowledged → escalated → closed, back to open by reopening.
 * Any step may be left out on the way down; there is no way back from escalated except through closing or reopening.
 */
const ways: Readonly<Record<AlertStatus, readonly AlertStatus[]>> = {
  open: ["acknowledged", "escalated", "closed"],
  acknowledged: ["open", "escalated", "closed"],
  escalated: ["open", "closed"],
  closed: ["open"],
};

const words: Readonly<Record<AlertStatus, string>> = {
  open: "open",
  acknowledged: "acknowledged",
  escalated: "escalated",
  closed: "closed",
};

/** Reasons that say "nothing bad happened": closing with one of them must pass the playbook's closing policy. */
export function isBenignClosing(to: AlertStatus, reason: CloseReason | undefined): boolean {
  return to === "closed" && (reason === "benign" || reason === "false-positive");
}

/** Which states an alert may go to from here. */
export function nextStatuses(from: AlertStatus): readonly AlertStatus[] {
  return ways[from];
}

/** What a change of status needs beyond the way itself; the first thing that is missing is the problem. */
export function checkTransition(from: AlertStatus, request: TransitionRequest): Result<undefined, Problem> {
  const { to, reason, note } = request;
  if (from === to) {
    return fail({
      code: "workflow.same-status",
      message: `The alert is ${words[from]} already.`,
      remedy: "Somebody may have been faster: reload to see who.",
    });
  }
  if (!ways[from].includes(to)) {
    return fail({
      code: "workflow.no-way",
      message: `An alert that is ${words[from]} cannot become ${words[to]}.`,
      remedy: `From here it can become: ${ways[from].join(", ")}.`,
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
  if (to === "escalated" && note.trim() === "") {
    return fail({
      code: "workflow.note-missing",
      message: "Escalating needs a note for the people who take over.",
      at: { field: "note" },
    });
  }
  return ok(undefined);
}
