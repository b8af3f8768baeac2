import { Checkbox, Tabs } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useEffect, useRef, useState } from "react";
import type { IncidentQuestion } from "#contracts/incident";
import type { PlaybookView, StepView } from "#contracts/playbook";
import { useChange } from "../../../api/queries.ts";
import { AnswerMark } from "../../../ui/answer-mark.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { EmptyState, ErrorState, Loaded } from "../../../ui/state.tsx";
import { leftOf, QuestionsList } from "../incident/questions-list.tsx";
import { placeOf } from "../incident/walk.ts";
import { AnswerForm } from "./answer-form.tsx";
import { GuideTexts } from "./guide-texts.tsx";
import classes from "./playbook-pane.module.css";
import { PlaybookSwitch } from "./playbook-switch.tsx";
import { Policy } from "./policy.tsx";
import { ExceptionProposals, useOpenProposals, WaitingProposals } from "./proposals.tsx";
import { RecordedAnswer } from "./recorded-answer.tsx";
import { RunAllBar, StepOutcome } from "./run-all.tsx";
import { StepBody } from "./step-body.tsx";
import type { PlaybookState } from "./use-playbook.ts";
import { type RunAll, useRunAll } from "./use-run-all.ts";

/**
 * The playbook: its steps with their answers, one of them open; the requirements for closing; the response checklists.
 */
export function PlaybookPane({ playbook }: { readonly playbook: PlaybookState }) {
  const waiting = useOpenProposals(playbook.alertId);
  const [tab, setTab] = useState<string | null>("steps");
  const { questions } = playbook;
  const openQuestion = (question: IncidentQuestion) => {
    setTab("steps");
    void playbook.open(placeOf(question, playbook.alertId, playbook.view?.steps ?? []));
  };
  return (
    <Loaded query={playbook.query} label="Loading the playbook" rows={10}>
      {(view) => (
        <Tabs className={classes.pane} value={tab} onChange={setTab} keepMounted={false}>
          <div className={classes.bar}>
            <Tabs.List aria-label="Playbook sections">
              <Tabs.Tab value="steps">
                <span className={classes.tab}>
                  Steps {view.verdict.answered}/{view.verdict.total} <WaitingProposals count={waiting.length} />
                </span>
              </Tabs.Tab>
              {questions !== undefined && <Tabs.Tab value="incident">Incident {leftOf(questions.verdict)}</Tabs.Tab>}
              <Tabs.Tab value="policy">Closing</Tabs.Tab>
              <Tabs.Tab value="response">Response</Tabs.Tab>
            </Tabs.List>
            <PlaybookSwitch playbook={playbook} view={view} />
          </div>
          <Tabs.Panel value="steps" className={classes.panel}>
            <Steps playbook={playbook} view={view} />
          </Tabs.Panel>
          <Tabs.Panel value="incident" className={classes.scrolled} tabIndex={-1}>
            {questions !== undefined && (
              <QuestionsList asked={questions} current={playbook.shared.question?.id} open={openQuestion} />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="policy" className={classes.text} tabIndex={0}>
            <Policy view={view} />
          </Tabs.Panel>
          <Tabs.Panel value="response" className={classes.text} tabIndex={0}>
            <Checklists playbook={playbook} view={view} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Loaded>
  );
}

function Steps({ playbook, view }: { readonly playbook: PlaybookState; readonly view: PlaybookView }) {
  const { step } = playbook;
  const waiting = useOpenProposals(playbook.alertId);
  const all = useRunAll(playbook.alertId, view);
  if (step === undefined) {
    return (
      <EmptyState
        title="This playbook has no steps"
        reason="Escalate or close the alert with a note of your own. The requirements for closing still apply."
      />
    );
  }
  return (
    <>
      <RunAllBar all={all} />
      <div className={classes.steps} data-steps>
        <ExceptionProposals alertId={playbook.alertId} />
        <ol>
          <GuideTexts texts={view.texts.filter(({ afterStep }) => afterStep === undefined)} />
          {view.steps.map((other, index) => (
            <Fragment key={other.id}>
              <StepRow
                playbook={playbook}
                step={other}
                number={index + 1}
                open={other.id === step.id}
                all={all}
                waiting={
                  waiting.filter((proposal) => proposal.kind === "answer" && proposal.stepId === other.id).length
                }
              />
              <GuideTexts texts={view.texts.filter(({ afterStep }) => afterStep === other.id)} />
            </Fragment>
          ))}
        </ol>
      </div>
      {playbook.denial === undefined ? (
        <AnswerForm key={step.id} playbook={playbook} step={step} />
      ) : (
        <RecordedAnswer step={step} denial={playbook.denial} isUnsaved={playbook.unsaved.has(step.id)} />
      )}
    </>
  );
}

function StepRow({
  playbook,
  step,
  number,
  open,
  all,
  waiting,
}: {
  readonly playbook: PlaybookState;
  readonly step: StepView;
  readonly number: number;
  readonly open: boolean;
  readonly all: RunAll;
  /** Proposed answers. */
  readonly waiting: number;
}) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) {
      row.current?.scrollIntoView({ block: "nearest" });
      row.current?.closest("[data-steps]")?.scrollTo({ top: Math.max(0, (row.current?.offsetTop ?? 0) - 72) });
    }
  }, [open]);
  return (
    <li ref={row} className={classes.step} data-open={open || undefined}>
      <h2>
        <button
          type="button"
          aria-current={open ? "step" : undefined}
          aria-expanded={open}
          onClick={() => playbook.goTo(step.id)}
        >
          <span className={classes.number}>{number}</span>
          <span className={classes.question}>
            <InlineCode text={step.question} />
          </span>
          {!open && <StepOutcome step={step} all={all} />}
          <WaitingProposals count={waiting} />
          {playbook.unsaved.has(step.id) && <span className={classes.unsaved}>unsaved</span>}
          <AnswerMark value={step.answer?.value} short />
        </button>
      </h2>
      {open && (
        <>
          <StepBody playbook={playbook} step={step} />
          <div className={classes.move}>
            <button type="button" onClick={() => playbook.move(-1)} title="Previous question ([)">
              <IconChevronLeft size={14} aria-hidden /> Previous
            </button>
            <button type="button" onClick={() => playbook.move(1)} title="Next question (])">
              Next <IconChevronRight size={14} aria-hidden />
            </button>
          </div>
        </>
      )}
    </li>
  );
}

