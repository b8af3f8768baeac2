import { z } from "zod";
import { type AnswerValue, answerValue, type Evidence, evidence, type StepView } from "#contracts/playbook";
import { type DraftAttachment, differ, draftAttachment, recorded } from "./attachments.ts";

/** An unsaved answer of a step. It survives a failed request, a change of the step and a reload. */
export interface StepDraft {
  readonly value?: AnswerValue;
  readonly note: string;
  readonly evidence: readonly Evidence[];
  readonly attachments: readonly DraftAttachment[];
}
export type Drafts = ReadonlyMap<string, StepDraft>;

const stored = z.array(
  z.tuple([
    z.string(),
    z.object({
      value: answerValue.optional(),
      note: z.string(),
      evidence: z.array(evidence),
      attachments: z.array(draftAttachment).default([]),
    }),
  ]),
);

export function readDrafts(text: string | null): Drafts {
  try {
    return new Map(stored.parse(JSON.parse(text ?? "[]")));
  } catch {
    return new Map();
  }
}

export const writeDrafts = (drafts: Drafts): string => JSON.stringify([...drafts]);

/** The draft of a step, or its saved answer. */
export function draftOf(step: StepView, drafts: Drafts): StepDraft {
  return (
    drafts.get(step.id) ?? {
      value: step.answer?.value,
      note: step.answer?.note ?? "",
      evidence: step.answer?.evidence ?? [],
      attachments: recorded(step.answer?.attachments),
    }
  );
}

export const sameEvidence = (a: Evidence, b: Evidence): boolean => a.kind === b.kind && a.id === b.id;

/** Whether the draft differs from the saved answer. */
export function isUnsaved(step: StepView, drafts: Drafts): boolean {
  const draft = drafts.get(step.id);
  if (draft === undefined) {
    return false;
  }
  const saved = draftOf(step, new Map());
  return (
    draft.value !== saved.value ||
    draft.note !== saved.note ||
    differ(draft.attachments, step.answer?.attachments) ||
    draft.evidence.length !== saved.evidence.length ||
    draft.evidence.some((item) => !saved.evidence.some((other) => sameEvidence(item, other)))
  );
}

/** Pins or unpins evidence. */
export function togglePin(draft: StepDraft, item: Evidence): StepDraft {
  const without = draft.evidence.filter((other) => !sameEvidence(other, item));
  return { ...draft, evidence: without.length < draft.evidence.length ? without : [...draft.evidence, item] };
}

/** Applies a suggestion to the draft. The note and pinned evidence are kept. */
export function withSuggestion(
  draft: StepDraft,
  suggestion: { readonly value: AnswerValue; readonly evidence: readonly Evidence[] },
): StepDraft {
  const added = suggestion.evidence.filter((item) => !draft.evidence.some((other) => sameEvidence(other, item)));
  return { ...draft, value: suggestion.value, evidence: [...draft.evidence, ...added] };
}
