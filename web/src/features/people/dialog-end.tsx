import { Button, Group, Textarea } from "@mantine/core";
import type { ReactNode } from "react";
import type { RequestError } from "../../api/client.ts";
import { cancelWord } from "../../ui/conflict.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./people.module.css";

/** The end of a dialog: why its request was refused, the button that cancels, and the one that confirms. */
export function DialogEnd({
  error,
  close,
  children,
}: {
  readonly error: RequestError | null;
  readonly close: () => void;
  /** The button that confirms. */
  readonly children: ReactNode;
}) {
  return (
    <>
      {error !== null && (
        <div className={classes.problem}>
          <ErrorState error={error} />
        </div>
      )}
      <Group justify="flex-end" gap="xs">
        <Button size="xs" variant="default" onClick={close}>
          {cancelWord(error)}
        </Button>
        {children}
      </Group>
    </>
  );
}

/** Why a person is added or changed. */
export function NoteField({
  value,
  change,
  rows = 1,
  focused = false,
}: {
  readonly value: string;
  readonly change: (note: string) => void;
  /** Lines of an empty field. */
  readonly rows?: number;
  /** Whether it has the focus when the dialog opens. */
  readonly focused?: boolean;
}) {
  return (
    <Textarea
      label="Note"
      description="Why, for the audit trail"
      data-autofocus={focused || undefined}
      autosize
      minRows={rows}
      maxRows={6}
      maxLength={2000}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
