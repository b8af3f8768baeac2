import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import type { AlertDetail } from "#contracts/alert";
import { cancelWord } from "../../../ui/conflict.tsx";
import { EscalationNote } from "../../../ui/escalation-note.tsx";
import { VisibleTextarea } from "../../../ui/visible-input.tsx";
import type { IncidentState } from "../incident/use-incident.ts";
import classes from "./dialogs.module.css";
import { NotChanged } from "./not-changed.tsx";
import { ScopeChoice, scopeCount, scopeNoun } from "./scope-choice.tsx";
import type { AlertActions } from "./use-actions.ts";
import { useTransitionForm } from "./use-transition-form.ts";

export function EscalateDialog({
  alert,
  incident,
  actions,
}: {
  readonly alert: AlertDetail;
  readonly incident: IncidentState;
  readonly actions: AlertActions;
}) {
  const [note, setNote] = useState("");
  const form = useTransitionForm(alert, incident, actions, "escalated");
  const { scope, problem } = form;
  const isAlone = !incident.isLoading && incident.detail === undefined;
  const isConflict = problem?.details.code === "request.conflict";
  return (
    <Modal opened onClose={actions.closeDialog} title={`Escalate ${scopeNoun(scope)}`} size="lg">
      <Stack gap="sm">
        <ScopeChoice form={form} />
        <p className={classes.text}>
          Answers, notes and pinned evidence of every step are included. Summarize what the next analyst must know.
        </p>
        {isAlone ? (
          <p className={classes.text}>This alert is in no incident of the queue, so its escalation is sent nowhere.</p>
        ) : (
          <EscalationNote />
        )}
        <VisibleTextarea
          label="Note for the next analyst"
          autosize
          minRows={3}
          maxRows={10}
          required
          data-autofocus
          value={note}
          change={setNote}
        />
        {problem !== undefined && <NotChanged problem={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            {cancelWord(problem)}
          </Button>
          <Button
            size="xs"
            disabled={scope === undefined || note.trim() === ""}
            loading={actions.busy}
            onClick={() => void form.submit({ note })}
          >
            {isConflict ? "Escalate anyway" : `Escalate ${scopeCount(scope)}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
