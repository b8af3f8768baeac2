import { ActionIcon } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight, IconListNumbers } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { PlaybookView, StepView } from "#contracts/playbook";
import { useRoving } from "../../../keyboard/roving.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { useOpenProposals, WaitingProposals } from "./proposals.tsx";
import { RunAllBar, StepOutcome } from "./run-all.tsx";
import classes from "./step-rail.module.css";
import type { PlaybookState } from "./use-playbook.ts";
import { type RunAll, useRunAll } from "./use-run-all.ts";

/** The steps in one line, each with its number and answer; with their questions as a list where there is room. */
export function StepRail({
  playbook,
  view,
  current,
}: {
  readonly playbook: PlaybookState;
  readonly view: PlaybookView;
  readonly current: StepView;
}) {
  const all = useRunAll(playbook.alertId, view);
  const waiting = useOpenProposals(playbook.alertId);
  const isTall = useMediaQuery("(min-width: 900px) and (min-height: 1000px)", false, {
    getInitialValueInEffect: false,
  });
  const [chosen, choose] = useState<boolean>();
  const isListed = chosen ?? isTall;
  const roving = useRoving<HTMLOListElement>();
  return (
    <nav className={classes.rail} aria-label="Steps" data-listed={isListed || undefined}>
      <div className={classes.line}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-pressed={isListed}
          aria-label="List the questions"
          title="List the questions"
          onClick={() => choose(!isListed)}
        >
          <IconListNumbers size={15} aria-hidden />
        </ActionIcon>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="Previous"
          title="Previous question ([)"
          onClick={() => playbook.move(-1)}
        >
          <IconChevronLeft size={15} aria-hidden />
        </ActionIcon>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="Next"
          title="Next question (])"
          onClick={() => playbook.move(1)}
        >
          <IconChevronRight size={15} aria-hidden />
        </ActionIcon>
        <RunAllBar all={all} />
      </div>
      <ol {...roving} data-steps className={classes.steps}>
        {view.steps.map((step, index) => (
          <RailStep
            key={step.id}
            playbook={playbook}
            step={step}
            number={index + 1}
            isOpen={step.id === current.id}
            all={all}
            waiting={waiting.filter((one) => one.kind === "answer" && one.stepId === step.id).length}
          />
        ))}
      </ol>
    </nav>
  );
}

function RailStep({
  playbook,
  step,
  number,
  isOpen,
  all,
  waiting,
}: {
  readonly playbook: PlaybookState;
  readonly step: StepView;
  readonly number: number;
  readonly isOpen: boolean;
  readonly all: RunAll;
  /** Proposed answers. */
  readonly waiting: number;
}) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) {
      row.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }, [isOpen]);
  return (
    <li ref={row}>
      <button
        type="button"
        aria-current={isOpen ? "step" : undefined}
        title={step.question}
        onClick={() => playbook.goTo(step.id)}
      >
        <span className={classes.number}>{number}</span>
        <span className={classes.question}>
          <InlineCode text={step.question} />
        </span>
        <span className={classes.outcome}>
          <StepOutcome step={step} all={all} />
        </span>
        <WaitingProposals count={waiting} />
        {playbook.unsaved.has(step.id) && <span className={classes.unsaved}>unsaved</span>}
        <AnswerMark value={step.answer?.value} short />
      </button>
    </li>
  );
}
