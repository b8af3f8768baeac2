import { ActionIcon, Autocomplete, Button, Select } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { ancestorFields, type FieldEntry, isFieldEntry, sessionFields } from "#contracts/exception-entry";
import { entrySentence } from "../../ui/exception-entry.ts";
import { fromEditable, toEditable } from "../../ui/visible-text.ts";
import { type CompoundEntry, newEntry } from "./draft.ts";
import classes from "./entry-editor.module.css";
import type { EntryEditorProps } from "./entry-editor.tsx";
import { EntryNotes } from "./entry-notes.tsx";
import { FieldEntryEditor } from "./field-entry-editor.tsx";
import { MatchCount } from "./match-count.tsx";

/** An entry about an ancestor, the logon session or the elements of an array: entries that hold for the same one. */
export function CompoundEntryEditor(props: EntryEditorProps<CompoundEntry>) {
  const { entry, fields, rules, because, matches, isCounting, notes = [], change, remove } = props;
  const parts: readonly FieldEntry[] = entry.entries;
  const only = entry.type === "ancestor" ? ancestorFields : entry.type === "session" ? sessionFields : undefined;
  const edit = (next: readonly FieldEntry[]) => change(withParts(entry, next));
  return (
    <li className={classes.entry} aria-label={entrySentence(entry)}>
      <div className={classes.words}>
        <Subject entry={entry} change={change} />
        <MatchCount matches={matches} isCounting={isCounting} />
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${names[entry.type]}`} onClick={remove}>
          <IconTrash size={14} aria-hidden />
        </ActionIcon>
      </div>
      <ol className={classes.parts}>
        {parts.map((part, index) => (
          <FieldEntryEditor
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is identified by its position.
            key={index}
            entry={part}
            fields={fields}
            rules={rules}
            only={only}
            types={entry.type === "nested" ? ["match", "match_any", "exists"] : undefined}
            isPart
            change={(next) => edit(parts.map((other, at) => (at === index ? next : other)))}
            remove={() => (parts.length === 1 ? remove() : edit(parts.filter((_, at) => at !== index)))}
          />
        ))}
      </ol>
      <div className={classes.more}>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconPlus size={13} aria-hidden />}
          disabled={parts.length >= 20}
          onClick={() => edit([...parts, newEntry(nextField(only, parts), [])])}
        >
          And
        </Button>
        {because !== undefined && <p className={classes.hint}>{because}</p>}
      </div>
      <EntryNotes notes={notes} change={(next) => !isFieldEntry(next) && change(next)} />
    </li>
  );
}

const names = { ancestor: "ancestor", session: "logon session", nested: "array elements" } as const;

/** The first field that no part tests yet. */
function nextField(only: readonly string[] | undefined, parts: readonly FieldEntry[]): string {
  return only?.find((field) => !parts.some((part) => part.field === field)) ?? "";
}

function withParts(entry: CompoundEntry, parts: readonly FieldEntry[]): CompoundEntry {
  if (entry.type !== "nested") {
    return { ...entry, entries: [...parts] };
  }
  const entries = parts.flatMap((part) =>
    part.type === "match" || part.type === "match_any" || part.type === "exists" ? [part] : [],
  );
  return { ...entry, entries };
}

const ancestorWords = [
  { value: "any included", label: "Below an ancestor whose" },
  { value: "parent included", label: "Child of a process whose" },
  { value: "any excluded", label: "Not below an ancestor whose" },
  { value: "parent excluded", label: "Not a child of a process whose" },
] as const;

const sessionWords = [
  { value: "included", label: "In a logon session whose" },
  { value: "excluded", label: "Not in a logon session whose" },
] as const;

function Subject({
  entry,
  change,
}: {
  readonly entry: CompoundEntry;
  readonly change: (entry: CompoundEntry) => void;
}) {
  switch (entry.type) {
    case "ancestor":
      return (
        <Select
          size="xs"
          className={classes.subject}
          aria-label="Which process"
          allowDeselect={false}
          data={[...ancestorWords]}
          value={`${entry.which} ${entry.operator}`}
          onChange={(value) =>
            change({
              ...entry,
              which: value?.startsWith("parent") ? "parent" : "any",
              operator: value?.endsWith("excluded") ? "excluded" : "included",
            })
          }
        />
      );
    case "session":
      return (
        <Select
          size="xs"
          className={classes.subject}
          aria-label="Which session"
          allowDeselect={false}
          data={[...sessionWords]}
          value={entry.operator}
          onChange={(value) => change({ ...entry, operator: value === "excluded" ? "excluded" : "included" })}
        />
      );
    case "nested":
      return (
        <Autocomplete
          size="xs"
          className={classes.field}
          aria-label="Array of objects"
          placeholder="Array of objects, such as file.Ext.code_signature"
          maxLength={200}
          spellCheck={false}
          value={toEditable(entry.field)}
          onChange={(text) => change({ ...entry, field: fromEditable(text) })}
        />
      );
  }
}
