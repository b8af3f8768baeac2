import { Button } from "@mantine/core";
import { IconBulb, IconTrendingDown, IconTrendingUp } from "@tabler/icons-react";
import type { StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { Clamped } from "../../../ui/clamped.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { withSuggestion } from "./drafts.ts";
import { QueryCard } from "./query-card.tsx";
import classes from "./step-body.module.css";
import type { Playbook } from "./use-playbook.ts";

/** The open step: what to look at, what raises and what lowers concern, its queries run in place, what they suggest. */
export function StepBody({ book, step }: { readonly book: Playbook; readonly step: StepView }) {
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
              decides closing
            </span>
          )}
        </p>
      )}
      {step.focus.length > 0 && (
        <dl className={classes.focus}>
          {step.focus.map(({ field, values }) => (
            <div key={field}>
              <dt>
                <code>{field}</code>
              </dt>
              <dd data-several={values.length > 1 || undefined}>
                {values.length === 0 ? (
                  <span className={classes.absent}>the alert has no such field</span>
                ) : (
                  values.map((value) => (
                    <Clamped key={value} length={value.length}>
                      <FieldValue field={field} value={value} />
                    </Clamped>
                  ))
                )}
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
      <SuggestionCard book={book} step={step} />
      {step.queries.map((query) => (
        <QueryCard key={query.id} book={book} query={query} />
      ))}
    </div>
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
        <p className={classes.absent}>nothing is named</p>
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

function SuggestionCard({ book, step }: { readonly book: Playbook; readonly step: StepView }) {
  const { data } = useRoute("suggestion", { params: { id: book.alertId, step: step.id } });
  const suggestion = data?.suggestion;
  if (suggestion === undefined || book.draft === undefined) {
    return null;
  }
  const { draft } = book;
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
            {suggestion.evidence.length} {suggestion.evidence.length === 1 ? "record is" : "records are"} pinned with it
          </p>
        )}
      </div>
      <Button
        size="compact-xs"
        variant="default"
        title="Fills your answer; nothing is saved until you save"
        disabled={draft.value === suggestion.value}
        onClick={() => book.edit(withSuggestion(draft, suggestion))}
      >
        Use it
      </Button>
    </aside>
  );
}
