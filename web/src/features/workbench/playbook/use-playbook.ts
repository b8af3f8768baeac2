import { useCallback, useMemo, useState } from "react";
import type { AnswerValue, Evidence, PlaybookView, StepView } from "#contracts/playbook";
import { RequestError } from "../../../api/client.ts";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { type Drafts, draftOf, isUnsaved, type StepDraft, togglePin } from "./drafts.ts";
import { useDrafts } from "./use-drafts.ts";

/** The open step: the one in the address, else the first without an answer. */
function openStep(playbook: PlaybookView, requested: string | undefined): StepView | undefined {
  return (
    playbook.steps.find((step) => step.id === requested) ??
    playbook.steps.find((step) => step.answer === undefined) ??
    playbook.steps[0]
  );
}

/** The playbook of an alert: its open step, drafts, and saving that keeps the draft when it fails. */
export function usePlaybook(alertId: string, requested: string | undefined, goTo: (step: string) => void) {
  const query = useRoute("playbook", { params: { id: alertId } });
  const denial = useDenial("triage");
  const { drafts, change } = useDrafts(alertId);
  const view = query.data;
  const step = view === undefined ? undefined : openStep(view, requested);
  const draft = step === undefined ? undefined : draftOf(step, drafts);

  const edit = useCallback(
    (next: Partial<StepDraft>) => {
      if (step !== undefined) {
        change(step.id, { ...draftOf(step, drafts), ...next });
      }
    },
    [step, drafts, change],
  );
  const pin = useCallback(
    (item: Evidence) => {
      if (step !== undefined) {
        change(step.id, togglePin(draftOf(step, drafts), item));
      }
    },
    [step, drafts, change],
  );

  const { save, saving, failure } = useSaveAnswer(alertId, step, drafts, change, goTo);

  const move = useCallback(
    (by: 1 | -1) => {
      if (view === undefined || step === undefined) {
        return;
      }
      const next = view.steps[view.steps.findIndex((other) => other.id === step.id) + by];
      if (next !== undefined) {
        goTo(next.id);
      }
    },
    [view, step, goTo],
  );

  const unsaved = useMemo(
    () => new Set(view?.steps.filter((other) => isUnsaved(other, drafts)).map((other) => other.id) ?? []),
    [view, drafts],
  );
  return {
    alertId,
    query,
    view,
    step,
    draft,
    unsaved,
    edit,
    pin,
    save,
    move,
    goTo,
    /** Why the person may not answer; undefined if they may. */
    denial,
    /** The step whose answer is being saved. */
    saving,
    /** Why the answer of the open step was not saved. */
    failure,
  };
}

export type PlaybookState = ReturnType<typeof usePlaybook>;

/** Saves the open step with a value. The draft is dropped only when the server has accepted it. */
function useSaveAnswer(
  alertId: string,
  step: StepView | undefined,
  drafts: Drafts,
  changeDraft: (stepId: string, draft: StepDraft | undefined) => void,
  goTo: (step: string) => void,
) {
  const saving = useChange("answer");
  const { mutateAsync } = saving;
  const [failures, setFailures] = useState<ReadonlyMap<string, RequestError>>(new Map());
  const save = useCallback(
    async (value: AnswerValue) => {
      if (step === undefined) {
        return;
      }
      // Keeps the step open: without a step in the address, the next one without an answer would open.
      goTo(step.id);
      const answer = { ...draftOf(step, drafts), value };
      changeDraft(step.id, answer);
      try {
        await mutateAsync({
          params: { id: alertId, step: step.id },
          body: { value, note: answer.note, evidence: [...answer.evidence] },
          seen: { name: "playbook", params: { id: alertId } },
        });
        setFailures((before) => new Map([...before].filter(([id]) => id !== step.id)));
        changeDraft(step.id, undefined);
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailures((before) => new Map(before).set(step.id, error));
      }
    },
    [alertId, step, drafts, changeDraft, mutateAsync, goTo],
  );
  return {
    save,
    saving: saving.isPending ? saving.variables?.params?.["step"] : undefined,
    failure: step === undefined ? undefined : failures.get(step.id),
  };
}
