import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import type { AlertDetail, AlertSummary, CloseReason } from "#contracts/alert";
import type { Verdict, VerdictOutcome } from "#contracts/playbook";
import { reasons } from "../../../ui/close-reasons.ts";
import { cancelWord } from "../../../ui/conflict.tsx";
import { VerdictMark } from "../../../ui/marks.tsx";
import { OriginalAlert } from "../../../ui/original-alert.tsx";
import { reasonHint } from "../../../ui/reason-hint.ts";
import { VisibleTextarea } from "../../../ui/visible-input.tsx";
import type { IncidentState } from "../incident/use-incident.ts";
import classes from "./dialogs.module.css";
import { NotChanged } from "./not-changed.tsx";
import { ScopeChoice, scopeCount, scopeNoun } from "./scope-choice.tsx";
import { type ScopeOption, verdictIn } from "./scopes.ts";
import type { AlertActions } from "./use-actions.ts";
import { useTransitionForm } from "./use-transition-form.ts";

const suggestedReasons: Partial<Record<VerdictOutcome, CloseReason>> = {
  benign: "benign",
  malicious: "true-positive",
};

/** Only a reason that contradicts the verdict can be overridden with a reason of the analyst's own. */
function contradicts(reason: CloseReason | undefined, outcome: VerdictOutcome | undefined): boolean {
  return reason === "benign" || reason === "false-positive"
    ? outcome !== "benign"
    : reason === "true-positive" && outcome !== "malicious";
}

/**
 * The server refuses to close alerts against their verdict; the analyst may then override it with a reason. Which
 * alerts: the incident unless another scope is chosen.
 */
export function CloseDialog({
  alert,
  incident,
  actions,
  verdict: ofAlert,
}: {
  readonly alert: AlertDetail;
  readonly incident: IncidentState;
  readonly actions: AlertActions;
  readonly verdict?: Verdict;
}) {
  const form = useTransitionForm(alert, incident, actions, "closed");
  const { scope, problem } = form;
  const verdict = verdictIn(scope?.kind ?? "alert", incident, alert, ofAlert);
  const [chosen, setReason] = useState<CloseReason>();
  const reason = chosen ?? (verdict && suggestedReasons[verdict.outcome]);
  const [note, setNote] = useState("");
  const [override, setOverride] = useState("");
  const [duplicateOf, setDuplicateOf] = useState<string>();
  const isConflict = problem?.details.code === "request.conflict";
  const refusedByVerdict = problem !== undefined && problem.details.status < 500 && !isConflict;
  // Somebody else has to close then, whatever the reason.
  const needsSecond = problem?.details.code === "workflow.second-analyst";
  const needsOverride = refusedByVerdict && !needsSecond && contradicts(reason, verdict?.outcome);
  const isDuplicate = reason === "duplicate";
  return (
    <Modal opened onClose={actions.closeDialog} title={`Close ${scopeNoun(scope)}`} size="lg">
      <Stack gap="sm">
        <ScopeChoice form={form} />
        <p className={classes.text}>
          {verdict === undefined ? (
            "The verdict of these alerts is checked when they are closed."
          ) : (
            <>
              <VerdictMark outcome={verdict.outcome} /> {verdict.text}
            </>
          )}
        </p>
        <Radio.Group
          label="Reason"
          value={reason ?? null}
          onChange={(value) => {
            setReason(reasons.find((option) => option.value === value)?.value);
            form.dismissProblem();
          }}
        >
          <Stack gap={10} mt={6}>
            {reasons.map((option) => (
              <Radio key={option.value} size="sm" {...option} />
            ))}
          </Stack>
        </Radio.Group>
        {isDuplicate && (
          <OriginalAlert
            like={alert}
            isClosedToo={(other) => isInScope(other, alert, scope?.kind)}
            value={duplicateOf}
            change={setDuplicateOf}
          />
        )}
        <VisibleTextarea
          label="Note"
          required={isDuplicate}
          description={isDuplicate ? reasonHint(note, "Why the other alert covers it.") : undefined}
          autosize
          minRows={2}
          maxRows={8}
          value={note}
          change={setNote}
        />
        {problem !== undefined && <NotChanged problem={problem} />}
        {needsOverride && <OverrideReason value={override} change={setOverride} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            {cancelWord(problem)}
          </Button>
          <Button
            size="xs"
            disabled={
              scope === undefined ||
              reason === undefined ||
              (needsOverride && override.trim() === "") ||
              (isDuplicate && (duplicateOf === undefined || note.trim() === ""))
            }
            loading={actions.busy}
            color={needsOverride ? "red" : undefined}
            onClick={() =>
              void form.submit({
                ...{ reason, note, override: override.trim() === "" ? undefined : override },
                ...(isDuplicate ? { duplicateOf } : {}),
              })
            }
          >
            {needsOverride ? "Close against the verdict" : isConflict ? "Close anyway" : `Close ${scopeCount(scope)}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Whether another alert is closed with this one, as far as it shows. */
function isInScope(other: AlertSummary, alert: AlertDetail, scope: ScopeOption["kind"] | undefined): boolean {
  return (
    other.id === alert.id ||
    (scope === "incident" && other.incidentKey === alert.incidentKey) ||
    (scope === "process" && other.process.key === alert.process.key)
  );
}

function OverrideReason({ value, change }: { readonly value: string; readonly change: (value: string) => void }) {
  return (
    <VisibleTextarea
      label="Your reason for closing against the verdict"
      description={reasonHint(value, "Recorded in the audit trail under your name; the incident is marked.")}
      autosize
      minRows={2}
      required
      data-autofocus
      value={value}
      change={change}
    />
  );
}
