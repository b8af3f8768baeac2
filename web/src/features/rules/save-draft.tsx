import { Button } from "@mantine/core";
import { useState } from "react";
import type { DraftCheck, RuleDraft } from "#contracts/rule-draft";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import saved from "../../ui/save-file-form.module.css";
import { type FileTarget, SaveFileForm } from "../../ui/save-file-form.tsx";
import { ErrorState } from "../../ui/state.tsx";

/** Saves a draft as a file: in a rule folder of the server, where it is loaded immediately, or as a download. */
export function SaveDraft({ draft, check }: { readonly draft: RuleDraft; readonly check: DraftCheck | undefined }) {
  const folders = useRoute("ruleFolders");
  const save = useChange("saveRule");
  const { seen, again } = useSeen({ name: "rule", params: { id: draft.id ?? "" } });
  const denial = useDenial("author");
  const [target, setTarget] = useState<Partial<FileTarget>>({});
  const writable = folders.data?.folders.filter((one) => one.writable).map(({ path }) => path) ?? [];
  const offer =
    folders.data === undefined
      ? "Loading rule folders…"
      : writable.length === 0
        ? "No writable folder. Add one under Folders."
        : "Choose a folder";
  const file = check?.file;
  const name = target.name ?? file?.name ?? "";
  const ready = file !== undefined && check?.problems.length === 0;
  return (
    <Section title="Save as file">
      <SaveFileForm
        label="Rule folder"
        placeholder={offer}
        folders={writable}
        target={{ folder: null, note: "", replace: false, ...target, name }}
        change={(next) => setTarget((before) => ({ ...before, ...next }))}
        action="Save and load"
        isSaving={save.isPending}
        isReady={ready && denial === undefined}
        save={({ folder, note, replace }) =>
          save.mutate(
            {
              body: { draft, folder, name, replace, note },
              seen: replace && draft.id !== undefined ? seen : undefined,
            },
            { onError: again },
          )
        }
      >
        <Button
          size="xs"
          variant="default"
          disabled={!ready}
          onClick={() => file !== undefined && download(name, file.text)}
        >
          Download
        </Button>
      </SaveFileForm>
      {denial !== undefined && <PermissionNote action="Saving on the server" denial={denial} />}
      {folders.error !== null && <ErrorState error={folders.error} retry={() => void folders.refetch()} />}
      {save.error !== null && <ErrorState error={save.error} />}
      {save.data !== undefined && (
        <p role="status" className={saved.saved}>
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
