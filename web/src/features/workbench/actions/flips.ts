import type { AnswerValue, Verdict, VerdictOutcome } from "#contracts/playbook";

/** Answers of one step that lead to the same outcome. */
export interface FlipGroup {
  readonly stepId: string;
  readonly outcome: VerdictOutcome;
  readonly answers: readonly AnswerValue[];
}

/** What would flip the verdict, one line per step and outcome. */
export function groupFlips(flips: Verdict["flips"]): readonly FlipGroup[] {
  const groups = Map.groupBy(flips, (flip) => `${flip.stepId}\n${flip.outcome}`);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined
      ? []
      : [{ stepId: first.stepId, outcome: first.outcome, answers: members.map((flip) => flip.to) }];
  });
}
