import { z } from "zod";
import { type AnswerValue, answerValue, type Evidence, evidence, type StepView } from "#contracts/playbook";

/** What was typed for a step and is not saved yet. It outlives a failed request, a change of the step and a reload. */
export interface StepDraft {
  readonly value?: AnswerValue;
  readonly note: string;
  readonly evidence: readonly Evidence[];
}
export type Drafts = ReadonlyMap<string, StepDraft>;

const stored = z.array(
  z.tuple([z.string(), z.object({ value: answerValue.optional(), note: z.string(), evidence: z.array(evidence) })]),
);

export function readDrafts(text: string | null): Drafts {
  try {
    return new Map(stored.parse(JSON.parse(text ?? "[]")));
  } catch {
    return new Map();
  }
}

export const writeDrafts = (drafts: Drafts): string => JSON.stringify([...drafts]);

/** The draft of a step; without one, what its saved answer says. */
export function draftOf(step: StepView, drafts: Drafts): StepDraft {
  return (
    drafts.get(step.id) ?? {
      value: step.answer?.value,
      note: step.answer?.note ?? "",
      evidence: step.answer?.evidence ?? [],
    }
  );
}

export const sameEvidence = (a: Evidence, b: Evidence): boolean => a.kind === b.kind && a.id === b.id;

/** True when saving would change something. */
export function isUnsaved(step: StepView, drafts: Drafts): boolean {
  const draft = drafts.get(step.id);
  if (draft === undefined) {
    return false;
  }
  const saved = draftOf(step, new Map());
  return (
    draft.value !== saved.value ||
    draft.note !== saved.note ||
    draft.evidence.length !== saved.evidence.length ||
    draft.evidence.some((item) => !saved.evidence.some((other) => sameEvidence(item, other)))
  );
}

/** Pins what is not pinned and unpins what is. */
export function togglePin(draft: StepDraft, item: Evidence): StepDraft {
  const without = draft.evidence.filter((other) => !sameEvidence(other, item));
  return { ...draft, evidence: without.length < draft.evidence.length ? without : [...draft.evidence, item] };
}

/** Takes a suggestion over without saving it; what was typed and pinned stays. */
export function withSuggestion(
  draft: StepDraft,
  suggestion: { readonly value: AnswerValue; readonly evidence: readonly Evidence[] },
): StepDraft {
  const added = suggestion.evidence.filter((item) => !draft.evidence.some((other) => sameEvidence(other, item)));
  return { ...draft, value: suggestion.value, evidence: [...draft.evidence, ...added] };
}
