import { useState } from "react";
import type { PlaybookCheck, PlaybookFile } from "#contracts/playbook-draft";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { playbookPath } from "../../ui/playbook-words.ts";
import saved from "../../ui/save-file-form.module.css";
import { type FileTarget, SaveFileForm } from "../../ui/save-file-form.tsx";
import { ErrorState } from "../../ui/state.tsx";

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
  const [target, setTarget] = useState<Omit<FileTarget, "name">>({
    folder: file?.writable === true ? file.folder : null,
    note: "",
    replace: file?.writable === true,
  });
  const writable = folders.data?.folders.filter((one) => one.writable).map(({ path }) => path) ?? [];
  const folder = target.folder ?? writable[0] ?? null;
  const offer =
    folders.data === undefined
      ? "Loading the folders…"
      : writable.length === 0
        ? "No own folder: name one with STEMMA_PLAYBOOKS"
        : "Choose a folder";
  const ready = check?.playbook !== undefined && check.problems.length === 0;
  return (
    <Section title="Save as file">
      <SaveFileForm
        label="Folder"
        placeholder={offer}
        folders={writable}
        target={{ ...target, folder, name }}
        change={({ name: next, ...others }) => {
          setTarget((before) => ({ ...before, ...others }));
          if (next !== undefined) {
            setName(next);
          }
        }}
        action="Save and use"
        isSaving={save.isPending}
        isReady={ready && denial === undefined}
        save={({ folder: to, note, replace }) =>
          save.mutate(
            {
              body: { text, folder: to, name, replace, note },
              seen: replace && id !== undefined && file?.writable === true ? seen : undefined,
            },
            { onError: again, onSuccess: again },
          )
        }
      />
      {denial !== undefined && <PermissionNote action="Saving on the server" denial={denial} />}
      {folders.error !== null && <ErrorState error={folders.error} retry={() => void folders.refetch()} />}
      {save.error !== null && <ErrorState error={save.error} />}
      {save.data !== undefined && (
        <p role="status" className={saved.saved}>
          <code>{save.data.file}</code>
          <span>saved and in use.</span>
          <TextLink to={playbookPath(save.data.id)}>Read the playbook</TextLink>
        </p>
      )}
    </Section>
  );
}
