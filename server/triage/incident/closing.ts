import type { IncidentTransitionRequest } from "#contracts/incident";
import type { Verdict } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { pauses } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { checkSecondAnalyst, mayClose } from "../../playbooks/closing.ts";
import { alertVerdicts, incidentVerdictOf } from "../../playbooks/incident-verdict.ts";
import { type AnswersByAlert, type AskedAlert, countingAnswers } from "../../playbooks/questions.ts";
import type { Store } from "../../store/port.ts";

type Closing = Pick<IncidentTransitionRequest, "to" | "reason" | "note" | "override" | "duplicateOf"> & {
  /** Who closes. */
  readonly by: string;
};

/** What alerts are closed under. Empty for other changes of status. */
export interface ClosedUnder {
  readonly verdict?: Verdict["outcome"];
  readonly override?: string;
  readonly duplicateOf?: string;
}

/** What decides about closing an alert. */
export interface Judged {
  /** Undefined: no playbook is loaded. */
  readonly verdict?: Verdict;
  /** Who answered about it, if its playbook asks for another analyst to close it. */
  readonly answeredBy?: readonly string[];
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
  return closingUnder(await judgedInSlices(toClose, countingAnswers(all, given)), request);
}

/** Whether alerts with these verdicts may be closed together, and under what. */
export function closingUnder(
  judged: readonly Judged[],
  { reason, note, override, duplicateOf, by }: Closing,
): Result<ClosedUnder, RequestProblem> {
  if (reason === undefined) {
    return ok({});
  }
  const verdicts = judged.map(({ verdict }) => verdict);
  const { outcome, text } = incidentVerdictOf(verdicts, []);
  // One alert is closed under its own verdict, which says more.
  const own = verdicts.length === 1 ? verdicts[0] : undefined;
  const rule = own?.rule ?? { text: verdicts.length === 1 ? "No playbook is loaded for this rule." : text };
  const closing = mayClose({ outcome, rule }, { reason, note, override, duplicateOf });
  if (!closing.ok) {
    return closing;
  }
  for (const { answeredBy } of judged) {
    const refused = answeredBy && checkSecondAnalyst(reason, { name: by, answeredBy });
    if (refused !== undefined) {
      return fail(refused);
    }
  }
  return ok({
    verdict: outcome,
    override: closing.value.overridden ? override : undefined,
    duplicateOf: reason === "duplicate" ? duplicateOf : undefined,
  });
}

/** Verdicts of thousands of alerts take longer than other requests should wait. */
async function judgedInSlices(all: readonly AskedAlert[], counting: AnswersByAlert): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  const pause = pauses();
  for (const one of all) {
    const answers = counting.get(one.alert.id) ?? [];
    judged.push({
      verdict: alertVerdicts([one], counting)[0],
      answeredBy:
        one.playbook?.decision.secondAnalyst === true ? [...new Set(answers.map(({ actor }) => actor))] : undefined,
    });
    await pause();
  }
  return judged;
}
