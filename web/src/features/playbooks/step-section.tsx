import type { StepView } from "#contracts/playbook";
import type { PlaybookDetail } from "#contracts/playbook-detail";
import { useRoute } from "../../api/queries.ts";
import { answerWord } from "../../ui/answer-mark.tsx";
import { Clamped } from "../../ui/clamped.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { FieldValue } from "../../ui/field-value.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { Lines } from "../../ui/lines.tsx";
import { MarkdownText } from "../../ui/markdown-text.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./detail.module.css";

type Step = PlaybookDetail["steps"][number];

/** A step as it is written: what is asked, what answers mean, which queries and checks it has. */
export function StepSection({
  number,
  playbook,
  step,
  values,
  alert,
}: {
  readonly number: number;
  readonly playbook: PlaybookDetail;
  readonly step: Step;
  /** The step for the alert of the preview. */
  readonly values: StepView | undefined;
  /** The alert that queries run for; undefined: they do not run. */
  readonly alert: string | undefined;
}) {
  const queries = playbook.queries.filter(({ id }) => step.queries.includes(id));
  const checks = playbook.checks.filter(({ stepId }) => stepId === step.id);
  return (
    <article aria-label={step.question}>
      <h3 className={classes.question}>
        <span className={classes.number}>{number}</span>
        <InlineCode text={step.question} />
        <span className={classes.marks}>
          {[
            step.anchor ? "required to close" : step.required ? "" : "optional",
            step.about === "process" ? "" : `about the ${step.about === "session" ? "logon session" : "incident"}`,
          ]
            .filter((text) => text !== "")
            .join(" · ")}
        </span>
      </h3>
      <div className={classes.step}>
        {step.why !== undefined && (
          <p>
            <InlineCode text={step.why} />
          </p>
        )}
        {step.focus.length > 0 && (
          <dl className={classes.focus}>
            {step.focus.map((field) => (
              <div key={field}>
                <dt>
                  <code>{field}</code>
                </dt>
                {values !== undefined && <Values field={field} step={values} />}
              </div>
            ))}
          </dl>
        )}
        <Labelled title="Raises concern" lines={step.raises} kind="raises" />
        <Labelled title="Lowers concern" lines={step.lowers} kind="lowers" />
        <Labelled title="Hints" lines={step.hints} />
        {step.details.map((text) => (
          <MarkdownText key={text} text={text} heading={4} />
        ))}
        {queries.map((query) => (
          <section key={query.id} className={classes.query} aria-label={`Query: ${query.label}`}>
            <h4>
              <VisibleText text={query.label} />
              <span>{`${query.target}, ${query.from === undefined ? "everything stored" : `${query.from} to ${query.to ?? "as far ahead"}`}`}</span>
            </h4>
            {query.groups.map(({ label, text }) => (
              <pre key={`${label} ${text}`}>
                <Lines text={text} />
              </pre>
            ))}
            {alert !== undefined && <Run playbook={playbook.id} alert={alert} query={query.id} label={query.label} />}
          </section>
        ))}
        {(values?.osquery ?? step.osquery).map(({ label, sql }) => (
          <section key={`${label} ${sql}`} className={classes.query} aria-label={`osquery: ${label}`}>
            <h4>
              <VisibleText text={label} />
              <span>osquery, to run on the host</span>
            </h4>
            <pre>
              <Lines text={sql} />
            </pre>
          </section>
        ))}
        {checks.length > 0 && (
          <ul className={classes.checks} aria-label="Checks">
            {checks.map(({ id, on, where, rows, suggests, because }) => (
              <li key={id}>
                <p>
                  <strong>{answerWord(suggests)}</strong> <InlineCode text={because} />
                </p>
                <code>
                  <VisibleText text={`${on} ${rows}${where === undefined ? "" : ` where ${where}`}`} />
                </code>
              </li>
            ))}
          </ul>
        )}
      </div>
    </article>
  );
}

function Values({ field, step }: { readonly field: string; readonly step: StepView }) {
  const values = step.focus.find((one) => one.field === field)?.values ?? [];
  return (
    <dd>
      {values.length === 0 ? (
        <span className={classes.absent}>not in the records or the lineage</span>
      ) : (
        values.map((value) => (
          <Clamped key={value} length={value.length}>
            <FieldValue field={field} value={value} />
          </Clamped>
        ))
      )}
    </dd>
  );
}

function Labelled({
  title,
  lines,
  kind,
}: {
  readonly title: string;
  readonly lines: readonly string[];
  readonly kind?: "raises" | "lowers";
}) {
  return lines.length === 0 ? null : (
    <div className={classes.labelled} data-kind={kind}>
      <h4>{title}</h4>
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <InlineCode text={line} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a query finds for the alert of the preview. */
function Run({
  playbook,
  alert,
  query,
  label,
}: {
  readonly playbook: string;
  readonly alert: string;
  readonly query: string;
  readonly label: string;
}) {
  const run = useRoute("stepQuery", { params: { id: alert, query }, query: { playbook, limit: 5 } });
  return (
    <Loaded query={run} label={`Running: ${label}`} rows={1}>
      {({ outcome, total, reason }) => (
        <p className={classes.outcome} data-outcome={outcome}>
          {outcome === "hits" ? `${total.toLocaleString("en")} found. ` : ""}
          <VisibleText text={reason} />
        </p>
      )}
    </Loaded>
  );
}
