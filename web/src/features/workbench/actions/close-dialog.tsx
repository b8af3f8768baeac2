import { Button, Group, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import type { CloseReason } from "#contracts/alert";
import type { Verdict, VerdictOutcome } from "#contracts/playbook";
import { cancelWord } from "../../../ui/conflict.tsx";
import { VerdictMark } from "../../../ui/marks.tsx";
import classes from "./dialogs.module.css";
import { NotChanged } from "./not-changed.tsx";
import type { AlertActions } from "./use-actions.ts";
import { useTransitionForm } from "./use-transition-form.ts";

const reasons: readonly { readonly value: CloseReason; readonly label: string; readonly description: string }[] = [
  { value: "benign", label: "Benign", description: "The rule matched as intended; the activity is expected here." },
  { value: "false-positive", label: "False positive", description: "The rule matched unrelated activity." },
  {
    value: "true-positive",
    label: "True positive, resolved",
    description: "Confirmed malicious; the response is complete.",
  },
  { value: "duplicate", label: "Duplicate", description: "Covered by another alert: name it in the note." },
];

const suggestedReasons: Partial<Record<VerdictOutcome, CloseReason>> = {
  benign: "benign",
  malicious: "true-positive",
};

/** Only a reason that contradicts the verdict can be overridden with a reason of the analyst's own. */
function contradicts(reason: CloseReason | undefined, verdict: Verdict | undefined): boolean {
  return reason === "benign" || reason === "false-positive"
    ? verdict?.outcome !== "benign"
    : reason === "true-positive" && verdict?.outcome !== "malicious";
}

/** The server refuses to close an alert against the verdict; the analyst may then override it with a reason. */
export function CloseDialog({ actions, verdict }: { readonly actions: AlertActions; readonly verdict?: Verdict }) {
  const [reason, setReason] = useState(verdict && suggestedReasons[verdict.outcome]);
  const [note, setNote] = useState("");
  const [override, setOverride] = useState("");
  const { submit, problem, dismissProblem } = useTransitionForm(actions);
  const isConflict = problem?.details.code === "request.conflict";
  const refusedByVerdict = problem !== undefined && problem.details.status < 500 && !isConflict;
  const needsOverride = refusedByVerdict && contradicts(reason, verdict);
  return (
    <Modal opened onClose={actions.closeDialog} title="Close alert" size="lg">
      <Stack gap="sm">
        {verdict !== undefined && (
          <p className={classes.text}>
            <VerdictMark outcome={verdict.outcome} /> {verdict.rule.text}
          </p>
        )}
        <Radio.Group
          label="Reason"
          value={reason ?? null}
          onChange={(value) => {
            setReason(reasons.find((option) => option.value === value)?.value);
            dismissProblem();
          }}
        >
          <Stack gap={10} mt={6}>
            {reasons.map((option) => (
              <Radio key={option.value} size="sm" {...option} />
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          label="Note"
          autosize
          minRows={2}
          maxRows={8}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {problem !== undefined && <NotChanged problem={problem} />}
        {needsOverride && <OverrideReason value={override} change={setOverride} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            {cancelWord(problem)}
          </Button>
          <Button
            size="xs"
            disabled={reason === undefined || (needsOverride && override.trim() === "")}
            loading={actions.busy}
            color={needsOverride ? "red" : undefined}
            onClick={() =>
              void submit({ to: "closed", reason, note, override: override.trim() === "" ? undefined : override })
            }
          >
            {needsOverride ? "Close against the verdict" : isConflict ? "Close anyway" : "Close alert"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function OverrideReason({ value, change }: { readonly value: string; readonly change: (value: string) => void }) {
  return (
    <Textarea
      label="Your reason for closing against the verdict"
      description="Recorded in the audit trail under your name."
      autosize
      minRows={2}
      required
      data-autofocus
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
