import { Button, Group, Modal } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { RequestError } from "../api/client.ts";
import { cancelWord } from "./conflict.tsx";
import { ErrorState } from "./state.tsx";
import { VisibleTextarea } from "./visible-input.tsx";

/** Asks why before something is changed. The note goes to the audit trail. */
export function NoteDialog({
  title,
  action,
  description,
  label = "Note",
  about,
  danger = false,
  pending,
  error,
  close,
  confirm,
}: {
  readonly title: string;
  /** The button that confirms, as a verb. */
  readonly action: string;
  readonly description: string;
  readonly label?: string;
  /** What is changed. */
  readonly about?: ReactNode;
  readonly danger?: boolean;
  readonly pending: boolean;
  readonly error: RequestError | null;
  readonly close: () => void;
  readonly confirm: (note: string) => void;
}) {
  const [note, setNote] = useState("");
  return (
    <Modal opened onClose={close} title={title} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm(note.trim());
        }}
      >
        {about}
        <VisibleTextarea
          label={label}
          description={description}
          required
          data-autofocus
          autosize
          minRows={2}
          maxLength={4000}
          value={note}
          change={setNote}
        />
        {error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="xs" mt="md">
          <Button size="xs" variant="default" onClick={close}>
            {cancelWord(error)}
          </Button>
          <Button
            size="xs"
            type="submit"
            {...(danger ? { color: "red" } : {})}
            disabled={note.trim() === ""}
            loading={pending}
          >
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
