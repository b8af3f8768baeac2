import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { attachmentLimits } from "#contracts/attachment";
import type { AnswerValue, Evidence, PlaybookView, StepView } from "#contracts/playbook";
import { useDenial } from "../../../api/permission.ts";
import { useRoute } from "../../../api/queries.ts";
import { useReturn } from "../../../ui/opened-row.ts";
import type { IncidentState } from "../incident/use-incident.ts";
import { useSharedQuestion } from "../incident/use-shared-question.ts";
import { useWalk } from "../incident/use-walk.ts";
import { type DraftAttachment, osquerySource } from "./attachments.ts";
import { draftOf, isUnsaved, type StepDraft, togglePin } from "./drafts.ts";
import { useDraftVersions } from "./use-draft-versions.ts";
import { useDrafts } from "./use-drafts.ts";
import { useSaveAnswer } from "./use-save-answer.ts";

/** The open step: the one in the address, else the first without an answer. */
function openStep(playbook: PlaybookView, requested: string | undefined): StepView | undefined {
  return (
    playbook.steps.find((step) => step.id === requested) ??
    playbook.steps.find((step) => step.answer === undefined) ??
    playbook.steps[0]
  );
}

/** What a pasted result is called until somebody gives it another title. */
function titleOf(query: string | undefined): string {
  return (query ?? "Pasted result").slice(0, attachmentLimits.title);
}

/** A step that was opened stays open: somebody else may answer it while the person is about to. */
function useOpenStep(view: PlaybookView | undefined, requested: string | undefined): StepView | undefined {
  const [opened, setOpened] = useState<string>();
  const step = view === undefined ? undefined : openStep(view, requested ?? opened);
  const first = requested === undefined && opened === undefined ? step?.id : undefined;
  useEffect(() => {
    if (first !== undefined) {
      setOpened(first);
    }
  }, [first]);
  return step;
}

/**
 * The playbook of an alert: its open step, drafts, and saving that keeps the draft when it fails. A step whose question
 * other alerts of the incident share is answered for all of them.
 */
export function usePlaybook({
  alertId,
  requested,
  goTo,
  isClosed = false,
  incident,
}: {
  readonly alertId: string;
  /** The step in the address. */
  readonly requested: string | undefined;
  readonly goTo: (step: string) => void;
  readonly isClosed?: boolean;
  readonly incident: IncidentState;
}) {
  const query = useRoute("playbook", { params: { id: alertId } });
  const roleDenial = useDenial("triage");
  const denial = roleDenial ?? (isClosed ? "The alert is closed. Reopen it to change an answer." : undefined);
  const { drafts, change, isKept } = useDrafts(alertId);
  const view = query.data;
  const step = useOpenStep(view, requested);
  const draft = step === undefined ? undefined : draftOf(step, drafts);
  const shared = useSharedQuestion(alertId, step, incident);
  const versions = useDraftVersions(
    shared.question === undefined
      ? { name: "playbook", params: { id: alertId } }
      : { name: "incidentQuestions", params: { key: incident.key } },
  );

  const edit = useCallback(
    (next: Partial<StepDraft>) => {
      if (step !== undefined) {
        versions.begin(step.id);
        change(step.id, { ...draftOf(step, drafts), ...next });
      }
    },
    [step, drafts, change, versions],
  );
  const pin = useCallback(
    (item: Evidence) => {
      if (step !== undefined) {
        versions.begin(step.id);
        change(step.id, togglePin(draftOf(step, drafts), item));
      }
    },
    [step, drafts, change, versions],
  );

  const pasting = useRef<{ readonly source: string | undefined }>(undefined);
  const paste = useCallback(
    (query: string | undefined) => {
      if (step !== undefined) {
        const { attachments } = draftOf(step, drafts);
        const source = query === undefined ? undefined : osquerySource(query);
        pasting.current = { source };
        versions.begin(step.id);
        const isEmpty = (one: DraftAttachment) => one.kind === "pasted" && one.text === "" && one.source === source;
        const added: DraftAttachment = { kind: "pasted", title: titleOf(query), source, text: "" };
        const more = attachments.some(isEmpty) || attachments.length >= attachmentLimits.perAnswer ? [] : [added];
        change(step.id, { ...draftOf(step, drafts), attachments: [...attachments, ...more] });
      }
    },
    [step, drafts, change, versions],
  );

  const saving = useSaveAnswer(alertId, step, drafts, change, goTo, shared, versions);
  const returning = useReturn();
  const returnStep = returning.place?.step;
  useEffect(() => {
    if (returnStep !== undefined) {
      goTo(returnStep);
    }
  }, [returnStep, goTo]);
  const { forgetFailures } = saving;
  const walk = useWalk({ alertId, view, step, goTo, incident, saved: saving.saved });

  // What was refused before the role changed or the alert was closed says nothing about the next attempt.
  useEffect(() => {
    if (denial !== undefined) {
      forgetFailures();
    }
  }, [denial, forgetFailures]);

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
    /** Whether drafts survive a reload: pasted texts can be more than the tab keeps. */
    isKept,
    /** Opens a field for a result from outside: of an osquery query of the step, or of anything else. */
    paste,
    /** The source of the field that is to get the focus. */
    pasting,
    /** Not while another alert opens: the answer would be given to the question that is left. */
    save: useCallback(
      (value: AnswerValue) => (walk.isLeaving() ? Promise.resolve() : saving.save(value)),
      [walk.isLeaving, saving.save],
    ),
    /** After a conflict: saves the draft in place of what somebody else saved. */
    replace: saving.replace,
    /** After a conflict: drops the draft, which can be restored while the page is open. */
    keepTheirs: saving.keepTheirs,
    /** The draft of the open step that was dropped for the answer of somebody else. */
    setAside: saving.setAside,
    restore: saving.restore,
    /** The row of a result that the person comes back to. */
    returning,
    move: walk.move,
    open: walk.open,
    goTo,
    /** The question of the incident that the open step asks, and what an answer to it counts for. */
    shared,
    /** All questions of the incident, once they are loaded. */
    questions: incident.questions,
    /** Why the person cannot answer: the role, or the alert is closed. Undefined if they can. */
    denial,
    /** Why the person may not triage at all, whatever the state of the alert. */
    roleDenial,
    /** The step whose answer is being saved. */
    saving: saving.saving,
    /** Why the answer of the open step was not saved. */
    failure: saving.failure,
  };
}

export type PlaybookState = ReturnType<typeof usePlaybook>;
