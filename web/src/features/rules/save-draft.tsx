import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { DraftCheck, RuleDraft } from "#contracts/rule-draft";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./save-draft.module.css";

/** Saves a draft as a file: in a rule folder of the server, where it is loaded immediately, or as a download. */
export function SaveDraft({ draft, check }: { readonly draft: RuleDraft; readonly check: DraftCheck | undefined }) {
  const folders = useRoute("ruleFolders");
  const save = useChange("saveRule");
  const { seen, again } = useSeen({ name: "rule", params: { id: draft.id ?? "" } });
  const denial = useDenial("author");
  const [folder, setFolder] = useState<string | null>(null);
  const [typed, setTyped] = useState<string>();
  const [replace, setReplace] = useState(false);
  const [note, setNote] = useState("");
  const writable = folders.data?.folders.filter((one) => one.writable).map(({ path }) => path) ?? [];
  const offer =
    folders.data === undefined
      ? "Loading rule folders…"
      : writable.length === 0
        ? "No writable folder. Add one under Folders."
        : "Choose a folder";
  const file = check?.file;
  const name = typed ?? file?.name ?? "";
  const ready = file !== undefined && check?.problems.length === 0;
  return (
    <Section title="Save as file">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (folder !== null) {
            save.mutate(
              {
                body: { draft, folder, name, replace, note },
                seen: replace && draft.id !== undefined ? seen : undefined,
              },
              { onError: again },
            );
          }
        }}
      >
        <Select
          size="xs"
          label="Rule folder"
          description="On the server"
          placeholder={offer}
          data={writable}
          value={folder}
          onChange={setFolder}
          className={classes.folder}
        />
        <TextInput
          size="xs"
          label="File name"
          description="In that folder"
          value={name}
          onChange={(event) => setTyped(event.currentTarget.value)}
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
          Save and load
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!ready}
          onClick={() => file !== undefined && download(name, file.text)}
        >
          Download
        </Button>
      </form>
      {denial !== undefined && <PermissionNote action="Saving on the server" denial={denial} />}
      {folders.error !== null && <ErrorState error={folders.error} retry={() => void folders.refetch()} />}
      {save.error !== null && <ErrorState error={save.error} />}
      {save.data !== undefined && (
        <p role="status" className={classes.saved}>
          <code>{save.data.file}</code>
          <span>saved and loaded.</span>
          <TextLink to={`/rules/${encodeURIComponent(save.data.ruleId)}`}>Open rule</TextLink>
        </p>
      )}
    </Section>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
