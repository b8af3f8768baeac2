import { useCallback, useMemo, useState } from "react";
import type { AnswerValue, Evidence, PlaybookView, StepView } from "#contracts/playbook";
import { RequestError } from "../../../api/client.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { draftOf, isUnsaved, type StepDraft, togglePin } from "./drafts.ts";
import { useDrafts } from "./use-drafts.ts";

/** The step in focus: the one in the address, else the first that is not answered. */
function focusedStep(playbook: PlaybookView, wanted: string | undefined): StepView | undefined {
  return (
    playbook.steps.find((step) => step.id === wanted) ??
    playbook.steps.find((step) => step.answer === undefined) ??
    playbook.steps[0]
  );
}

/** The playbook of an alert: its focused step, what was typed for it, and saving that keeps everything when it fails. */
export function usePlaybook(alertId: string, wanted: string | undefined, goTo: (step: string) => void) {
  const query = useRoute("playbook", { params: { id: alertId } });
  const { drafts, change } = useDrafts(alertId);
  const saving = useChange("answer");
  const { mutateAsync } = saving;
  const [failures, setFailures] = useState<ReadonlyMap<string, RequestError>>(new Map());
  const playbook = query.data;
  const step = playbook === undefined ? undefined : focusedStep(playbook, wanted);
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

  /** Saves the step with this value; the draft goes away only when the server has it. */
  const save = useCallback(
    async (value: AnswerValue) => {
      if (step === undefined) {
        return;
      }
      // The step stays in focus: without a step in the address the next open one would take its place.
      goTo(step.id);
      const sent = { ...draftOf(step, drafts), value };
      change(step.id, sent);
      try {
        await mutateAsync({
          params: { id: alertId, step: step.id },
          body: { value, note: sent.note, evidence: [...sent.evidence] },
        });
        setFailures((before) => new Map([...before].filter(([id]) => id !== step.id)));
        change(step.id, undefined);
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailures((before) => new Map(before).set(step.id, error));
      }
    },
    [alertId, step, drafts, change, mutateAsync, goTo],
  );

  const move = useCallback(
    (by: 1 | -1) => {
      if (playbook === undefined || step === undefined) {
        return;
      }
      const next = playbook.steps[playbook.steps.findIndex((other) => other.id === step.id) + by];
      if (next !== undefined) {
        goTo(next.id);
      }
    },
    [playbook, step, goTo],
  );

  const unsaved = useMemo(
    () => new Set(playbook?.steps.filter((other) => isUnsaved(other, drafts)).map((other) => other.id) ?? []),
    [playbook, drafts],
  );
  return {
    alertId,
    query,
    playbook,
    step,
    draft,
    unsaved,
    edit,
    pin,
    save,
    move,
    goTo,
    saving: saving.isPending ? saving.variables?.params?.["step"] : undefined,
    failure: step === undefined ? undefined : failures.get(step.id),
  };
}

export type Playbook = ReturnType<typeof usePlaybook>;
