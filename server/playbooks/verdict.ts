import type { Answer, AnswerValue, Verdict } from "#contracts/playbook";
import type { Step } from "./playbook.ts";

/** The counts of answers that the table depends on. */
interface Facts {
  readonly unanswered: number;
  readonly raises: number;
  readonly raisingAnchors: number;
  /** Answers that lower concern and contradict those that raise it. */
  readonly opposing: number;
  readonly unresolved: number;
  readonly everyAnchorLowers: boolean;
}

interface Row {
  readonly number: number;
  readonly text: string;
  readonly applies: (facts: Facts) => boolean;
  readonly outcome: Verdict["outcome"];
  readonly recommendation: Verdict["recommendation"];
}

/**
 * The decision table: exactly one row applies to any set of answers, in whatever order. It is monotone: a worse answer
 * never gives a better outcome. From the best answer to the worst: `lowers`, `not-applicable` or none, `unresolved`,
 * `raises`. See docs/decisions/0008.
 */
export const decisionTable: readonly Row[] = [
  {
    number: 1,
    text: "A required question has not been answered.",
    applies: (facts) => facts.unanswered > 0,
    outcome: "undetermined",
    recommendation: "continue",
  },
  {
    number: 2,
    text: "Answers conflict: some raise concern, others that could clear it lower it. Escalate and keep the evidence.",
    applies: (facts) => facts.unanswered === 0 && facts.raises > 0 && facts.opposing > 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 3,
    text: "Something raises concern, but not both a step required to close and another step, and something is unresolved.",
    applies: (facts) => uncontested(facts) && !confirmed(facts) && facts.unresolved > 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 4,
    text: "A step required to close and another step raise concern, and no step that could clear the alert lowers it.",
    applies: (facts) => uncontested(facts) && confirmed(facts),
    outcome: "malicious",
    recommendation: "escalate",
  },
  {
    number: 5,
    text: "Something raises concern, but not both a step required to close and another step.",
    applies: (facts) => uncontested(facts) && !confirmed(facts) && facts.unresolved === 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 6,
    text: "Nothing raises concern, but something is unresolved: missing evidence is not benign.",
    applies: (facts) => facts.unanswered === 0 && facts.raises === 0 && facts.unresolved > 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 7,
    text: "Nothing raises concern, but not every step required to close lowers it, so no known activity explains the alert.",
    applies: (facts) => withoutConcern(facts) && !facts.everyAnchorLowers,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 8,
    text: "Every step required to close lowers concern, nothing raises it and nothing is unresolved.",
    applies: (facts) => withoutConcern(facts) && facts.everyAnchorLowers,
    outcome: "benign",
    recommendation: "close",
  },
];

function uncontested(facts: Facts): boolean {
  return facts.unanswered === 0 && facts.raises > 0 && facts.opposing === 0;
}

/** What is unresolved besides does not count: a question without an answer takes nothing back. */
function confirmed(facts: Facts): boolean {
  return facts.raisingAnchors > 0 && facts.raises > 1;
}

function withoutConcern(facts: Facts): boolean {
  return facts.unanswered === 0 && facts.raises === 0 && facts.unresolved === 0;
}

type Answers = ReadonlyMap<string, AnswerValue>;

/** From the worst to the best. */
const values: readonly AnswerValue[] = ["raises", "unresolved", "not-applicable", "lowers"];

/** The verdict from the latest answer of each step; answers to steps that the playbook does not have are ignored. */
export function verdictOf(
  steps: readonly Step[],
  answers: readonly Pick<Answer, "stepId" | "value" | "note">[],
): Verdict {
  const given: Answers = new Map(answers.map((answer) => [answer.stepId, answer.value]));
  const row = rowFor(steps, given);
  const flips = steps.flatMap((step) =>
    values
      .filter((value) => value !== given.get(step.id))
      .map((to) => ({ stepId: step.id, to, outcome: rowFor(steps, new Map([...given, [step.id, to]])).outcome }))
      .filter((flip) => flip.outcome !== row.outcome),
  );
  return {
    outcome: row.outcome,
    recommendation: row.recommendation,
    answered: steps.filter((step) => given.has(step.id)).length,
    total: steps.length,
    rule: { number: row.number, text: row.text },
    reasons: reasonsFor(steps, answers),
    flips,
  };
}

function rowFor(steps: readonly Step[], given: Answers): Row {
  const facts = verdictFactsOf(steps, given);
  const row = decisionTable.find((candidate) => candidate.applies(facts));
  if (row === undefined) {
    throw new Error(`no row of the decision table applies to ${JSON.stringify(facts)}`);
  }
  return row;
}

/** Exported for the tests of the table. */
export function verdictFactsOf(steps: readonly Step[], given: Answers): Facts {
  const having = (value: AnswerValue): readonly Step[] => steps.filter((step) => given.get(step.id) === value);
  const anchors = steps.filter((step) => step.anchor);
  return {
    unanswered: steps.filter((step) => step.required && !given.has(step.id)).length,
    raises: having("raises").length,
    raisingAnchors: having("raises").filter((step) => step.anchor).length,
    opposing: having("lowers").filter((step) => step.clears).length,
    unresolved: having("unresolved").length,
    everyAnchorLowers: anchors.length > 0 && anchors.every((step) => given.get(step.id) === "lowers"),
  };
}

const answerWords: Readonly<Record<AnswerValue, string>> = {
  raises: "Raises concern",
  lowers: "Lowers concern",
  unresolved: "Unresolved",
  "not-applicable": "Not applicable",
};

/** Answers that raise concern first, then what is missing, then the rest, each in the order of the playbook. */
function reasonsFor(
  steps: readonly Step[],
  answers: readonly Pick<Answer, "stepId" | "value" | "note">[],
): Verdict["reasons"] {
  const rank: readonly (AnswerValue | undefined)[] = ["raises", "unresolved", undefined, "lowers", "not-applicable"];
  return steps
    .map((step) => {
      const answer = answers.findLast((candidate) => candidate.stepId === step.id);
      const head =
        answer === undefined ? (step.required ? "Not answered" : "Not answered, optional") : answerWords[answer.value];
      const note = answer === undefined || answer.note.trim() === "" ? "" : ` — ${answer.note.trim()}`;
      return { stepId: step.id, value: answer?.value, text: `${head}: ${step.question}${note}` };
    })
    .sort((left, right) => rank.indexOf(left.value) - rank.indexOf(right.value));
}
