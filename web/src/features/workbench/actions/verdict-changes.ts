import type { AnswerValue, Verdict, VerdictOutcome } from "#contracts/playbook";

/** Answers of one step that lead to the same outcome. */
export interface VerdictChange {
  readonly stepId: string;
  readonly outcome: VerdictOutcome;
  readonly answers: readonly AnswerValue[];
}

/** The single answers that would change the verdict, grouped by step and outcome. */
export function verdictChanges(flips: Verdict["flips"]): readonly VerdictChange[] {
  const groups = Map.groupBy(flips, (flip) => `${flip.stepId}\n${flip.outcome}`);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined
      ? []
      : [{ stepId: first.stepId, outcome: first.outcome, answers: members.map((flip) => flip.to) }];
  });
}
