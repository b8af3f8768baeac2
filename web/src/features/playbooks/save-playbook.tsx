import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { PlaybookCheck, PlaybookFile } from "#contracts/playbook-draft";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { playbookPath } from "../../ui/playbook-words.ts";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./editor-page.module.css";

/** Saves a draft as a file in an own folder, where it is in use at once. */
export function SavePlaybook({
  text,
  name,
  setName,
  file,
  id,
  check,
}: {
  readonly text: string;
  readonly name: string;
  readonly setName: (name: string) => void;
  /** The file that was opened, if it is not a new one. */
  readonly file: PlaybookFile | undefined;
  readonly id: string | undefined;
  readonly check: PlaybookCheck | undefined;
}) {
  const folders = useRoute("playbookFolders");
  const save = useChange("savePlaybook");
  const { seen, again } = useSeen({ name: "playbookFile", params: { playbook: id ?? "" } });
  const denial = useDenial("author");
  const [chosen, setFolder] = useState<string>();
  const [replace, setReplace] = useState(file?.writable === true);
  const [note, setNote] = useState("");
  const writable = folders.data?.folders.filter((one) => one.writable).map(({ path }) => path) ?? [];
  const folder = chosen ?? (file?.writable === true ? file.folder : writable[0]) ?? null;
  const offer =
    folders.data === undefined
      ? "Loading the folders…"
      : writable.length === 0
        ? "No own folder: name one with STEMMA_PLAYBOOKS"
        : "Choose a folder";
  const ready = check?.playbook !== undefined && check.problems.length === 0;
  return (
    <Section title="Save as file">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (folder !== null) {
            save.mutate(
              {
                body: { text, folder, name, replace, note },
                seen: replace && id !== undefined && file?.writable === true ? seen : undefined,
              },
              { onError: again, onSuccess: again },
            );
          }
        }}
      >
        <Select
          size="xs"
          label="Folder"
          description="On the server"
          placeholder={offer}
          data={writable}
          value={folder}
          onChange={(value) => setFolder(value ?? undefined)}
          className={classes.folder}
        />
        <TextInput
          size="xs"
          label="File name"
          description="In that folder"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          label="Note"
          description="For the audit trail"
          maxLength={4000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label="Replace existing file"
          checked={replace}
          onChange={(event) => setReplace(event.currentTarget.checked)}
        />
        <Button
          size="xs"
          type="submit"
          loading={save.isPending}
          disabled={!ready || folder === null || name === "" || note.trim() === "" || denial !== undefined}
        >
          Save and use
        </Button>
      </form>
      {denial !== undefined && <PermissionNote action="Saving on the server" denial={denial} />}
      {folders.error !== null && <ErrorState error={folders.error} retry={() => void folders.refetch()} />}
      {save.error !== null && <ErrorState error={save.error} />}
      {save.data !== undefined && (
        <p role="status" className={classes.saved}>
          <code>{save.data.file}</code>
          <span>saved and in use.</span>
          <TextLink to={playbookPath(save.data.id)}>Read the playbook</TextLink>
        </p>
      )}
    </Section>
  );
}
