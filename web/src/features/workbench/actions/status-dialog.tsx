import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import type { AlertDetail } from "#contracts/alert";
import { cancelWord } from "../../../ui/conflict.tsx";
import { VisibleTextarea } from "../../../ui/visible-input.tsx";
import type { IncidentState } from "../incident/use-incident.ts";
import { NotChanged } from "./not-changed.tsx";
import { ScopeChoice, scopeCount, scopeNoun } from "./scope-choice.tsx";
import type { AlertActions } from "./use-actions.ts";
import { useTransitionForm } from "./use-transition-form.ts";

const verbs = { acknowledged: "Acknowledge", open: "Reopen" } as const;

/** Acknowledges or reopens the alerts in a scope. */
export function StatusDialog({
  to,
  alert,
  incident,
  actions,
}: {
  readonly to: keyof typeof verbs;
  readonly alert: AlertDetail;
  readonly incident: IncidentState;
  readonly actions: AlertActions;
}) {
  const [note, setNote] = useState("");
  const form = useTransitionForm(alert, incident, actions, to);
  const { scope, problem } = form;
  const isConflict = problem?.details.code === "request.conflict";
  return (
    <Modal opened onClose={actions.closeDialog} title={`${verbs[to]} ${scopeNoun(scope)}`} size="lg">
      <Stack gap="sm">
        <ScopeChoice form={form} />
        <VisibleTextarea label="Note" autosize minRows={2} maxRows={8} value={note} change={setNote} />
        {problem !== undefined && <NotChanged problem={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            {cancelWord(problem)}
          </Button>
          <Button
            size="xs"
            data-autofocus
            disabled={scope === undefined}
            loading={actions.busy}
            onClick={() => void form.submit({ note })}
          >
            {isConflict ? `${verbs[to]} anyway` : `${verbs[to]} ${scopeCount(scope)}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
