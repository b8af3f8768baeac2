import type { PlaybookView, StepView } from "#contracts/playbook";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { MarkdownText } from "../../../ui/markdown-text.tsx";
import { FocusValues } from "./focus-values.tsx";
import { type Fold, Folds } from "./folds.tsx";
import { OsqueryCard } from "./osquery.tsx";
import { PasteButton, PastedEvidence } from "./pasted-evidence.tsx";
import { AnswerProposals, ExceptionProposals } from "./proposals.tsx";
import { SimilarAnswers, useSimilarAnswers } from "./similar-answers.tsx";
import classes from "./step-body.module.css";
import { StepQueries } from "./step-queries.tsx";
import type { PlaybookState } from "./use-playbook.ts";

/** The open step: its question, what else it says in one line, its values, proposed answers and its queries. */
export function StepBody({
  playbook,
  view,
  step,
}: {
  readonly playbook: PlaybookState;
  readonly view: PlaybookView;
  readonly step: StepView;
}) {
  const folds = useFolds(playbook, view, step);
  // Without results there is room for it.
  const first = step.queries.length === 0 ? folds[0]?.id : undefined;
  return (
    <>
      <ExceptionProposals alertId={playbook.alertId} />
      <div className={classes.body}>
        <h2 className={classes.question}>
          <InlineCode text={step.question} />
          {step.anchor && (
            <span
              className={classes.anchor}
              title="An alert may only be closed as benign when this step lowers concern"
            >
              Required to close
            </span>
          )}
        </h2>
        {first === undefined && (
          <Folds folds={folds}>
            <PasteButton playbook={playbook} />
          </Folds>
        )}
        <AnswerProposals
          alertId={playbook.alertId}
          stepId={step.id}
          isUnsaved={playbook.unsaved.has(step.id)}
          refused={playbook.denial}
        />
        <FocusValues focus={step.focus} isBounded={first === undefined} />
        {first !== undefined && (
          <Folds folds={folds} first={first}>
            <PasteButton playbook={playbook} />
          </Folds>
        )}
        <StepQueries playbook={playbook} step={step} />
        <PastedEvidence playbook={playbook} step={step} />
      </div>
    </>
  );
}

/** Why the question matters and hints, the guide, earlier answers, and queries to run on the host. */
function useFolds(playbook: PlaybookState, view: PlaybookView, step: StepView): readonly Fold[] {
  const similar = useSimilarAnswers(playbook.alertId, step);
  const isFirst = view.steps[0]?.id === step.id;
  const texts = view.texts.filter(({ afterStep }) => afterStep === step.id || (isFirst && afterStep === undefined));
  const { why, hints, details, osquery } = step;
  return [
    ...(why === undefined && hints.length === 0
      ? []
      : [
          {
            id: "hints",
            title: why === undefined ? "Hints" : hints.length === 0 ? "Why" : "Why and hints",
            count: hints.length === 0 ? undefined : hints.length,
            content: <Hints why={why} hints={hints} />,
          },
        ]),
    ...(details.length === 0
      ? []
      : [
          {
            id: "details",
            title: "From the guide",
            count: details.length,
            content: (
              <section className={classes.details} aria-label="From the guide">
                {details.map((text) => (
                  <MarkdownText key={text} text={text} heading={4} />
                ))}
              </section>
            ),
          },
        ]),
    ...texts.map(({ title, markdown }, at) => ({
      id: `text ${at}`,
      title,
      content: (
        <div className={classes.details}>
          <MarkdownText text={markdown} heading={3} />
        </div>
      ),
    })),
    ...(similar === undefined
      ? []
      : [
          {
            id: "similar",
            title: "Earlier answers",
            count: similar.answers.length,
            warns: similar.newPayload,
            content: <SimilarAnswers alertId={playbook.alertId} step={step} />,
          },
        ]),
    ...(osquery.length === 0
      ? []
      : [
          {
            id: "osquery",
            title: "osquery",
            count: osquery.length,
            content: osquery.map((query) => (
              <OsqueryCard key={query.label} query={query}>
                <PasteButton playbook={playbook} query={query.label} />
              </OsqueryCard>
            )),
          },
        ]),
  ];
}

function Hints({ why, hints }: { readonly why: string | undefined; readonly hints: readonly string[] }) {
  return (
    <>
      {why !== undefined && (
        <p className={classes.why}>
          <InlineCode text={why} />
        </p>
      )}
      {hints.length > 0 && (
        <ul className={classes.hints} aria-label="Hints">
          {hints.map((hint) => (
            <li key={hint}>
              <InlineCode text={hint} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
