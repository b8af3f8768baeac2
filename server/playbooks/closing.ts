import type { CloseReason } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { assertNever, fail, ok, type Result } from "../lib/result.ts";

export interface ClosingRequest {
  readonly reason: CloseReason;
  readonly note: string;
  /** The analyst's reason for closing against the verdict. */
  readonly override?: string;
}

/**
 * Whether an alert may be closed for this reason under this verdict; if not, the problem states why and what is needed.
 * An override is the analyst's decision against the verdict: it needs a reason, which is kept in the audit trail. See
 * docs/decisions/0008.
 */
export function mayClose(
  verdict: Pick<Verdict, "outcome"> & { readonly rule: { readonly text: string } },
  request: ClosingRequest,
): Result<{ readonly overridden: boolean }, RequestProblem> {
  const overridden = (request.override ?? "").trim() !== "";
  switch (request.reason) {
    case "benign":
    case "false-positive":
      if (verdict.outcome === "benign") {
        return ok({ overridden: false });
      }
      return overridden
        ? ok({ overridden })
        : refuse(
            "workflow.verdict-not-benign",
            `The verdict is ${verdict.outcome}: ${verdict.rule.text} Closing as ${request.reason === "benign" ? "benign" : "a false positive"} needs a benign verdict.`,
            "Answer the open questions, escalate, or give a reason for closing against the verdict.",
          );
    case "true-positive":
      if (verdict.outcome === "malicious") {
        return ok({ overridden: false });
      }
      return overridden
        ? ok({ overridden })
        : refuse(
            "workflow.verdict-not-malicious",
            `The verdict is ${verdict.outcome}: ${verdict.rule.text} A true positive needs answers that confirm it.`,
            "Finish the playbook, or give a reason for closing it as a true positive.",
          );
    case "duplicate":
      return request.note.trim() === ""
        ? refuse(
            "workflow.duplicate-reference-missing",
            "A duplicate must name the alert that it repeats.",
            "Name the other alert or its case in the note.",
          )
        : ok({ overridden: false });
    case "exception":
      return refuse(
        "workflow.reason-not-permitted",
        "Alerts are closed with this reason only by saving an exception.",
        "Create an exception from the alert; its dry run lists the alerts that it closes.",
      );
    default:
      return assertNever(request.reason);
  }
}

function refuse(code: RequestProblemCode, message: string, remedy: string): Result<never, RequestProblem> {
  return fail({ code, message, remedy });
}
