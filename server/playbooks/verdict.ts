import type { Answer, AnswerValue, SuggestedAnswer, Verdict } from "#contracts/playbook";
import { conflictOf, lowersInConflict } from "./conflict.ts";
import type { DecisionPolicy, Playbook, Step } from "./playbook.ts";

/** The counts of answers that the table depends on. */
interface Facts {
  readonly unanswered: number;
  readonly raises: number;
  /** Of the steps that decide: the anchors, or the required steps of a guide that names none. */
  readonly raisingDeciders: number;
  /** Answers that lower concern and contradict those that raise it. */
  readonly opposing: number;
  readonly unresolved: number;
  /** Answers that lower concern against a suggestion, or without data. */
  readonly unsupported: number;
  readonly policy: DecisionPolicy["benign"];
  /** Whether the steps that the policy asks for lower concern. */
  readonly explained: boolean;
}

interface Row {
  readonly number: number;
  readonly text: string;
  readonly applies: (facts: Facts) => boolean;
  readonly outcome: Verdict["outcome"];
  readonly recommendation: Verdict["recommendation"];
}

/**
 * The decision table: exactly one row applies to any set of answers, in whatever order. It is monotone: a worse answer,
 * or a suggestion of more concern, never gives a better outcome. From the best answer to the worst: `lowers`,
 * `not-applicable` or none, `unresolved`, `raises`. See docs/decisions/0008 and 0075.
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
    text: "Something raises concern, but not both a required step and another step, and something is unresolved.",
    applies: (facts) => uncontested(facts) && !confirmed(facts) && facts.unresolved > 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 4,
    text: "A required step and another step raise concern, and no step that could clear the alert lowers it.",
    applies: (facts) => uncontested(facts) && confirmed(facts),
    outcome: "malicious",
    recommendation: "escalate",
  },
  {
    number: 5,
    text: "Something raises concern, but not both a required step and another step.",
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
    applies: (facts) => supported(facts) && facts.policy === "anchors" && !facts.explained,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 8,
    text: "Every step required to close lowers concern, nothing raises it and nothing is unresolved.",
    applies: (facts) => supported(facts) && facts.policy === "anchors" && facts.explained,
    outcome: "benign",
    recommendation: "close",
  },
  {
    number: 9,
    text: "An answer lowers concern against its suggestion or on missing data: the evidence does not explain the alert.",
    applies: (facts) => withoutConcern(facts) && facts.unsupported > 0,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 10,
    text: "Nothing raises concern, but not more than half of the required steps lower it, so no known activity explains the alert.",
    applies: (facts) => supported(facts) && facts.policy === "most" && !facts.explained,
    outcome: "suspicious",
    recommendation: "escalate",
  },
  {
    number: 11,
    text: "More than half of the required steps lower concern, nothing raises it and nothing is unresolved.",
    applies: (facts) => supported(facts) && facts.policy === "most" && facts.explained,
    outcome: "benign",
    recommendation: "close",
  },
];

function uncontested(facts: Facts): boolean {
  return facts.unanswered === 0 && facts.raises > 0 && facts.opposing === 0;
}

/** What is unresolved besides does not count: a question without an answer takes nothing back. */
function confirmed(facts: Facts): boolean {
  return facts.raisingDeciders > 0 && facts.raises > 1;
}

function withoutConcern(facts: Facts): boolean {
  return facts.unanswered === 0 && facts.raises === 0 && facts.unresolved === 0;
}

function supported(facts: Facts): boolean {
  return withoutConcern(facts) && facts.unsupported === 0;
}

/** An answer with what was suggested when it was given. */
export interface GivenAnswer extends Pick<Answer, "value"> {
  readonly suggested?: Pick<SuggestedAnswer, "value">;
}

type Answers = ReadonlyMap<string, GivenAnswer>;

/** What of a playbook its verdicts depend on. */
export type Deciding = Pick<Playbook, "steps" | "decision">;

/** From the worst to the best. */
const values: readonly AnswerValue[] = ["raises", "unresolved", "not-applicable", "lowers"];

