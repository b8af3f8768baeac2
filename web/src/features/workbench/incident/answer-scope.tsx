import { SegmentedControl } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { IncidentQuestion } from "#contracts/incident";
import type { Answer, StepView } from "#contracts/playbook";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { VisibleText } from "../../../ui/command-line.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./answer-scope.module.css";
import type { SharedQuestion } from "./use-shared-question.ts";
import { type AnswerScope, processesIn, scopesOf, subjectWords } from "./walk.ts";

/** For what an answer counts, with a choice where it is about single processes, and the list of them. */
export function AnswerScopeChoice({ alertId, shared }: { readonly alertId: string; readonly shared: SharedQuestion }) {
  const { question, scope, setScope } = shared;
  const [isListed, setListed] = useState(false);
  const listId = useId();
  if (question === undefined) {
    return null;
  }
  const covered = new Set(processesIn(question, scope, alertId));
  const shown = question.processes.filter(({ key }) => covered.has(key));
  const scopes = scopesOf(question, alertId);
  const Icon = isListed ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.scope}>
      <div className={classes.line}>
        <button
          type="button"
          aria-expanded={isListed}
          aria-controls={listId}
          title="Show the processes"
          onClick={() => setListed(!isListed)}
        >
          <Icon size={13} aria-hidden />
          <span>
            For <VisibleText text={subjectWords({ ...question, processes: shown })} />
          </span>
        </button>
        {scopes.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="The answer counts for"
            value={scope}
            onChange={(value) => setScope(scopes.find((one) => one === value) ?? "all")}
            data={scopes.map((value) => ({ value, label: scopeLabel(value, question, alertId) }))}
          />
        )}
      </div>
      {isListed && (
        <ul id={listId} className={classes.list} aria-label="Processes of the question">
          {question.processes.map((process) => (
            <li key={process.key} data-covered={covered.has(process.key) || undefined}>
              <span>
                <VisibleText text={`${process.name ?? "no process"} ${process.pid ?? ""} on ${process.host}`} />
                {process.alertIds.includes(alertId) && <em> this alert</em>}
              </span>
              <AnswerMark value={process.answer?.value} short />
              {process.commandLine !== undefined && (
                <code>
                  <VisibleText text={process.commandLine} />
                </code>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function scopeLabel(scope: AnswerScope, question: IncidentQuestion, alertId: string): string {
  const count = processesIn(question, scope, alertId).length;
  return scope === "all" ? `All ${count}` : scope === "open" ? `Without answer: ${count}` : "This process";
}

/** Who answered a step, and for what: the answer may have been given at another alert. */
export function AnsweredBy({
  step: { about },
  answer,
  question,
}: {
  readonly step: Pick<StepView, "about">;
  readonly answer: Answer;
  readonly question?: IncidentQuestion;
}) {
  const together = question?.processes.filter((process) => process.answer?.at === answer.at).length ?? 1;
  const subject = about !== "process" ? `the ${about}` : together > 1 ? `${together} processes` : undefined;
  return (
    <>
      {subject === undefined ? "Saved" : `Answered for ${subject}`} by <VisibleText text={answer.actor} />,{" "}
      <Moment iso={answer.at} precision="minute" />
    </>
  );
}
