import { IconPinFilled } from "@tabler/icons-react";
import type { StepView } from "#contracts/playbook";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { AnsweredBy } from "../incident/answer-scope.tsx";
import { AgainstSuggestion } from "./against-suggestion.tsx";
import classes from "./answer-form.module.css";
import { EvidenceLink } from "./evidence-link.tsx";

/** The answer of the open step for those who cannot change it. */
export function RecordedAnswer({
  step,
  denial,
  isUnsaved,
}: {
  readonly step: StepView;
  readonly denial: string;
  /** Whether the person has a draft from before. */
  readonly isUnsaved: boolean;
}) {
  const { answer } = step;
  return (
    <section className={classes.form} aria-label={`Answer to: ${step.question}`}>
      <p className={classes.recorded}>
        <AnswerMark value={answer?.value} />
        {answer !== undefined && (
          <span>
            <AnsweredBy step={step} answer={answer} />
            {answer.proposal !== undefined && (
              <>
                , as proposed by <VisibleText text={answer.proposal.client ?? answer.proposal.by} />
              </>
            )}
          </span>
        )}
      </p>
      {answer !== undefined && <AgainstSuggestion answer={answer} />}
      {answer !== undefined && answer.note !== "" && (
        <p className={classes.recordedNote}>
          <VisibleText text={answer.note} />
        </p>
      )}
      {answer !== undefined && answer.evidence.length > 0 && (
        <ul className={classes.pins} aria-label="Pinned evidence">
          {answer.evidence.map((item) => (
            <li key={`${item.kind} ${item.id}`} title={`${item.kind}: ${item.label}`}>
              <IconPinFilled size={11} aria-hidden />
              <span>
                <EvidenceLink item={item} length={44} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <PermissionNote action="Answering" denial={denial} />
      {isUnsaved && <p className={classes.recordedNote}>Your unsaved draft is kept in this tab.</p>}
    </section>
  );
}
