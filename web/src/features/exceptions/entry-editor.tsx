import { ActionIcon, SegmentedControl, Select, Textarea } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, type FieldEntry, isFieldEntry } from "#contracts/exception-entry";
import type { DraftNote } from "#contracts/exception-gate";
import { entrySentence, relationOf, relations } from "../../ui/exception-entry.ts";
import { visibleString } from "../../ui/visible-text.ts";
import { entryText, withField, withRelation, withText } from "./draft.ts";
import classes from "./entry-editor.module.css";
import { EntryNotes } from "./entry-notes.tsx";

interface EditorProps {
  readonly fields: SuggestedDraft["fields"];
  readonly because: string | undefined;
  /** Stored alerts that the entry matches on its own; undefined until the dry run has finished. */
  readonly matches: number | undefined;
  readonly notes: readonly DraftNote[];
  readonly remove: () => void;
}

/** One entry as an editable sentence, with the number of alerts that it matches on its own. */
export function EntryEditor(
  props: EditorProps & { readonly entry: ExceptionEntry; readonly change: (entry: ExceptionEntry) => void },
) {
  const { entry, remove } = props;
  return isFieldEntry(entry) ? (
    <FieldEntryEditor {...props} entry={entry} />
  ) : (
    <li className={classes.entry} aria-label={entrySentence(entry)}>
      <div className={classes.words}>
        <p className={classes.hint}>{visibleString(entrySentence(entry))}</p>
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${entry.type}`} onClick={remove}>
          <IconTrash size={14} aria-hidden />
        </ActionIcon>
      </div>
      <EntryNotes notes={props.notes} change={props.change} />
    </li>
  );
}

function FieldEntryEditor({
  entry,
  fields,
  because,
  matches,
  notes,
  change,
  remove,
}: EditorProps & { readonly entry: FieldEntry; readonly change: (entry: ExceptionEntry) => void }) {
  const known = (field: string) => fields.find((other) => other.field === field)?.values ?? [];
  const several = entry.type === "match_any";
  return (
    <li className={classes.entry} aria-label={entrySentence(entry)}>
      <div className={classes.words}>
        <FieldSelect
          field={entry.field}
          fields={fields}
          change={(field) => change(withField(entry, field, known(field)))}
        />
        <Select
          size="xs"
          className={classes.relation}
          aria-label="Relation"
          allowDeselect={false}
          data={relations.map((relation) => ({ value: relation.id, label: relation.word }))}
          value={relationOf(entry).id}
          onChange={(id) => {
            const relation = relations.find((other) => other.id === id);
            if (relation !== undefined) {
              change(withRelation(entry, relation.id, known(entry.field)));
            }
          }}
        />
        <span className={classes.matches} data-ready={matches !== undefined || undefined}>
          {matches === undefined
            ? "Counting…"
            : `${matches.toLocaleString("en")} ${matches === 1 ? "alert" : "alerts"}`}
        </span>
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${entry.field}`} onClick={remove}>
          <IconTrash size={14} aria-hidden />
        </ActionIcon>
      </div>
      {entry.type !== "exists" && <ValueEditor entry={entry} change={change} />}
      {(because !== undefined || entry.type === "wildcard" || several) && (
        <p className={classes.hint}>
          {because}
          {entry.type === "wildcard" && (
            <span>
              <code>*</code> matches any characters, <code>?</code> exactly one. Write <code>\*</code> and{" "}
              <code>\?</code> for the characters themselves.
            </span>
          )}
          {several && <span>One value per line.</span>}
        </p>
      )}
      <EntryNotes notes={notes} change={change} />
    </li>
  );
}

function FieldSelect({
  field,
  fields,
  change,
}: {
  readonly field: string;
  readonly fields: SuggestedDraft["fields"];
  readonly change: (field: string) => void;
}) {
  const names = [...new Set([...fields.map((other) => other.field), field])];
  const isUsedByRule = (name: string) => fields.some((other) => other.field === name && other.named);
  return (
    <Select
      size="xs"
      className={classes.field}
      aria-label="Field"
      searchable
      allowDeselect={false}
      data={[
        { group: "Used by the rule", items: names.filter(isUsedByRule).map(choice) },
        { group: "Other fields of the alert", items: names.filter((name) => !isUsedByRule(name)).map(choice) },
      ].filter((group) => group.items.length > 0)}
      value={field}
      onChange={(next) => next !== null && change(next)}
    />
  );
}

/** Names of fields come from records, like their values. */
const choice = (name: string) => ({ value: name, label: visibleString(name) });

function ValueEditor({ entry, change }: { readonly entry: FieldEntry; readonly change: (entry: FieldEntry) => void }) {
  return (
    <div className={classes.value}>
      <Textarea
        size="xs"
        aria-label={entry.type === "match_any" ? "Values, one per line" : "Value"}
        autosize
        minRows={1}
        maxRows={8}
        spellCheck={false}
        value={entryText(entry)}
        onChange={(event) => change(withText(entry, event.currentTarget.value))}
        classNames={{ input: classes.input }}
      />
      <SegmentedControl
        size="xs"
        aria-label="Case"
        value={entry.case}
        onChange={(value) => change({ ...entry, case: value === "sensitive" ? "sensitive" : "insensitive" })}
        data={[
          { value: "insensitive", label: "Ignore case" },
          { value: "sensitive", label: "Case-sensitive" },
        ]}
      />
    </div>
  );
}
