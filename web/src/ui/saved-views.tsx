import { ActionIcon, Button, Group, Modal, Popover } from "@mantine/core";
import { IconBookmark, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { SavedView, ViewedPage } from "#contracts/saved-view";
import { useDenial } from "../api/permission.ts";
import { useChange, useRoute } from "../api/queries.ts";
import { VisibleText } from "./command-line.tsx";
import { showRefusal } from "./refusal.ts";
import classes from "./saved-views.module.css";
import { ErrorState, Loaded } from "./state.tsx";
import { Moment } from "./time.tsx";
import { VisibleTextInput } from "./visible-input.tsx";

type Dialog = { readonly kind: "save" } | { readonly kind: "rename"; readonly view: SavedView };

/** What a view of the page is called. */
const nouns = {
  hunt: {
    one: "search",
    several: "searches",
    includes: "With its time range and columns.",
    none: "Run a search to save it.",
  },
  queue: { one: "view", several: "views", includes: "With its filters, grouping and order.", none: "" },
} as const satisfies Readonly<Record<ViewedPage, object>>;

/** Views of a page that the team has saved, and saving this one. `address` is the query of the page's address. */
export function SavedViews({
  page,
  address,
  isSavable = true,
}: {
  readonly page: ViewedPage;
  readonly address: string;
  /** Whether there is something to save. */
  readonly isSavable?: boolean;
}) {
  const words = nouns[page];
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
            {`Saved ${words.several}`}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <SavedList
            page={page}
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
              disabled={!isSavable || denial !== undefined}
              onClick={() => {
                setOpen(false);
                setDialog({ kind: "save" });
              }}
            >
              {`Save this ${words.one}…`}
            </Button>
            <span className={classes.hint}>{denial ?? (isSavable ? words.includes : words.none)}</span>
          </Group>
        </Popover.Dropdown>
      </Popover>
      {dialog !== undefined && (
        <NameDialog page={page} dialog={dialog} address={address} close={() => setDialog(undefined)} />
      )}
    </>
  );
}

function SavedList({
  page,
  close,
  rename,
  denial,
}: {
  readonly page: ViewedPage;
  readonly close: () => void;
  readonly rename: (view: SavedView) => void;
  readonly denial: string | undefined;
}) {
  const views = useRoute("savedViews", { query: { page, limit: 500 } });
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  const remove = useChange("deleteSavedView");
  const isOwn = ({ account, owner }: SavedView) =>
    me?.permissions.includes("administer") === true ||
    (account === undefined ? owner === me?.analyst : account === me?.person);
  return (
    <Loaded query={views} label={`Loading saved ${nouns[page].several}`} rows={2}>
      {({ items }) =>
        items.length === 0 ? (
          <p className={classes.hint}>{`Nobody has saved a ${nouns[page].one} yet.`}</p>
        ) : (
          <ul className={classes.saved} aria-label={`Saved ${nouns[page].several}`}>
            {items.map((view) => (
              <li key={view.id}>
                <Link to={`/${page}?${view.address}`} onClick={close}>
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

/** Asks for the name of a view. */
function NameDialog({
  page,
  dialog,
  address,
  close,
}: {
  readonly page: ViewedPage;
  readonly dialog: Dialog;
  readonly address: string;
  readonly close: () => void;
}) {
  const [name, setName] = useState(dialog.kind === "rename" ? dialog.view.name : "");
  const save = useChange("saveView");
  const change = useChange("changeSavedView");
  const { isPending, error } = dialog.kind === "save" ? save : change;
  const submit = () => {
    if (name.trim() === "" || isPending) {
      return;
    }
    if (dialog.kind === "save") {
      save.mutate({ body: { page, name, address } }, { onSuccess: close });
    } else {
      change.mutate({ params: { id: dialog.view.id }, body: { name } }, { onSuccess: close });
    }
  };
  return (
    <Modal
      opened
      onClose={close}
      title={dialog.kind === "save" ? `Save this ${nouns[page].one}` : `Rename the ${nouns[page].one}`}
    >
      {/* No form: in a page whose controls are one, such as that of Hunt, it would be a form inside a form. */}
      <VisibleTextInput
        label="Name"
        description="Everybody sees it; you and administrators can rename and delete it."
        value={name}
        maxLength={120}
        data-autofocus
        change={setName}
        onKeyDown={(event) => event.key === "Enter" && submit()}
      />
      {error !== null && <ErrorState error={error} />}
      <Group justify="flex-end" mt={12}>
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button size="xs" loading={isPending} disabled={name.trim() === ""} onClick={submit}>
          {dialog.kind === "save" ? "Save" : "Rename"}
        </Button>
      </Group>
    </Modal>
  );
}
