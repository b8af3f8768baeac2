import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { cancelWord } from "../../../ui/conflict.tsx";
import classes from "./dialogs.module.css";
import { NotChanged } from "./not-changed.tsx";
import type { AlertActions } from "./use-actions.ts";
import { useTransitionForm } from "./use-transition-form.ts";

export function EscalateDialog({ actions }: { readonly actions: AlertActions }) {
  const [note, setNote] = useState("");
  const { submit, problem } = useTransitionForm(actions);
  const isConflict = problem?.details.code === "request.conflict";
  return (
    <Modal opened onClose={actions.closeDialog} title="Escalate alert" size="lg">
      <Stack gap="sm">
        <p className={classes.text}>
          Answers, notes and pinned evidence of every step are included. Summarize what the next analyst must know.
        </p>
        <Textarea
          label="Note for the next analyst"
          autosize
          minRows={3}
          maxRows={10}
          required
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {problem !== undefined && <NotChanged problem={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            {cancelWord(problem)}
          </Button>
          <Button
            size="xs"
            disabled={note.trim() === ""}
            loading={actions.busy}
            onClick={() => void submit({ to: "escalated", note })}
          >
            {isConflict ? "Escalate anyway" : "Escalate"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