/** The verdict from the latest answer of each step; answers to steps that the playbook does not have are ignored. */
export function verdictOf(
  playbook: Deciding,
  answers: readonly (GivenAnswer & Pick<Answer, "stepId" | "note">)[],
): Verdict {
  const { steps } = playbook;
  const given: Answers = new Map(answers.map((answer) => [answer.stepId, answer]));
  const row = rowFor(playbook, given);
  const flips = steps.flatMap(({ id }) =>
    values
      .filter((value) => value !== given.get(id)?.value)
      .map((to) => {
        const changed = new Map([...given, [id, { value: to, suggested: given.get(id)?.suggested }]]);
        return { stepId: id, to, outcome: rowFor(playbook, changed).outcome };
      })
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

/** The outcome alone, for whoever asks for many. */
export function outcomeOf(
  playbook: Deciding,
  answers: readonly (GivenAnswer & Pick<Answer, "stepId">)[],
): Verdict["outcome"] {
  return rowFor(playbook, new Map(answers.map((answer) => [answer.stepId, answer]))).outcome;
}

function rowFor(playbook: Deciding, given: Answers): Row {
  const facts = verdictFactsOf(playbook, given);
  const row = decisionTable.find((candidate) => candidate.applies(facts));
  if (row === undefined) {
    throw new Error(`no row of the decision table applies to ${JSON.stringify(facts)}`);
  }
  return row;
}

/** Exported for the tests of the table. */
export function verdictFactsOf({ steps, decision }: Deciding, given: Answers): Facts {
  const having = (value: AnswerValue, among = steps): readonly Step[] =>
    among.filter((step) => given.get(step.id)?.value === value);
  const anchors = steps.filter((step) => step.anchor);
  const required = steps.filter((step) => step.required);
  return {
    unanswered: required.filter((step) => !given.has(step.id)).length,
    raises: having("raises").length,
    raisingDeciders: having("raises", decision.benign === "anchors" ? anchors : required).length,
    opposing: having("lowers").filter((step) => step.clears).length,
    unresolved: having("unresolved").length,
    unsupported: steps.filter(({ id }) => isUnsupported(given.get(id))).length,
    policy: decision.benign,
    explained:
      decision.benign === "anchors"
        ? anchors.length > 0 && having("lowers", anchors).length === anchors.length
        : having("lowers", required).length * 2 > required.length,
  };
}

function isUnsupported(answer: GivenAnswer | undefined): boolean {
  return answer !== undefined && lowersInConflict(answer.value, answer.suggested?.value);
}

const answerWords: Readonly<Record<AnswerValue, string>> = {
  raises: "Raises concern",
  lowers: "Lowers concern",
  unresolved: "Unresolved",
  "not-applicable": "Not applicable",
};

/**
 * Answers that raise concern first, then those that the evidence does not support, what is missing, and the rest, each
 * in the order of the playbook.
 */
function reasonsFor(
  steps: readonly Step[],
  answers: readonly (GivenAnswer & Pick<Answer, "stepId" | "note">)[],
): Verdict["reasons"] {
  const rank: readonly (AnswerValue | "unsupported" | undefined)[] = [
    ...(["raises", "unsupported", "unresolved", undefined, "lowers", "not-applicable"] as const),
  ];
  return steps
    .map((step) => {
      const answer = answers.findLast((candidate) => candidate.stepId === step.id);
      const conflict = answer && conflictOf(answer.value, answer.suggested?.value);
      const head =
        answer === undefined ? (step.required ? "Not answered" : "Not answered, optional") : answerWords[answer.value];
      const against = conflict === undefined ? "" : `, ${conflictWords[conflict]}`;
      const note = answer === undefined || answer.note.trim() === "" ? "" : ` — ${answer.note.trim()}`;
      return {
        place: rank.indexOf(isUnsupported(answer) ? "unsupported" : answer?.value),
        reason: {
          ...{ stepId: step.id, value: answer?.value, text: `${head}${against}: ${step.question}${note}` },
          ...(conflict === undefined ? {} : { conflict: true as const }),
        },
      };
    })
    .sort((left, right) => left.place - right.place)
    .map(({ reason }) => reason);
}

const conflictWords = {
  "against-raises": "against the suggestion",
  "against-lowers": "against the suggestion",
  "without-data": "on missing data",
} as const;
