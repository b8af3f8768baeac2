import type { AnswerValue, SuggestedAnswer, Suggestion } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { reasonLack } from "#contracts/reason";

/** Reasons of a suggestion that are kept with an answer, and characters of each. */
const kept = { reasons: 10, length: 500 } as const;

/** How an answer contradicts the evidence. */
export type AnswerConflict = "against-raises" | "without-data" | "against-lowers";

/**
 * How an answer contradicts what was suggested, if it does. `unresolved` is suggested where data is missing; saying
 * that nothing is known never contradicts anything. See docs/decisions/0075. What is attached to the answer changes
 * nothing about it (docs/decisions/0079).
 */
export function conflictOf(value: AnswerValue, suggested: AnswerValue | undefined): AnswerConflict | undefined {
  if (value === "lowers" || value === "not-applicable") {
    return suggested === "raises" ? "against-raises" : suggested === "unresolved" ? "without-data" : undefined;
  }
  return value === "raises" && suggested === "lowers" ? "against-lowers" : undefined;
}

/** Whether an answer lowers concern although the evidence does not: it keeps a verdict from being benign. */
export function lowersInConflict(value: AnswerValue, suggested: AnswerValue | undefined): boolean {
  const conflict = conflictOf(value, suggested);
  return conflict === "against-raises" || conflict === "without-data";
}

/** From the least concern to the most. */
const order: readonly AnswerValue[] = ["not-applicable", "lowers", "unresolved", "raises"];

/**
 * What the evidence of a step suggests, as it is kept with an answer: the suggestion of the checks, or `unresolved`
 * where a query has no result to decide on and nothing raises concern.
 */
export function suggestedOf(
  suggestion: Suggestion | undefined,
  missing: readonly string[],
): SuggestedAnswer | undefined {
  if (missing.length === 0 || suggestion?.value === "raises") {
    return suggestion && { value: suggestion.value, because: bounded(suggestion.because) };
  }
  const reasons = suggestion?.value === "unresolved" ? [...suggestion.because, ...missing] : missing;
  return { value: "unresolved", because: bounded([...new Set(reasons)]) };
}

/** Of the suggestions for everything that one answer is about: the one of most concern. */
export function mostConcern(all: readonly (SuggestedAnswer | undefined)[]): SuggestedAnswer | undefined {
  return all.reduce(
    (most, one) => (rank(one?.value) > rank(most?.value) ? one : most),
    undefined as SuggestedAnswer | undefined,
  );
}

function rank(value: AnswerValue | undefined): number {
  return value === undefined ? -1 : order.indexOf(value);
}

function bounded(reasons: readonly string[]): string[] {
  const texts = reasons
    .slice(0, kept.reasons)
    .map((text) => (text.length > kept.length ? `${text.slice(0, kept.length - 1)}…` : text));
  const left = reasons.length - texts.length;
  return left > 0 ? [...texts, `${left} more ${left === 1 ? "reason" : "reasons"}.`] : texts;
}

const suggestedWords: Readonly<Record<AnswerValue, string>> = {
  raises: "raises concern",
  lowers: "lowers concern",
  unresolved: "unresolved",
  "not-applicable": "not applicable",
};

const conflictTexts: Readonly<Record<AnswerConflict, string>> = {
  "against-raises": "The evidence raises concern, and the answer does not.",
  "without-data": "The data for this answer is missing or incomplete, and the answer lowers concern.",
  "against-lowers": "The evidence lowers concern, and the answer raises it.",
};

/** Why an answer that contradicts the evidence is refused: `playbook.reason-needed`, with what was suggested. */
export function reasonNeeded(
  value: AnswerValue,
  suggested: SuggestedAnswer | undefined,
  reason: string,
): RequestProblem | undefined {
  const conflict = conflictOf(value, suggested?.value);
  const lack = conflict === undefined ? undefined : reasonLack(reason);
  if (conflict === undefined || suggested === undefined || lack === undefined) {
    return undefined;
  }
  const because = suggested.because[0] === undefined ? "" : `: ${suggested.because[0]}`;
  return {
    code: "playbook.reason-needed",
    message: `${conflictTexts[conflict]} Suggested: ${suggestedWords[suggested.value]}${because.replace(/\.$/, "")}. The note does not give a reason: ${lack}.`,
    at: { field: "note" },
    remedy: "Write in the note why you answer differently, in at least three different words and fifteen letters.",
    suggested,
  };
}
