import type { AnswerValue } from "#contracts/playbook";
import type { StepStatistics } from "#contracts/playbook-statistics";

export interface ComparedAnswer {
  /** Answers for equal ones are compared. */
  readonly shape: string;
  readonly value: AnswerValue;
  readonly person: string;
  readonly at: number;
}

/**
 * How often analysts said the same at one step. Each answer is compared with the latest earlier one by another person
 * for an alert that is exactly the same. What a person answered for many such alerts at once is one answer.
 */
export function agreementOf(answers: readonly ComparedAnswer[]): StepStatistics["agreement"] {
  const once = new Map(
    answers.map((one) => [JSON.stringify([one.shape, one.person, one.at, one.value]), one] as const),
  );
  let [pairs, agreed] = [0, 0];
  for (const same of Map.groupBy(once.values(), ({ shape }) => shape).values()) {
    for (const [earlier, later] of pairsOf(same)) {
      pairs += 1;
      agreed += earlier.value === later.value ? 1 : 0;
    }
  }
  return { pairs, agreed };
}

type Pair = readonly [earlier: ComparedAnswer, later: ComparedAnswer];

function pairsOf(answers: readonly ComparedAnswer[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let latest: ComparedAnswer | undefined;
  /** The latest one by somebody else than who gave `latest`. */
  let other: ComparedAnswer | undefined;
  const moments = [...Map.groupBy(answers, ({ at }) => at)].sort(([a], [b]) => a - b);
  for (const [, together] of moments) {
    for (const later of together) {
      const earlier = latest?.person === later.person ? other : latest;
      if (earlier !== undefined) {
        pairs.push([earlier, later]);
      }
    }
    for (const one of together.toSorted(byPerson)) {
      if (latest !== undefined && latest.person !== one.person) {
        other = latest;
      }
      latest = one;
    }
  }
  return pairs;
}

const byPerson = (a: ComparedAnswer, b: ComparedAnswer) =>
  a.person === b.person ? (a.value < b.value ? -1 : 1) : a.person < b.person ? -1 : 1;
