import type { IncidentTransitionRequest } from "#contracts/incident";
import type { Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { pauses } from "../../lib/pause.ts";
import { ok, type Result } from "../../lib/result.ts";
import { mayClose } from "../../playbooks/closing.ts";
import {
  type AnswersByAlert,
  type AskedAlert,
  alertVerdicts,
  countingAnswers,
  incidentVerdictOf,
} from "../../playbooks/questions.ts";
import type { Store } from "../../store/port.ts";

type Closing = Pick<IncidentTransitionRequest, "to" | "reason" | "note" | "override">;

/** What alerts are closed under. Empty for other changes of status. */
export interface ClosedUnder {
  readonly verdict?: Verdict["outcome"];
  readonly override?: string;
}

/** The verdict under which alerts are closed, and the reason for closing them against it. */
export async function closingOf(
  { triage }: Pick<Store, "triage">,
  all: readonly AskedAlert[],
  toClose: readonly AskedAlert[],
  request: Closing,
): Promise<Result<ClosedUnder, RequestProblem>> {
  if (request.to !== "closed" || request.reason === undefined) {
    return ok({});
  }
  const given = await triage.answersOn(all.map(({ alert }) => alert.id));
  return closingUnder(await alertVerdictsInSlices(toClose, countingAnswers(all, given)), request);
}

/** Whether alerts with these verdicts may be closed together, and under what. */
export function closingUnder(
  verdicts: readonly (Verdict | undefined)[],
  { reason, note, override }: Closing,
): Result<ClosedUnder, RequestProblem> {
  if (reason === undefined) {
    return ok({});
  }
  const { outcome, text } = incidentVerdictOf(verdicts, []);
  // One alert is closed under its own verdict, which says more.
  const own = verdicts.length === 1 ? verdicts[0] : undefined;
  const rule = own?.rule ?? { text: verdicts.length === 1 ? "No playbook is loaded for this rule." : text };
  const closing = mayClose({ outcome, rule }, { reason, note, override });
  return closing.ok ? ok({ verdict: outcome, override: closing.value.overridden ? override : undefined }) : closing;
}

/** As `alertVerdicts`, of which thousands take longer than other requests should wait. */
async function alertVerdictsInSlices(
  all: readonly AskedAlert[],
  counting: AnswersByAlert,
): Promise<readonly (Verdict | undefined)[]> {
  const verdicts: (Verdict | undefined)[] = [];
  const pause = pauses();
  for (const one of all) {
    verdicts.push(...alertVerdicts([one], counting));
    await pause();
  }
  return verdicts;
}
