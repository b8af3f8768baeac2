import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./save-file-form.module.css";

/** Where a text is saved as a file on the server, under which name, and why. */
export interface FileTarget {
  readonly folder: string | null;
  readonly name: string;
  readonly note: string;
  readonly replace: boolean;
}

/** The form of `FileTarget`: what cannot be saved yet is said by the page. */
export function SaveFileForm({
  label,
  placeholder,
  folders,
  target,
  change,
  action,
  isSaving,
  isReady,
  save,
  children,
}: {
  /** Of the folder. */
  readonly label: string;
  readonly placeholder: string;
  /** Those that can be written to. */
  readonly folders: readonly string[];
  readonly target: FileTarget;
  readonly change: (next: Partial<FileTarget>) => void;
  /** What the button says. */
  readonly action: string;
  readonly isSaving: boolean;
  /** Whether the text can be saved, wherever. */
  readonly isReady: boolean;
  readonly save: (target: FileTarget & { readonly folder: string }) => void;
  /** Further buttons. */
  readonly children?: ReactNode;
}) {
  const { folder, name, note, replace } = target;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (folder !== null) {
          save({ ...target, folder });
        }
      }}
    >
      <Select
        size="xs"
        label={label}
        description="On the server"
        placeholder={placeholder}
        data={folders}
        value={folder}
        onChange={(value) => change({ folder: value })}
        className={classes.folder}
      />
      <TextInput
        size="xs"
        label="File name"
        description="In that folder"
        value={name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        label="Note"
        description="For the audit trail"
        maxLength={4000}
        value={note}
        onChange={(event) => change({ note: event.currentTarget.value })}
      />
      <Checkbox
        size="xs"
        label="Replace existing file"
        checked={replace}
        onChange={(event) => change({ replace: event.currentTarget.checked })}
      />
      <Button
        size="xs"
        type="submit"
        loading={isSaving}
        disabled={!isReady || folder === null || name === "" || note.trim() === ""}
      >
        {action}
      </Button>
      {children}
    </form>
  );
}
