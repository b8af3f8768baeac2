import { Button, Popover } from "@mantine/core";
import { IconArrowsExchange, IconChevronUp } from "@tabler/icons-react";
import type { PlaybookView, Verdict } from "#contracts/playbook";
import { AnswerMark, answerWord } from "../../../ui/answer-mark.tsx";
import { VerdictMark } from "../../../ui/marks.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import type { AlertActions } from "./use-actions.ts";
import classes from "./verdict-bar.module.css";
import { verdictChanges } from "./verdict-changes.ts";

const outcomeLabels = {
  undetermined: "not decided",
  benign: "benign",
  suspicious: "suspicious",
  malicious: "malicious",
} as const;

/** The verdict of the alert with its explanation, and what can be done with its incident. */
export function VerdictBar({
  playbook,
  actions,
  recommendation,
  goToStep,
}: {
  readonly playbook: PlaybookView | undefined;
  readonly actions: AlertActions;
  /** What the verdict of the incident recommends. */
  readonly recommendation: Verdict["recommendation"] | undefined;
  readonly goToStep: (step: string) => void;
}) {
  return (
    <section className={classes.bar} aria-label="Verdict and actions">
      {playbook === undefined ? (
        <span className={classes.rule}>The verdict is derived from the playbook.</span>
      ) : (
        <>
          <VerdictMark outcome={playbook.verdict.outcome} />
          <p className={classes.rule} title={playbook.verdict.rule.text}>
            {playbook.verdict.rule.text}
          </p>
          <Explanation playbook={playbook} goToStep={goToStep} />
        </>
      )}
      <div className={classes.actions}>
        {actions.denial !== undefined ? (
          <PermissionNote action="Triage" denial={actions.denial} />
        ) : (
          <ActionButtons actions={actions} recommendation={recommendation} />
        )}
        <Button
          size="xs"
          variant="default"
          onClick={actions.openBundle}
          disabled={actions.noBundle !== undefined}
          title={actions.noBundle ?? "Everything about the incident as one file (H)"}
        >
          Bundle
        </Button>
      </div>
    </section>
  );
}

function ActionButtons({
  actions,
  recommendation,
}: {
  readonly actions: AlertActions;
  readonly recommendation: Verdict["recommendation"] | undefined;
}) {
  const { can } = actions;
  return (
    <>
      {can.acknowledge && (
        <Button.Group>
          <Button
            size="xs"
            variant="default"
            onClick={actions.acknowledge}
            disabled={actions.isLoading}
            loading={actions.busy}
            title="Acknowledge the incident (A)"
          >
            Acknowledge
          </Button>
          <Button
            size="xs"
            variant="default"
            px={6}
            onClick={actions.openAcknowledge}
            aria-label="Acknowledge…"
            title="Acknowledge the incident, this process or this alert"
          >
            <IconChevronUp size={13} aria-hidden />
          </Button>
        </Button.Group>
      )}
      <Button size="xs" variant="default" onClick={actions.openException} title="E">
        Exception…
      </Button>
      {can.escalate && (
        <Button
          size="xs"
          variant={recommendation === "escalate" ? "filled" : "default"}
          onClick={actions.openEscalate}
          title="S"
        >
          Escalate…
        </Button>
      )}
      {can.close && (
        <Button
          size="xs"
          variant={recommendation === "close" ? "filled" : "default"}
          onClick={actions.openClose}
          title="C"
        >
          Close…
        </Button>
      )}
      {can.reopen && (
        <Button size="xs" variant="default" onClick={actions.openReopen}>
          Reopen…
        </Button>
      )}
    </>
  );
}

function Explanation({
  playbook,
  goToStep,
}: {
  readonly playbook: PlaybookView;
  readonly goToStep: (step: string) => void;
}) {
  const { verdict } = playbook;
  const number = (stepId: string) => playbook.steps.findIndex((step) => step.id === stepId) + 1;
  const changes = verdictChanges(verdict.flips);
  return (
    <Popover position="top" width="min(520px, calc(100vw - 20px))" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconArrowsExchange size={14} aria-hidden />}
          rightSection={<IconChevronUp size={13} aria-hidden />}
        >
          Why this verdict{changes.length > 0 ? ` (${changes.length} possible changes)` : ""}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.why}>
        <h3>
          Row {verdict.rule.number} of the decision table applies
          <span>
            {verdict.answered} of {verdict.total} steps answered
          </span>
        </h3>
        <p>{verdict.rule.text}</p>
        {verdict.reasons.length > 0 && (
          <ul>
            {verdict.reasons.map((reason) => (
              <li key={`${reason.stepId} ${reason.text}`}>
                <button type="button" onClick={() => goToStep(reason.stepId)}>
                  {number(reason.stepId) > 0 ? `Step ${number(reason.stepId)}` : reason.stepId}
                </button>
                <span>{reason.text}</span>
                {reason.value !== undefined && <AnswerMark value={reason.value} short />}
              </li>
            ))}
          </ul>
        )}
        <h3>What would change the verdict</h3>
        {changes.length === 0 ? (
          <p>No single answer would change the verdict.</p>
        ) : (
          <ul>
            {changes.map(({ stepId, outcome, answers }) => (
              <li key={`${stepId} ${outcome}`}>
                <button type="button" onClick={() => goToStep(stepId)}>
                  Step {number(stepId)}
                </button>
                <span>
                  {answers.map((answer) => `“${answerWord(answer)}”`).join(" or ")} would change the verdict to{" "}
                  <strong>{outcomeLabels[outcome]}</strong>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
