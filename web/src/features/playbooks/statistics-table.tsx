import { IconAlertTriangle } from "@tabler/icons-react";
import type { StepStatistics } from "#contracts/playbook-statistics";
import { AnswerMark, answerWord } from "../../ui/answer-mark.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { type Column, Table } from "../../ui/page.tsx";
import { duration } from "../../ui/time.tsx";
import classes from "./statistics.module.css";

const number = (value: number) => value.toLocaleString("en");

/** The steps of the playbook, with what its author may want to change. */
export function StepTable({ steps }: { readonly steps: readonly StepStatistics[] }) {
  const places = new Map(steps.map(({ stepId }, place) => [stepId, place + 1]));
  return (
    <Table
      label="Statistics by step"
      rows={steps}
      keyOf={({ stepId }) => stepId}
      empty="The playbook has no steps."
      cards
      columns={[
        {
          title: "Step",
          wide: true,
          cell: (step) => (
            <>
              <a href={`#${encodeURIComponent(step.stepId)}`} className={classes.question}>
                <span>{places.get(step.stepId)}</span>
                <InlineCode text={step.question ?? step.stepId} />
              </a>
              <Hints step={step} />
            </>
          ),
        },
        ...figures,
      ]}
    />
  );
}

/** Steps that have answers, but are not in the file any more. */
export function FormerSteps({ steps }: { readonly steps: readonly StepStatistics[] }) {
  return (
    <div className={classes.former}>
      <h3>In former versions</h3>
      <Table
        label="Statistics of former steps"
        rows={steps}
        keyOf={({ stepId }) => stepId}
        empty="There are none."
        cards
        columns={[{ title: "Step", wide: true, cell: ({ stepId }) => <InlineCode text={stepId} /> }, ...figures]}
      />
    </div>
  );
}

const figures: readonly Column<StepStatistics>[] = [
  { title: "Answered", cell: (step) => <Answered step={step} /> },
  { title: "Answers", cell: (step) => <Answers step={step} /> },
  { title: "Against the evidence", cell: (step) => <Conflicts step={step} /> },
  {
    title: "Decided",
    cell: ({ decided: { decided, alerts } }) => (
      <Figure value={alerts === 0 ? undefined : `${number(decided)} of ${number(alerts)}`} none="none closed" />
    ),
  },
  { title: "Time", cell: (step) => <Time step={step} /> },
  {
    title: "Agreement",
    cell: ({ agreement: { pairs, agreed } }) => (
      <Figure value={pairs === 0 ? undefined : `${number(agreed)} of ${number(pairs)}`} none="nothing to compare" />
    ),
  },
];

/** A figure with what belongs to it in small words, or why there is none. */
function Figure({
  value,
  none,
  notes = [],
}: {
  readonly value: string | undefined;
  readonly none: string;
  readonly notes?: readonly string[];
}) {
  return (
    <div className={classes.figure}>
      {value === undefined ? <span className={classes.none}>{none}</span> : <strong>{value}</strong>}
      {notes.map((note) => (
        <small key={note}>{note}</small>
      ))}
    </div>
  );
}

function Answered({ step: { asked, answered, elsewhere, open, unanswered } }: Of) {
  const notes = [
    [elsewhere, "elsewhere"],
    [open, "open"],
    [unanswered, "closed without"],
  ] as const;
  return (
    <Figure
      value={asked === 0 ? undefined : `${number(answered)} of ${number(asked)}`}
      none="never asked"
      notes={notes.flatMap(([count, word]) => (count === 0 ? [] : [`${number(count)} ${word}`]))}
    />
  );
}

function Answers({ step: { values, answered } }: Of) {
  const given = values.filter(({ count }) => count > 0);
  return given.length === 0 ? (
    <span className={classes.none}>none</span>
  ) : (
    <ul className={classes.answers}>
      {given.map(({ value, count }) => (
        <li key={value} title={`${number(count)} ${answerWord(value)}`}>
          <AnswerMark value={value} short />
          <span className={classes.bar} data-value={value} aria-hidden>
            <span style={{ width: `${(100 * count) / answered}%` }} />
          </span>
          <strong>{number(count)}</strong>
        </li>
      ))}
    </ul>
  );
}

function Conflicts({ step: { againstSuggestion, withoutData } }: Of) {
  const total = againstSuggestion + withoutData;
  return (
    <Figure
      value={total === 0 ? undefined : number(total)}
      none="none"
      notes={[
        ...(againstSuggestion === 0 ? [] : [`${number(againstSuggestion)} against suggestion`]),
        ...(withoutData === 0 ? [] : [`${number(withoutData)} without data`]),
      ]}
    />
  );
}

function Time({ step: { time } }: Of) {
  const { median, p90, interrupted, unpreceded } = time;
  return (
    <Figure
      value={median === undefined ? undefined : duration(median)}
      none="not known"
      notes={[
        ...(p90 === undefined ? [] : [`9 of 10 in ${duration(p90)}`]),
        ...(interrupted === 0 ? [] : [`${number(interrupted)} interrupted`]),
        ...(unpreceded === 0 ? [] : [`${number(unpreceded)} without a start`]),
      ]}
    />
  );
}

interface Of {
  readonly step: StepStatistics;
}

/** What the author may want to change, with the reason. */
function Hints({ step: { hints, decided, agreement } }: Of) {
  return hints.map((hint) => (
    <p key={hint} className={classes.hint}>
      <IconAlertTriangle size={13} aria-hidden />
      {hint === "never-decides" ? (
        <span>
          <strong>Never decides.</strong>
          {` On all ${number(decided.alerts)} closed alerts the verdict would be the same without it.`}
        </span>
      ) : (
        <span>
          <strong>Analysts disagree.</strong>
          {` They said the same in ${number(agreement.agreed)} of ${number(agreement.pairs)} comparisons: the question may be unclear.`}
        </span>
      )}
    </p>
  ));
}
