import { ActionIcon, Button, Group, Modal, Popover } from "@mantine/core";
import { IconBookmark, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { SavedView } from "#contracts/saved-view";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { showRefusal } from "../../ui/refusal.ts";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { VisibleTextInput } from "../../ui/visible-input.tsx";
import classes from "./hunt.module.css";

type Dialog = { readonly kind: "save" } | { readonly kind: "rename"; readonly view: SavedView };

/** Searches that the team has saved, and saving this one. `address` is the query of the page's address. */
export function SavedSearches({ address, hasQuery }: { readonly address: string; readonly hasQuery: boolean }) {
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<Dialog>();
  const denial = useDenial("triage");
  return (
    <>
      <Popover position="bottom-end" shadow="md" width={480} opened={open} onChange={setOpen} trapFocus>
        <Popover.Target>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconBookmark size={14} aria-hidden />}
            onClick={() => setOpen(!open)}
          >
            Saved searches
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <SavedList
            close={() => setOpen(false)}
            rename={(view) => {
              setOpen(false);
              setDialog({ kind: "rename", view });
            }}
            denial={denial}
          />
          <Group mt={8} gap="xs">
            <Button
              size="compact-xs"
              disabled={!hasQuery || denial !== undefined}
              onClick={() => {
                setOpen(false);
                setDialog({ kind: "save" });
              }}
            >
              Save this search…
            </Button>
            <span className={classes.hint}>
              {denial ?? (hasQuery ? "With its time range and columns." : "Run a search to save it.")}
            </span>
          </Group>
        </Popover.Dropdown>
      </Popover>
      {dialog !== undefined && <NameDialog dialog={dialog} address={address} close={() => setDialog(undefined)} />}
    </>
  );
}

function SavedList({
  close,
  rename,
  denial,
}: {
  readonly close: () => void;
  readonly rename: (view: SavedView) => void;
  readonly denial: string | undefined;
}) {
  const views = useRoute("savedViews", { query: { page: "hunt", limit: 500 } });
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  const remove = useChange("deleteSavedView");
  const isOwn = ({ account, owner }: SavedView) =>
    me?.permissions.includes("administer") === true ||
    (account === undefined ? owner === me?.analyst : account === me?.person);
  return (
    <Loaded query={views} label="Loading saved searches" rows={2}>
      {({ items }) =>
        items.length === 0 ? (
          <p className={classes.hint}>Nobody has saved a search yet.</p>
        ) : (
          <ul className={classes.saved} aria-label="Saved searches">
            {items.map((view) => (
              <li key={view.id}>
                <Link to={`/hunt?${view.address}`} onClick={close}>
                  <VisibleText text={view.name} />
                </Link>
                <span>
                  <VisibleText text={view.owner} />, <Moment iso={view.changedAt ?? view.createdAt} relative />
                </span>
                {denial === undefined && isOwn(view) && (
                  <>
                    <ActionIcon
                      size="sm"
                      variant="subtle"
                      aria-label={`Rename ${view.name}`}
                      onClick={() => rename(view)}
                    >
                      <IconPencil size={14} />
                    </ActionIcon>
                    <ActionIcon
                      size="sm"
                      variant="subtle"
                      color="red"
                      aria-label={`Delete ${view.name}`}
                      loading={remove.isPending && remove.variables.params?.["id"] === view.id}
                      onClick={() =>
                        remove.mutate(
                          { params: { id: view.id }, body: {} },
                          { onError: (error) => showRefusal(`“${view.name}” was not deleted`, error) },
                        )
                      }
                    >
                      <IconTrash size={14} />
                    </ActionIcon>
                  </>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

/** Asks for the name of a search. */
function NameDialog({
  dialog,
  address,
  close,
}: {
  readonly dialog: Dialog;
  readonly address: string;
  readonly close: () => void;
}) {
  const [name, setName] = useState(dialog.kind === "rename" ? dialog.view.name : "");
  const save = useChange("saveView");
  const change = useChange("changeSavedView");
  const { isPending, error } = dialog.kind === "save" ? save : change;
  const submit = () => {
    if (name.trim() === "") {
      return;
    }
    if (dialog.kind === "save") {
      save.mutate({ body: { page: "hunt", name, address } }, { onSuccess: close });
    } else {
      change.mutate({ params: { id: dialog.view.id }, body: { name } }, { onSuccess: close });
    }
  };
  return (
    <Modal opened onClose={close} title={dialog.kind === "save" ? "Save this search" : "Rename the search"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <VisibleTextInput
          label="Name"
          description="Everybody sees it; you and administrators can rename and delete it."
          value={name}
          maxLength={120}
          data-autofocus
          change={setName}
        />
        {error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" mt={12}>
          <Button size="xs" variant="default" onClick={close}>
            Cancel
          </Button>
          <Button size="xs" type="submit" loading={isPending} disabled={name.trim() === ""}>
            {dialog.kind === "save" ? "Save" : "Rename"}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
