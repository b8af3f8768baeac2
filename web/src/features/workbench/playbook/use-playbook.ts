import { useCallback, useEffect, useMemo, useState } from "react";
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
export function usePlaybook(
  alertId: string,
  requested: string | undefined,
  goTo: (step: string) => void,
  isClosed = false,
) {
  const query = useRoute("playbook", { params: { id: alertId } });
  const roleDenial = useDenial("triage");
  const denial = roleDenial ?? (isClosed ? "The alert is closed. Reopen it to change an answer." : undefined);
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

  const { forgetFailures, save, replace, keepTheirs, setAside, restore, saving, failure } = useSaveAnswer(
    alertId,
    step,
    drafts,
    change,
    goTo,
  );

  // What was refused before the role changed or the alert was closed says nothing about the next attempt.
  useEffect(() => {
    if (denial !== undefined) {
      forgetFailures();
    }
  }, [denial, forgetFailures]);

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
    /** After a conflict: saves the draft in place of what somebody else saved. */
    replace,
    /** After a conflict: drops the draft, which can be restored while the page is open. */
    keepTheirs,
    /** The draft of the open step that was dropped for the answer of somebody else. */
    setAside,
    restore,
    move,
    goTo,
    /** Why the person cannot answer: the role, or the alert is closed. Undefined if they can. */
    denial,
    /** Why the person may not triage at all, whatever the state of the alert. */
    roleDenial,
    /** The step whose answer is being saved. */
    saving,
    /** Why the answer of the open step was not saved. */
    failure,
  };
}

export type PlaybookState = ReturnType<typeof usePlaybook>;

const conflictCode = "request.conflict";

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
  const [aside, setAside] = useState<Drafts>(new Map());
  const failure = step === undefined ? undefined : failures.get(step.id);
  const forget = useCallback(
    (stepId: string) => setFailures((before) => new Map([...before].filter(([id]) => id !== stepId))),
    [],
  );
  const forgetFailures = useCallback(
    () => setFailures((before) => new Map([...before].filter(([, { details }]) => details.code === conflictCode))),
    [],
  );
  const send = useCallback(
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
        forget(step.id);
        changeDraft(step.id, undefined);
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailures((before) => new Map(before).set(step.id, error));
      }
    },
    [alertId, step, drafts, changeDraft, mutateAsync, goTo, forget],
  );
  // What somebody else saved is only replaced by a choice for that.
  const isConflict = failure?.details.code === conflictCode;
  const save = useCallback(
    async (value: AnswerValue) => {
      if (!isConflict) {
        await send(value);
      } else if (step !== undefined) {
        changeDraft(step.id, { ...draftOf(step, drafts), value });
      }
    },
    [isConflict, send, step, drafts, changeDraft],
  );
  const keepTheirs = () => {
    if (step !== undefined) {
      setAside(new Map(aside).set(step.id, draftOf(step, drafts)));
      changeDraft(step.id, undefined);
      forget(step.id);
    }
  };
  const restore = () => {
    if (step !== undefined) {
      changeDraft(step.id, aside.get(step.id));
      setAside(new Map([...aside].filter(([id]) => id !== step.id)));
    }
  };
  return {
    forgetFailures,
    save,
    replace: send,
    keepTheirs,
    setAside: step === undefined ? undefined : aside.get(step.id),
    restore,
    saving: saving.isPending ? saving.variables?.params?.["step"] : undefined,
    failure,
  };
}