function Checklists({ playbook, view }: { readonly playbook: PlaybookState; readonly view: PlaybookView }) {
  const change = useChange("checklist");
  if (view.checklists.length === 0) {
    return (
      <EmptyState
        title="No response checklist"
        reason="This playbook has no response items. Record your actions in the notes of the steps."
      />
    );
  }
  const matchesVerdict = (verdict: string) => verdict === view.verdict.outcome;
  const sorted = view.checklists.toSorted(
    (a, b) => Number(matchesVerdict(b.verdict)) - Number(matchesVerdict(a.verdict)),
  );
  return (
    <>
      {change.error !== null && (
        <ErrorState
          error={change.error}
          retry={() => change.variables !== undefined && change.mutate(change.variables)}
          trying={change.isPending}
          keepTheirs={change.reset}
        />
      )}
      {playbook.roleDenial !== undefined && <PermissionNote action="Ticking off items" denial={playbook.roleDenial} />}
      {sorted.map((list) => (
        <section
          key={list.title}
          className={classes.checklist}
          data-matches={matchesVerdict(list.verdict) || undefined}
        >
          <h2>
            {list.title}
            <span>
              {list.items.filter((item) => item.done).length}/{list.items.length}
              {matchesVerdict(list.verdict) ? " · matches the current verdict" : ""}
            </span>
          </h2>
          {list.items.map((item) => (
            <Checkbox
              key={item.id}
              size="xs"
              label={<InlineCode text={item.text} />}
              disabled={playbook.roleDenial !== undefined}
              checked={
                change.isPending && change.variables.params?.["item"] === item.id
                  ? change.variables.body.done
                  : item.done
              }
              onChange={(event) =>
                change.mutate({
                  params: { id: playbook.alertId, item: item.id },
                  body: { done: event.currentTarget.checked },
                  seen: { name: "playbook", params: { id: playbook.alertId } },
                })
              }
            />
          ))}
        </section>
      ))}
    </>
  );
}
