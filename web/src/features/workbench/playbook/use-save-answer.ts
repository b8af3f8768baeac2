import { useCallback, useRef, useState } from "react";
import type { AnswerValue, StepView } from "#contracts/playbook";
import { RequestError } from "../../../api/client.ts";
import { useChange } from "../../../api/queries.ts";
import type { SharedQuestion } from "../incident/use-shared-question.ts";
import { requestsOf } from "./attachments.ts";
import { type Drafts, draftOf, type StepDraft } from "./drafts.ts";
import type { DraftVersions } from "./use-draft-versions.ts";

const conflictCode = "request.conflict";

/**
 * Saves the open step with a value, for the processes of its question in scope. The draft is dropped only when the
 * server has accepted it.
 */
export function useSaveAnswer(
  alertId: string,
  step: StepView | undefined,
  drafts: Drafts,
  changeDraft: (stepId: string, draft: StepDraft | undefined) => void,
  goTo: (step: string) => void,
  shared: SharedQuestion,
  versions: DraftVersions,
) {
  const { mutateAsync } = useChange("answer");
  const [saving, setSaving] = useState<string>();
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
  const latest = useRef(Promise.resolve(true));
  const { answer: answerShared } = shared;
  const send = useCallback(
    async (value: AnswerValue) => {
      if (step === undefined) {
        return;
      }
      // Keeps the step open: without a step in the address, the next one without an answer would open.
      goTo(step.id);
      const draft = { ...draftOf(step, drafts), value };
      changeDraft(step.id, draft);
      const attachments = requestsOf(draft.attachments);
      const body = { value, note: draft.note, evidence: [...draft.evidence], attachments };
      const attempt = async () => {
        try {
          if (answerShared === undefined) {
            await mutateAsync({ params: { id: alertId, step: step.id }, body, seen: versions.of(step.id) });
          } else {
            await answerShared(body, versions.of(step.id));
          }
        } catch (error) {
          if (!(error instanceof RequestError)) {
            throw error;
          }
          setFailures((before) => new Map(before).set(step.id, error));
          if (error.details.code === conflictCode) {
            versions.again(step.id);
          }
          return false;
        } finally {
          setSaving((other) => (other === step.id ? undefined : other));
        }
        forget(step.id);
        versions.forget(step.id);
        changeDraft(step.id, undefined);
        return true;
      };
      setSaving(step.id);
      latest.current = attempt();
      await latest.current;
    },
    [alertId, step, drafts, changeDraft, mutateAsync, answerShared, goTo, forget, versions],
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
      versions.forget(step.id);
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
    /** The step whose answer is being saved. */
    saving,
    /** Whether the latest answer was saved, once that is known. */
    saved: useCallback(() => latest.current, []),
    failure,
  };
}
