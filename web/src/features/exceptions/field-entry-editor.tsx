import { ActionIcon, Autocomplete, Select } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { SuggestedDraft } from "#contracts/exception";
import { type FieldEntry, isFieldEntry } from "#contracts/exception-entry";
import { useWholeList } from "../../api/queries.ts";
import { entrySentence, relationOf, relations } from "../../ui/exception-entry.ts";
import { fromEditable, toEditable, visibleString } from "../../ui/visible-text.ts";
import { withField, withRelation } from "./draft.ts";
import classes from "./entry-editor.module.css";
import type { EntryEditorProps } from "./entry-editor.tsx";
import { EntryNotes } from "./entry-notes.tsx";
import { MatchCount } from "./match-count.tsx";
import { ValueEditor } from "./value-editor.tsx";

interface Props extends EntryEditorProps<FieldEntry> {
  /** The only fields to choose from, for entries about ancestors and sessions. */
  readonly only?: readonly string[];
  /** The only relations to choose from. */
  readonly types?: readonly FieldEntry["type"][];
  /** Inside of another entry, whose count says more. */
  readonly isPart?: boolean;
}

/** An entry that tests one field. */
export function FieldEntryEditor({
  entry,
  fields,
  rules,
  because,
  matches,
  isCounting,
  only,
  types,
  isPart,
  notes = [],
  change,
  remove,
}: Props) {
  const known = (field: string) =>
    only === undefined ? (fields.find((other) => other.field === field)?.values ?? []) : [];
  return (
    <li className={classes.entry} aria-label={entrySentence(entry)} data-part={isPart || undefined}>
      <div className={classes.words}>
        <FieldSelect
          field={entry.field}
          fields={fields}
          only={only}
          change={(field) => change(withField(entry, field, known(field)))}
        />
        <Select
          size="xs"
          className={classes.relation}
          aria-label="Relation"
          allowDeselect={false}
          data={relations
            .filter(({ type }) => types?.includes(type) ?? true)
            .map((relation) => ({ value: relation.id, label: relation.word }))}
          value={relationOf(entry).id}
          onChange={(id) => {
            const relation = relations.find((other) => other.id === id);
            if (relation !== undefined) {
              change(withRelation(entry, relation.id, known(entry.field)));
            }
          }}
        />
        {isPart !== true && <MatchCount matches={matches} isCounting={isCounting} />}
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={`Remove ${visibleString(entry.field) || "entry"}`}
          onClick={remove}
        >
          <IconTrash size={14} aria-hidden />
        </ActionIcon>
      </div>
      {entry.type !== "exists" && <ValueEditor entry={entry} rules={rules} completes={!only} change={change} />}
      <Hint entry={entry} because={because} />
      <EntryNotes notes={notes} change={(next) => isFieldEntry(next) && change(next)} />
    </li>
  );
}

function Hint({ entry, because }: { readonly entry: FieldEntry; readonly because: string | undefined }) {
  // A template without stand-ins explains itself.
  const isPlain = entry.type === "template" && entry.value !== "" && !entry.value.includes("{");
  const syntax = isPlain ? undefined : syntaxOf(entry.type);
  return because === undefined && syntax === undefined ? null : (
    <p className={classes.hint}>
      {because}
      {syntax}
    </p>
  );
}

function syntaxOf(type: FieldEntry["type"]) {
  switch (type) {
    case "wildcard":
      return (
        <span>
          <code>*</code> matches any characters, <code>?</code> exactly one. Write <code>\*</code> and <code>\?</code>{" "}
          for the characters themselves.
        </span>
      );
    case "template":
      return (
        <span>
          <code>{"{digits}"}</code>, <code>{"{hex}"}</code>, <code>{"{guid}"}</code> and <code>{"{name}"}</code>{" "}
          (letters, digits, <code>_</code>, <code>-</code>) match parts that differ between runs, everything else is as
          written.
        </span>
      );
    case "match_any":
      return <span>One value per line.</span>;
    default:
      return undefined;
  }
}

/** Names of fields come from records, like their values: what hides or reorders text is written out. */
const choice = (name: string) => toEditable(name);

function FieldSelect({
  field,
  fields,
  only,
  change,
}: {
  readonly field: string;
  readonly fields: SuggestedDraft["fields"];
  readonly only: readonly string[] | undefined;
  readonly change: (field: string) => void;
}) {
  const names = useWholeList("fieldNames", { enabled: only === undefined });
  const own = new Set(fields.map((other) => other.field));
  const isUsedByRule = (name: string) => fields.some((other) => other.field === name && other.named);
  const groups =
    only === undefined
      ? [
          { group: "Used by the rule", items: [...own].filter(isUsedByRule).map(choice) },
          { group: "Other fields of the alert", items: [...own].filter((name) => !isUsedByRule(name)).map(choice) },
          {
            group: "Fields of other records",
            items: (names.data?.items ?? []).filter((name) => !own.has(name)).map(choice),
          },
        ]
      : [{ group: "Known from the process graph", items: only.map(choice) }];
  return (
    <Autocomplete
      size="xs"
      className={classes.field}
      aria-label="Field"
      placeholder="Field"
      limit={200}
      maxLength={200}
      spellCheck={false}
      data={groups.filter((group) => group.items.length > 0)}
      value={toEditable(field)}
      onChange={(text) => change(fromEditable(text))}
    />
  );
}
