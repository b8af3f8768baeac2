import type { CloseReason } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { reasonLack } from "#contracts/reason";
import { assertNever, fail, ok, type Result } from "../lib/result.ts";

export interface ClosingRequest {
  readonly reason: CloseReason;
  readonly note: string;
  /** The analyst's reason for closing against the verdict. */
  readonly override?: string;
  /** The alert that is repeated. */
  readonly duplicateOf?: string;
}

/**
 * Whether an alert may be closed for this reason under this verdict; if not, the problem states why and what is needed.
 * An override is the analyst's decision against the verdict: it needs a reason, which is kept in the audit trail. See
 * docs/decisions/0008 and 0075.
 */
export function mayClose(
  verdict: Pick<Verdict, "outcome"> & { readonly rule: { readonly text: string } },
  request: ClosingRequest,
): Result<{ readonly overridden: boolean }, RequestProblem> {
  const { reason, note, duplicateOf } = request;
  switch (reason) {
    case "benign":
    case "false-positive":
      return verdict.outcome === "benign"
        ? ok({ overridden: false })
        : againstVerdict(request, {
            code: "workflow.verdict-not-benign",
            message: `The verdict is ${verdict.outcome}: ${verdict.rule.text} Closing as ${reason === "benign" ? "benign" : "a false positive"} needs a benign verdict.`,
            remedy: "Answer the open questions, escalate, or give a reason for closing against the verdict.",
          });
    case "true-positive":
      return verdict.outcome === "malicious"
        ? ok({ overridden: false })
        : againstVerdict(request, {
            code: "workflow.verdict-not-malicious",
            message: `The verdict is ${verdict.outcome}: ${verdict.rule.text} A true positive needs answers that confirm it.`,
            remedy: "Finish the playbook, or give a reason for closing it as a true positive.",
          });
    case "duplicate":
      if (duplicateOf === undefined) {
        return refuse(
          "workflow.duplicate-reference-missing",
          "A duplicate must name the alert that it repeats.",
          "Choose the other alert.",
          "duplicateOf",
        );
      }
      return withReason(note, "note", "why the other alert covers it");
    case "exception":
      return refuse(
        "workflow.reason-not-permitted",
        "Alerts are closed with this reason only by saving an exception.",
        "Create an exception from the alert; its dry run lists the alerts that it closes.",
      );
    default:
      return assertNever(reason);
  }
}

/** Somebody who closes alerts, and who answered about them. */
export interface Closer {
  readonly name: string;
  readonly answeredBy: readonly string[];
}

/**
 * Where a playbook asks for a second analyst, nobody closes as benign what they answered themselves, or what nobody
 * answered. An override is no way around it. Problem: `workflow.second-analyst`.
 */
export function checkSecondAnalyst(reason: CloseReason, { name, answeredBy }: Closer): RequestProblem | undefined {
  if ((reason !== "benign" && reason !== "false-positive") || (answeredBy.length > 0 && !answeredBy.includes(name))) {
    return undefined;
  }
  return {
    code: "workflow.second-analyst",
    message:
      answeredBy.length === 0
        ? "The playbook asks for two analysts: one who answers, and another one who closes. Nobody has answered."
        : "The playbook asks for two analysts: who answered cannot close as benign or as a false positive.",
    remedy:
      answeredBy.length === 0
        ? "Answer the questions, and ask somebody else to close."
        : "Ask somebody else to look at the answers and to close. An override does not replace this.",
  };
}

type Refusal = Pick<RequestProblem, "code" | "message" | "remedy">;

function againstVerdict({ override = "" }: ClosingRequest, refusal: Refusal): ReturnType<typeof mayClose> {
  return override.trim() === ""
    ? fail(refusal)
    : withReason(override, "override", "why you close against the verdict", true);
}

function withReason(
  text: string,
  field: keyof ClosingRequest,
  what: string,
  overridden = false,
): ReturnType<typeof mayClose> {
  const lack = reasonLack(text);
  return lack === undefined
    ? ok({ overridden })
    : refuse(
        "workflow.reason-needed",
        `The reason ${what} is missing: ${lack}.`,
        "Write it in at least three different words and fifteen letters.",
        field,
      );
}

function refuse(
  code: RequestProblemCode,
  message: string,
  remedy: string,
  field?: keyof ClosingRequest,
): Result<never, RequestProblem> {
  return fail({ code, message, remedy, ...(field === undefined ? {} : { at: { field } }) });
}
