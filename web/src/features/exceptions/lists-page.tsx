import { Button, Group, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ValueList } from "#contracts/value-list";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { type Column, Page, Table, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { EmptyState, ErrorState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./lists-page.module.css";

const types = [
  { value: "keyword", label: "Whole values" },
  { value: "wildcard", label: "Values with *" },
  { value: "ip", label: "Addresses and networks" },
] as const;

const typeWord = (type: ValueList["type"]) => types.find(({ value }) => value === type)?.label ?? type;

/** Values of one request of this page; more come by the command line. */
const mostAtOnce = 50_000;

/** Lists of values that exceptions refer to. */
export function ValueListsPage() {
  const lists = useRoute("valueLists", {}, { fallback: 30_000 });
  const denial = useDenial("author");
  const [opened, setOpened] = useState<string>();
  const [isCreating, setCreating] = useState(false);
  const columns: readonly Column<ValueList>[] = [
    {
      title: "Name",
      wide: true,
      cell: ({ id, name }) => (
        <Button size="compact-xs" variant="subtle" onClick={() => setOpened(id)}>
          {visibleString(name)}
        </Button>
      ),
    },
    { title: "Type", cell: ({ type }) => typeWord(type) },
    { title: "Values", numeric: true, cell: ({ count }) => count.toLocaleString("en") },
    { title: "Changed", cell: (list) => <Moment iso={list.changedAt ?? list.createdAt} relative /> },
    { title: "By", cell: (list) => list.changedBy ?? list.createdBy },
    { title: "Description", wide: true, cell: ({ description = "" }) => description },
  ];
  return (
    <Page title="Value lists">
      <div className={classes.bar}>
        <TextLink to="/exceptions">All exceptions</TextLink>
        {denial === undefined ? (
          <Button size="xs" variant="default" onClick={() => setCreating(true)}>
            New list…
          </Button>
        ) : (
          <PermissionNote action="Changing value lists" denial={denial} />
        )}
      </div>
      <Loaded query={lists} label="Loading value lists">
        {({ items, total }) =>
          items.length === 0 ? (
            <EmptyState
              title="No value lists"
              reason="A list holds hosts, addresses or other values that several exceptions refer to. Large files: stemma value-list import FILE."
            />
          ) : (
            <Table
              label="Value lists"
              rows={items}
              total={total}
              columns={columns}
              keyOf={({ id }) => id}
              empty="No value lists."
            />
          )
        }
      </Loaded>
      {isCreating && <NewList close={() => setCreating(false)} />}
      {opened !== undefined && (
        <ListDialog id={opened} mayChange={denial === undefined} close={() => setOpened(undefined)} />
      )}
    </Page>
  );
}

/** One value per line; empty lines are left out. */
function valuesIn(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Why values cannot be sent. */
function tooMany(values: readonly string[]): string | undefined {
  return values.length > mostAtOnce
    ? `${values.length.toLocaleString("en")} values; this page takes ${mostAtOnce.toLocaleString("en")} at once. ` +
        "Add the rest later, or use stemma value-list import."
    : undefined;
}

function NewList({ close }: { readonly close: () => void }) {
  const [name, setName] = useState("");
  const [type, setType] = useState<ValueList["type"]>("keyword");
  const [text, setText] = useState("");
  const change = useChange("createValueList");
  const values = valuesIn(text);
  const problem = tooMany(values);
  return (
    <Modal opened onClose={close} title="New value list" size="lg">
      <div className={classes.form}>
        <TextInput
          size="xs"
          label="Name"
          required
          data-autofocus
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          size="xs"
          label="Type"
          allowDeselect={false}
          data={[...types]}
          value={type}
          onChange={(next) => setType(types.find(({ value }) => value === next)?.value ?? "keyword")}
        />
        <Values text={text} setText={setText} error={problem} />
      </div>
      {change.error !== null && <ErrorState error={change.error} />}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          size="xs"
          disabled={name.trim() === "" || problem !== undefined}
          loading={change.isPending}
          onClick={() => change.mutate({ body: { name: name.trim(), type, values } }, { onSuccess: close })}
        >
          Create
        </Button>
      </Group>
    </Modal>
  );
}

function Values({
  text,
  setText,
  error,
  label = "Values, one per line",
}: {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly error: string | undefined;
  readonly label?: string;
}) {
  return (
    <Textarea
      size="xs"
      label={label}
      autosize
      minRows={4}
      maxRows={12}
      spellCheck={false}
      value={text}
      error={error}
      onChange={(event) => setText(event.currentTarget.value)}
      classNames={{ input: classes.values }}
    />
  );
}

function ListDialog({
  id,
  mayChange,
  close,
}: {
  readonly id: string;
  readonly mayChange: boolean;
  readonly close: () => void;
}) {
  const [search, setSearch] = useState("");
  const detail = useRoute("valueList", { params: { id }, query: { search } }, { keep: true });
  return (
    <Modal opened onClose={close} title={visibleString(detail.data?.list.name ?? "Value list")} size="lg">
      <div className={classes.form}>
        <TextInput
          size="xs"
          label="Search values"
          data-autofocus
          maxLength={1000}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Loaded query={detail} label="Loading values">
          {({ list, values, matching, usedBy }) => (
            <>
              <p className={classes.count}>
                {typeWord(list.type)} · {values.length.toLocaleString("en")} of {matching.toLocaleString("en")} shown
                {matching === list.count ? "" : `, ${list.count.toLocaleString("en")} in the list`}
              </p>
              <ul className={classes.list} aria-label="Values">
                {values.map((value) => (
                  <li key={value}>
                    <code>{visibleString(value)}</code>
                  </li>
                ))}
              </ul>
              <p className={classes.count}>
                {usedBy.length === 0 ? "No exception refers to it." : "Used by "}
                {usedBy.map((exception, index) => (
                  <span key={exception.id}>
                    {index > 0 && ", "}
                    <TextLink to={`/exceptions/${encodeURIComponent(exception.id)}`}>{exception.name}</TextLink>
                  </span>
                ))}
              </p>
              {mayChange && <ChangeList list={list} isUsed={usedBy.length > 0} close={close} />}
            </>
          )}
        </Loaded>
      </div>
    </Modal>
  );
}

function ChangeList({
  list,
  isUsed,
  close,
}: {
  readonly list: ValueList;
  readonly isUsed: boolean;
  readonly close: () => void;
}) {
  const [text, setText] = useState("");
  const change = useChange("changeValueList");
  const remove = useChange("deleteValueList");
  const values = valuesIn(text);
  const problem = tooMany(values);
  const send = (body: { readonly add?: string[]; readonly remove?: string[] }) =>
    change.mutate(
      { params: { id: list.id }, body: { add: [], remove: [], replace: false, ...body } },
      { onSuccess: () => setText("") },
    );
  const blocked = values.length === 0 || problem !== undefined;
  const error = change.error ?? remove.error;
  return (
    <>
      <Values text={text} setText={setText} error={problem} label="Values to add or remove, one per line" />
      {change.data !== undefined && (
        <p role="status" className={classes.count}>
          {change.data.added.toLocaleString("en")} added, {change.data.removed.toLocaleString("en")} removed.
        </p>
      )}
      {error !== null && <ErrorState error={error} />}
      <Group justify="space-between" gap="xs">
        <Button
          size="xs"
          color="red"
          variant="subtle"
          disabled={isUsed}
          title={isUsed ? "Exceptions refer to it" : undefined}
          loading={remove.isPending}
          onClick={() => remove.mutate({ params: { id: list.id }, body: {} }, { onSuccess: close })}
        >
          Delete list
        </Button>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={close}>
            Close
          </Button>
          <Button size="xs" variant="default" disabled={blocked} onClick={() => send({ remove: values })}>
            Remove
          </Button>
          <Button size="xs" disabled={blocked} loading={change.isPending} onClick={() => send({ add: values })}>
            Add
          </Button>
        </Group>
      </Group>
    </>
  );
}
