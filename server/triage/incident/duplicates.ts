import type { RequestProblem } from "#contracts/problem";
import type { TransitionRecord } from "../../alert/record.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { StoreTransaction } from "../../store/port.ts";

/** An alert that others repeat, and those that it repeats itself: none of them can be closed as its duplicate. */
export interface Original {
  /** Its current id. */
  readonly id: string;
  readonly chain: ReadonlySet<string>;
}

/**
 * The alert that others are to be closed as duplicates of. Problem: `workflow.duplicate-invalid` if there is none with
 * this id.
 */
export async function originalOf(
  { alerts, triage }: Pick<StoreTransaction, "alerts" | "triage">,
  wanted: string,
): Promise<Result<Original, RequestProblem>> {
  const original = await alerts.get(wanted);
  if (original === undefined) {
    return fail({
      code: "workflow.duplicate-invalid",
      message: `There is no alert "${wanted.slice(0, 100)}" that this could be a duplicate of.`,
      at: { field: "duplicateOf" },
    });
  }
  const chain = new Set<string>();
  for (let alert: typeof original | undefined = original; alert !== undefined && !chain.has(alert.id); ) {
    chain.add(alert.id);
    const isDuplicate: boolean = alert.status === "closed" && alert.closeReason === "duplicate";
    const next: string | undefined = isDuplicate ? duplicateOf(await triage.transitions([alert.id])) : undefined;
    alert = next === undefined ? undefined : await alerts.get(next);
  }
  return ok({ id: original.id, chain });
}

/** What an alert was last closed as a duplicate of. */
function duplicateOf(transitions: readonly TransitionRecord[]): string | undefined {
  return transitions.findLast((one) => one.duplicateOf !== undefined)?.duplicateOf;
}

/** Why an alert cannot be closed as a duplicate of the original: it is that alert, or one that it repeats. */
export function duplicateProblem({ id, chain }: Original, alertId: string): RequestProblem | undefined {
  if (!chain.has(alertId)) {
    return undefined;
  }
  return {
    code: "workflow.duplicate-invalid",
    message:
      alertId === id
        ? "An alert cannot be a duplicate of itself or of an alert that is closed with it."
        : "The named alert was closed as a duplicate of this one.",
    at: { field: "duplicateOf" },
    remedy: "Name another alert, or close only the others.",
  };
}
