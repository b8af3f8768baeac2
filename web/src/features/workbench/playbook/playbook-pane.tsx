import { Checkbox, Tabs } from "@mantine/core";
import { useState } from "react";
import type { IncidentQuestion } from "#contracts/incident";
import type { PlaybookView } from "#contracts/playbook";
import { useChange } from "../../../api/queries.ts";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { EmptyState, ErrorState, Loaded } from "../../../ui/state.tsx";
import { leftOf, QuestionsList } from "../incident/questions-list.tsx";
import { placeOf } from "../incident/walk.ts";
import { AnswerForm } from "./answer-form.tsx";
import { Criteria } from "./criteria.tsx";
import classes from "./playbook-pane.module.css";
import { PlaybookSwitch } from "./playbook-switch.tsx";
import { Policy } from "./policy.tsx";
import { useOpenProposals, WaitingProposals } from "./proposals.tsx";
import { RecordedAnswer } from "./recorded-answer.tsx";
import { StepBody } from "./step-body.tsx";
import { StepRail } from "./step-rail.tsx";
import { SuggestionLine } from "./suggestion-line.tsx";
import type { PlaybookState } from "./use-playbook.ts";

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
          <Tabs.Panel value="steps" className={classes.panel} data-pane="steps">
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
  if (step === undefined) {
    return (
      <EmptyState
        title="This playbook has no steps"
        reason="Escalate or close the alert with a note of your own. The requirements for closing still apply."
      />
    );
  }
  return (
    <div className={classes.work}>
      <StepRail playbook={playbook} view={view} current={step} />
      <div key={step.id} className={classes.step}>
        <StepBody playbook={playbook} view={view} step={step} />
      </div>
      <div key={`answer ${step.id}`} className={classes.dock}>
        <div className={classes.aids}>
          <SuggestionLine playbook={playbook} step={step} />
          <Criteria step={step} />
        </div>
        {playbook.denial === undefined ? (
          <AnswerForm playbook={playbook} step={step} />
        ) : (
          <RecordedAnswer step={step} denial={playbook.denial} isUnsaved={playbook.unsaved.has(step.id)} />
        )}
      </div>
    </div>
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
