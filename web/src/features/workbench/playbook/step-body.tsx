import { Button } from "@mantine/core";
import { IconBulb, IconTrendingDown, IconTrendingUp } from "@tabler/icons-react";
import type { FieldOrigin, StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { Clamped } from "../../../ui/clamped.tsx";
import { DecodedText, isEncodedField } from "../../../ui/decoded.tsx";
import { fieldLabel } from "../../../ui/field-labels.ts";
import { FieldValue } from "../../../ui/field-value.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { MarkdownText } from "../../../ui/markdown-text.tsx";
import { withSuggestion } from "./drafts.ts";
import { OsqueryCard } from "./osquery.tsx";
import { PastedEvidence } from "./pasted-evidence.tsx";
import { AnswerProposals } from "./proposals.tsx";
import { QueryCard } from "./query-card.tsx";
import { SimilarAnswers } from "./similar-answers.tsx";
import classes from "./step-body.module.css";
import type { PlaybookState } from "./use-playbook.ts";

/** The open step: its fields, what raises and lowers concern, hints, suggested and proposed answers, its queries. */
export function StepBody({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  return (
    <div className={classes.body}>
      {(step.why !== undefined || step.anchor) && (
        <p className={classes.why}>
          {step.why !== undefined && <InlineCode text={step.why} />}
          {step.anchor && (
            <span
              className={classes.anchor}
              title="An alert may only be closed as benign when this step lowers concern"
            >
              Required to close
            </span>
          )}
        </p>
      )}
      {step.focus.length > 0 && (
        <dl className={classes.focus}>
          {step.focus.map(({ field, values, origin }) => (
            <div key={field}>
              <dt>
                <code title={field}>{fieldLabel(field)}</code>
              </dt>
              <dd data-several={values.length > 1 || undefined}>
                {values.length === 0 ? (
                  <span className={classes.absent}>not in the records or the lineage</span>
                ) : (
                  values.map((value) => (
                    <Clamped key={value} length={value.length}>
                      <FieldValue field={field} value={value} />
                    </Clamped>
                  ))
                )}
                {isEncodedField(field) && values.map((value) => <DecodedText key={value} text={value} isBrief />)}
                {values.length > 0 && origin !== undefined && <Origin origin={origin} />}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {step.raises.length + step.lowers.length > 0 && (
        <div className={classes.scales}>
          <Scale kind="raises" title="Raises concern" lines={step.raises} />
          <Scale kind="lowers" title="Lowers concern" lines={step.lowers} />
        </div>
      )}
      {step.hints.length > 0 && (
        <ul className={classes.hints} aria-label="Hints">
          {step.hints.map((hint) => (
            <li key={hint}>
              <IconBulb size={13} aria-hidden />
              <span>
                <InlineCode text={hint} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {step.details.length > 0 && (
        <section className={classes.details} aria-label="From the guide">
          {step.details.map((text) => (
            <MarkdownText key={text} text={text} heading={4} />
          ))}
        </section>
      )}
      <SuggestionCard playbook={playbook} step={step} />
      <SimilarAnswers alertId={playbook.alertId} step={step} />
      <AnswerProposals
        alertId={playbook.alertId}
        stepId={step.id}
        isUnsaved={playbook.unsaved.has(step.id)}
        refused={playbook.denial}
      />
      {step.queries.map((query) => (
        <QueryCard key={query.id} playbook={playbook} query={query} />
      ))}
      {step.osquery.map((query) => (
        <OsqueryCard key={query.label} query={query}>
          <PastedEvidence playbook={playbook} step={step} query={query.label} />
        </OsqueryCard>
      ))}
      <PastedEvidence playbook={playbook} step={step} />
    </div>
  );
}

const originWords = {
  process: "the process",
  parent: "the parent process",
  grandparent: "the grandparent process",
  session: "the logon session",
} as const satisfies Record<FieldOrigin["kind"], string>;

/** Where a value is from that no record of the alert has. */
function Origin({ origin }: { readonly origin: FieldOrigin }) {
  return origin.certain ? (
    <span className={classes.origin} title="The alert’s own records lack this field">
      from {originWords[origin.kind]}
    </span>
  ) : (
    <span className={classes.origin} title="The alert’s own records lack this field, and several processes fit">
      from the likeliest {origin.kind} process, not certain
    </span>
  );
}

function Scale({
  kind,
  title,
  lines,
}: {
  readonly kind: "raises" | "lowers";
  readonly title: string;
  readonly lines: readonly string[];
}) {
  const Icon = kind === "raises" ? IconTrendingUp : IconTrendingDown;
  return (
    <div className={classes.scale} data-kind={kind}>
      <h3>
        <Icon size={14} aria-hidden /> {title}
      </h3>
      {lines.length === 0 ? (
        <p className={classes.absent}>none listed</p>
      ) : (
        <ul>
          {lines.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function SuggestionCard({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  const { data } = useRoute("suggestion", {
    params: { id: playbook.alertId, step: step.id },
    query: { playbook: playbook.view?.id },
  });
  const suggestion = data?.suggestion;
  if (suggestion === undefined || playbook.draft === undefined) {
    return null;
  }
  const { draft } = playbook;
  return (
    <aside className={classes.suggestion} aria-label="Suggestion">
      <div>
        <p className={classes.suggested}>
          <span>The evidence suggests</span> <AnswerMark value={suggestion.value} />
        </p>
        <ul>
          {suggestion.because.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
        {suggestion.evidence.length > 0 && (
          <p className={classes.absent}>
            Pins {suggestion.evidence.length} {suggestion.evidence.length === 1 ? "record" : "records"} as evidence
          </p>
        )}
      </div>
      {playbook.denial === undefined && (
        <Button
          size="compact-xs"
          variant="default"
          title="Fills in the answer. Nothing is saved until you save it."
          disabled={draft.value === suggestion.value}
          onClick={() => playbook.edit(withSuggestion(draft, suggestion))}
        >
          Use suggestion
        </Button>
      )}
    </aside>
  );
}
