import { Button } from "@mantine/core";
import { IconPinFilled, IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { AnswerValue, StepView } from "#contracts/playbook";
import { AnswerMark, answerWord } from "../../../ui/answer-mark.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { VisibleTextarea } from "../../../ui/visible-input.tsx";
import { AnsweredBy, AnswerScopeChoice } from "../incident/answer-scope.tsx";
import { AgainstSuggestion, ReasonNeeded } from "./against-suggestion.tsx";
import classes from "./answer-form.module.css";
import { type StepDraft, togglePin } from "./drafts.ts";
import { EvidenceLink } from "./evidence-link.tsx";
import type { PlaybookState } from "./use-playbook.ts";

export const answerKeys: readonly (readonly [key: string, value: AnswerValue])[] = [
  ["1", "raises"],
  ["2", "lowers"],
  ["3", "unresolved"],
  ["4", "not-applicable"],
];

/** The answer of the open step: one of four values, a note, and pinned evidence. Always visible below the steps. */
export function AnswerForm({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  const { draft, failure } = playbook;
  const note = useRef<HTMLTextAreaElement>(null);
  const needsReason = failure?.details.code === "playbook.reason-needed";
  // The answer waits for its reason, which is typed next. Once it is saved, keys move on to the next question.
  useEffect(() => {
    if (needsReason && failure !== undefined) {
      const field = note.current;
      field?.focus();
      return () => field?.blur();
    }
    return undefined;
  }, [needsReason, failure]);
  if (draft === undefined) {
    return null;
  }
  const unsaved = playbook.unsaved.has(step.id);
  const { value } = draft;
  return (
    <div className={classes.form}>
      {needsReason && <ReasonNeeded suggested={failure.details.suggested} detail={failure.message} />}
      {playbook.failure !== undefined && !needsReason && (
        <div className={classes.failure}>
          <ErrorState
            error={playbook.failure}
            retry={value === undefined ? undefined : () => void playbook.replace(value)}
            keepTheirs={playbook.keepTheirs}
          />
        </div>
      )}
      <AnswerScopeChoice alertId={playbook.alertId} shared={playbook.shared} />
      <fieldset className={classes.answers} aria-label={`Answer to: ${step.question}`}>
        {answerKeys.map(([key, option]) => (
          <button
            key={option}
            type="button"
            data-value={option}
            aria-pressed={value === option}
            data-unsaved={(unsaved && value === option) || undefined}
            title={`Answer: ${answerWord(option)} (${key})`}
            onClick={() => void playbook.save(option)}
          >
            <AnswerMark value={option} short />
            <kbd>{key}</kbd>
          </button>
        ))}
      </fieldset>
      <VisibleTextarea
        className={classes.note}
        aria-label="Note"
        ref={note}
        placeholder="Note: what you observed and why it matters"
        autosize
        minRows={1}
        maxRows={5}
        maxLength={10_000}
        size="xs"
        value={draft.note}
        change={(note) => playbook.edit({ note })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && value !== undefined) {
            event.preventDefault();
            void playbook.save(value);
          }
        }}
      />
      {draft.evidence.length > 0 && <PinnedEvidence playbook={playbook} draft={draft} />}
      <div className={classes.foot} aria-live="polite">
        {playbook.saving === step.id ? (
          <span>Saving…</span>
        ) : unsaved ? (
          <Unsaved playbook={playbook} value={value} />
        ) : playbook.setAside !== undefined ? (
          <>
            <span>Your draft was set aside.</span>
            <Button size="compact-xs" variant="subtle" onClick={playbook.restore}>
              Restore my draft
            </Button>
          </>
        ) : (
          <Saved playbook={playbook} step={step} />
        )}
      </div>
    </div>
  );
}

function PinnedEvidence({ playbook, draft }: { readonly playbook: PlaybookState; readonly draft: StepDraft }) {
  return (
    <ul className={classes.pins} aria-label="Pinned evidence">
      {draft.evidence.map((item) => (
        <li key={`${item.kind} ${item.id}`} title={`${item.kind}: ${item.label}`}>
          <IconPinFilled size={11} aria-hidden />
          <span>
            <EvidenceLink item={item} length={44} />
          </span>
          <button
            type="button"
            aria-label={`Unpin ${item.label}`}
            onClick={() => playbook.edit({ evidence: togglePin(draft, item).evidence })}
          >
            <IconX size={11} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Unsaved({ playbook, value }: { readonly playbook: PlaybookState; readonly value: AnswerValue | undefined }) {
  if (playbook.failure?.details.code === "request.conflict") {
    return <span>Not saved: choose above whose answer to keep.</span>;
  }
  return value === undefined ? (
    <span>
      {playbook.isKept
        ? "Draft kept in this tab. It is saved with your answer."
        : "Draft too large to be kept: a reload would lose it. It is saved with your answer."}
    </span>
  ) : (
    <>
      <span>{playbook.isKept ? "Not saved yet." : "Not saved yet, and too large to survive a reload."}</span>
      <Button size="compact-xs" onClick={() => void playbook.save(value)} title="Ctrl Enter in the note">
        Save “{answerWord(value)}”
      </Button>
    </>
  );
}

function Saved({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  return step.answer === undefined ? (
    <span>
      Answer with <kbd>1</kbd> to <kbd>4</kbd>; pin the selection with <kbd>P</kbd>, paste a result with <kbd>X</kbd>.
    </span>
  ) : (
    <>
      <span>
        <AnsweredBy step={step} answer={step.answer} question={playbook.shared.question} />
        <AgainstSuggestion answer={step.answer} />
      </span>
      <Button size="compact-xs" variant="subtle" onClick={() => playbook.move(1)}>
        Next question
      </Button>
    </>
  );
}
