import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { RuleFolders } from "#contracts/rule";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { NoteDialog } from "../../ui/note-dialog.tsx";
import { Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import classes from "./folders.module.css";
import { RuleTabs } from "./tabs.tsx";
import { withPlace } from "./words.ts";

/** Rule folders and the load status of their files. */
export function RuleFoldersPage() {
  const folders = useRoute("ruleFolders", {}, { fallback: 15_000 });
  return (
    <Page title="Rule folders">
      <RuleTabs />
      <Loaded query={folders} label="Loading rule folders">
        {(data) => <Shown data={data} />}
      </Loaded>
    </Page>
  );
}

/** The path of a file relative to its folder's parent. */
function shortOf(file: string, { folders }: RuleFolders): string {
  const folder = folders.find(({ path }) => file.startsWith(`${path}/`))?.path;
  return folder === undefined ? file : `${folder.split("/").at(-1)}${file.slice(folder.length)}`;
}

function Shown({ data }: { readonly data: RuleFolders }) {
  const [path, setPath] = useState("");
  const [note, setNote] = useState("");
  const [removing, setRemoving] = useState<string>();
  const add = useChange("addRuleFolder");
  const reload = useChange("reloadRules");
  const denial = useDenial("author");
  const busy = add.isPending || reload.isPending;
  const error = add.error ?? reload.error;
  return (
    <>
      {denial === undefined ? (
        <form
          className={classes.add}
          onSubmit={(event) => {
            event.preventDefault();
            const clear = () => {
              setPath("");
              setNote("");
            };
            add.mutate({ body: { path, note }, seen: { name: "ruleFolders" } }, { onSuccess: clear });
          }}
        >
          <TextInput
            size="xs"
            label="Folder to add (absolute path on the server)"
            placeholder="/srv/rules/sigma"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            className={classes.path}
          />
          <TextInput
            size="xs"
            label="Note for the audit trail"
            placeholder="Why these rules"
            maxLength={4000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            className={classes.path}
          />
          <Button
            size="xs"
            type="submit"
            loading={add.isPending}
            disabled={path.trim() === "" || note.trim() === "" || busy}
          >
            Add folder
          </Button>
          <Button
            size="xs"
            variant="default"
            loading={reload.isPending}
            disabled={busy}
            onClick={() => reload.mutate({ body: {} })}
          >
            Reload all
          </Button>
        </form>
      ) : (
        <PermissionNote action="Managing rule folders" denial={denial} />
      )}
      <p className={classes.note}>
        Supported rule files: Elastic TOML, Sigma YAML, and Splunk YAML with macros. New rules apply from the next
        ingest on. To run one on stored events, open the rule and choose Edit a copy.
      </p>
      {error !== null && <ErrorState error={error} />}
      <FolderTable folders={data.folders} busy={busy} remove={denial === undefined ? setRemoving : undefined} />
      {removing !== undefined && <RemoveDialog folder={removing} close={() => setRemoving(undefined)} />}
      <UnusedFiles data={data} />
    </>
  );
}

function RemoveDialog({ folder, close }: { readonly folder: string; readonly close: () => void }) {
  const remove = useChange("removeRuleFolder");
  const { seen, again } = useSeen({ name: "ruleFolders" });
  return (
    <NoteDialog
      title={`Remove ${folder}`}
      action="Remove"
      description="Its rules raise no more alerts. The files stay, and so do stored alerts."
      danger
      pending={remove.isPending}
      error={remove.error}
      close={close}
      confirm={(note) => remove.mutate({ body: { path: folder, note }, seen }, { onSuccess: close, onError: again })}
    />
  );
}

function FolderTable({
  folders,
  busy,
  remove,
}: {
  readonly folders: RuleFolders["folders"];
  readonly busy: boolean;
  /** Absent for those who may not remove any. */
  readonly remove: ((folder: string) => void) | undefined;
}) {
  return (
    <Table
      label="Rule folders"
      rows={folders}
      keyOf={({ path: folder }) => folder}
      empty="No rule folders loaded."
      columns={[
        { title: "Folder", wide: true, cell: (folder) => <code>{folder.path}</code> },
        { title: "Origin", cell: ({ origin }) => (origin === "added" ? "added here" : "configured at startup") },
        { title: "Files", numeric: true, cell: ({ files }) => files },
        {
          title: "Rules",
          numeric: true,
          cell: (folder) => (
            <TextLink to={`/rules?${new URLSearchParams({ folder: folder.path })}`}>
              {folder.rules.toLocaleString("en")}
            </TextLink>
          ),
        },
        { title: "Failed", numeric: true, cell: ({ failed }) => failed },
        { title: "State", cell: ({ problem }) => problem ?? "loaded" },
        {
          title: "Remove",
          cell: ({ path: folder, origin }) =>
            origin === "configured" ? (
              <span className={classes.note}>see the server settings</span>
            ) : remove === undefined ? null : (
              <Button
                size="compact-xs"
                variant="default"
                disabled={busy}
                aria-label={`Remove ${folder}`}
                onClick={() => remove(folder)}
              >
                Remove
              </Button>
            ),
        },
      ]}
    />
  );
}

/** Why a file is not in use. */
const fileStates: Readonly<Record<string, string>> = {
  failed: "failed to load",
  "not evaluable": "not evaluable",
  superseded: "older version",
  duplicate: "duplicate",
};

function UnusedFiles({ data }: { readonly data: RuleFolders }) {
  return (
    <Section title="Rule files not in use" aside="failed files first">
      <Table
        label="Rule files not in use"
        rows={data.issues.items}
        total={data.issues.total}
        truncationReason={data.issues.truncationReason}
        keyOf={({ file, state }) => `${file} ${state}`}
        empty="All rule files are in use."
        columns={[
          { title: "State", cell: ({ state }) => fileStates[state] ?? state },
          { title: "Reason", wide: true, cell: ({ reason }) => reason },
          {
            title: "File",
            cell: ({ file, at }) => (
              <code title={file} className={classes.file}>
                <VisibleText text={withPlace(shortOf(file, data), at)} />
              </code>
            ),
          },
        ]}
      />
    </Section>
  );
}
