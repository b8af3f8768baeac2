import { Button } from "@mantine/core";
import { IconCircleHalf2 } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { IncidentQuestion, IncidentQuestions } from "#contracts/incident";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { EmptyState } from "../../../ui/state.tsx";
import classes from "./questions-list.module.css";
import { bySubject, counted, isLeft } from "./walk.ts";

/** What the incident asks, by subject, and what was answered. Choosing a question opens it. */
export function QuestionsList({
  asked,
  current,
  open,
}: {
  readonly asked: IncidentQuestions;
  /** The question that is open. */
  readonly current: string | undefined;
  readonly open: (question: IncidentQuestion) => void;
}) {
  const { questions, verdict, withoutPlaybook, alerts } = asked;
  const next = questions.find((question) => question.id !== current && isLeft(question));
  if (questions.length === 0) {
    return (
      <EmptyState
        title="No questions"
        reason={
          withoutPlaybook > 0
            ? "No playbook is loaded for the rules of these alerts."
            : "The playbooks of these alerts have no steps."
        }
      />
    );
  }
  return (
    <>
      <div className={classes.head}>
        <p>
          <strong>{leftOf(verdict)}</strong>{" "}
          <span>
            Required questions of {counted(alerts, "alert")}
            {withoutPlaybook > 0 && `, ${withoutPlaybook} of them without a playbook`}
          </span>
        </p>
        {next !== undefined && (
          <Button size="compact-xs" variant="default" onClick={() => open(next)}>
            Next open question
          </Button>
        )}
      </div>
      {bySubject(questions).map(({ subject, questions: members }) => (
        <section key={subject} className={classes.group} aria-label={subject}>
          <h2>
            <span>
              <VisibleText text={subject} />
            </span>
            <Covered members={members} />
          </h2>
          <ol>
            {members.map((question) => (
              <Row key={question.id} question={question} isCurrent={question.id === current} open={open} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

/** "12 of 17 left". */
export function leftOf({ required, answered }: IncidentQuestions["verdict"]): string {
  return answered < required ? `${required - answered} of ${required} left` : `All ${required} answered`;
}

function Covered({ members }: { readonly members: readonly IncidentQuestion[] }) {
  const processes = Math.max(...members.map((question) => question.processes.length));
  return <span className={classes.soft}>{counted(processes, "process", "processes")}</span>;
}

function Row({
  question,
  isCurrent,
  open,
}: {
  readonly question: IncidentQuestion;
  readonly isCurrent: boolean;
  readonly open: (question: IncidentQuestion) => void;
}) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) {
      row.current?.scrollIntoView({ block: "nearest" });
    }
  }, [isCurrent]);
  return (
    <li ref={row}>
      <button
        type="button"
        aria-current={isCurrent ? "step" : undefined}
        data-state={question.state}
        onClick={() => open(question)}
      >
        <span className={classes.text}>
          <InlineCode text={question.text} />
        </span>
        {!question.required && <span className={classes.soft}>optional</span>}
        <State question={question} />
      </button>
    </li>
  );
}

/** The answer that all processes share; otherwise for how many there is one. */
function State({ question: { state, value, processes } }: { readonly question: IncidentQuestion }) {
  if (state === "open" || value !== undefined) {
    return <AnswerMark value={value} short />;
  }
  const answered = processes.filter(({ answer }) => answer !== undefined).length;
  return (
    <span className={classes.partly}>
      <IconCircleHalf2 size={14} stroke={1.8} aria-hidden />
      {state === "partly" ? `partly: ${answered} of ${processes.length}` : "different answers"}
    </span>
  );
}
