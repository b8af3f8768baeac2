import type { Batch, BatchAction } from "#contracts/batch";
import type { IncidentTransitionRequest } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import { checkTransition } from "../../alert/workflow.ts";
import { fail } from "../../lib/result.ts";
import { mayClose } from "../../playbooks/closing.ts";

export type StatusRequest = Pick<IncidentTransitionRequest, "to" | "reason" | "note" | "override" | "duplicateOf">;

/** The change of status that an action is; undefined if it is none. */
export function statusRequestOf(action: BatchAction | Batch["action"]): StatusRequest | undefined {
  switch (action.kind) {
    case "except":
      return exceptingRequest(action);
    case "acknowledge":
      return { to: "acknowledged", note: action.note };
    case "escalate":
      return { to: "escalated", note: action.note };
    case "reopen":
      return { to: "open", note: action.note };
    case "close": {
      const { reason, note, override, duplicateOf } = action;
      return { to: "closed", reason, note, override, duplicateOf };
    }
    default:
      return undefined;
  }
}

/** The change of status of alerts that an exception closes. */
export function exceptingRequest({ name }: { readonly name: string }): StatusRequest {
  return { to: "closed", reason: "exception", note: `Closed by the exception "${name}".` };
}

/** Why an action is refused whatever it covers. */
export function actionProblem(action: BatchAction): RequestProblem | undefined {
  const request = statusRequestOf(action);
  if (request === undefined) {
    return undefined;
  }
  const allowed = checkTransition(request.to === "open" ? "closed" : "open", request);
  const { reason, note, override = "", duplicateOf } = request;
  // Whether the verdict permits it is asked for each incident; these depend on the request alone.
  const isOwn = reason === "duplicate" || reason === "exception" || override.trim() !== "";
  const closing =
    reason !== undefined && isOwn
      ? mayClose({ outcome: "undetermined", rule: { text: "" } }, { reason, note, override, duplicateOf })
      : allowed;
  const refused = [allowed, closing].find((one) => !one.ok) ?? allowed;
  return refused.ok ? undefined : fail(refused.error).error;
}
