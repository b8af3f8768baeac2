import { Button, Popover } from "@mantine/core";
import { IconArrowsExchange, IconChevronUp } from "@tabler/icons-react";
import type { AlertDetail } from "#contracts/alert";
import type { PlaybookView } from "#contracts/playbook";
import { AnswerMark, answerWord } from "../../../ui/answer-mark.tsx";
import { VerdictMark } from "../../../ui/marks.tsx";
import { groupFlips } from "./flips.ts";
import type { AlertActions } from "./use-actions.ts";
import classes from "./verdict-bar.module.css";

const outcomeWord = {
  undetermined: "not decided",
  benign: "benign",
  suspicious: "suspicious",
  malicious: "malicious",
} as const;

/** What the answers amount to, why, what would change it, and what can be done about the alert now. */
export function VerdictBar({
  alert,
  playbook,
  actions,
  goToStep,
}: {
  readonly alert: AlertDetail;
  readonly playbook: PlaybookView | undefined;
  readonly actions: AlertActions;
  readonly goToStep: (step: string) => void;
}) {
  return (
    <section className={classes.bar} aria-label="Verdict and actions">
      {playbook === undefined ? (
        <span className={classes.rule}>The verdict follows from the playbook.</span>
      ) : (
        <>
          <VerdictMark outcome={playbook.verdict.outcome} />
          <p className={classes.rule} title={playbook.verdict.rule.text}>
            {playbook.verdict.rule.text}
          </p>
          <Why playbook={playbook} goToStep={goToStep} />
        </>
      )}
      <div className={classes.actions}>
        {alert.status === "closed" ? (
          <Button size="xs" variant="default" onClick={actions.reopen} loading={actions.busy}>
            Reopen
          </Button>
        ) : (
          <>
            {alert.status === "open" && (
              <Button size="xs" variant="default" onClick={actions.acknowledge} loading={actions.busy} title="A">
                Acknowledge
              </Button>
            )}
            <Button size="xs" variant="default" onClick={actions.openException} title="E">
              Exception…
            </Button>
            {alert.status !== "escalated" && (
              <Button
                size="xs"
                variant={playbook?.verdict.recommendation === "escalate" ? "filled" : "default"}
                onClick={actions.openEscalate}
                title="S"
              >
                Escalate…
              </Button>
            )}
            <Button
              size="xs"
              variant={playbook?.verdict.recommendation === "close" ? "filled" : "default"}
              onClick={actions.openClose}
              title="C"
            >
              Close…
            </Button>
          </>
        )}
      </div>
    </section>
  );
}

function Why({ playbook, goToStep }: { readonly playbook: PlaybookView; readonly goToStep: (step: string) => void }) {
  const { verdict } = playbook;
  const number = (stepId: string) => playbook.steps.findIndex((step) => step.id === stepId) + 1;
  const flips = groupFlips(verdict.flips).length;
  return (
    <Popover position="top" width={520} shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconArrowsExchange size={14} aria-hidden />}
          rightSection={<IconChevronUp size={13} aria-hidden />}
        >
          Why{flips > 0 ? `, and what would flip it (${flips})` : ""}
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
        <h3>What would flip it</h3>
        {flips === 0 ? (
          <p>No single answer would change the verdict.</p>
        ) : (
          <ul>
            {groupFlips(verdict.flips).map(({ stepId, outcome, answers }) => (
              <li key={`${stepId} ${outcome}`}>
                <button type="button" onClick={() => goToStep(stepId)}>
                  Step {number(stepId)}
                </button>
                <span>
                  {answers.map((answer) => `“${answerWord(answer)}”`).join(" or ")} would make it{" "}
                  <strong>{outcomeWord[outcome]}</strong>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
