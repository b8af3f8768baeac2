import type { SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, isFieldEntry } from "#contracts/exception-entry";
import type { DraftNote } from "#contracts/exception-gate";
import { CompoundEntryEditor } from "./compound-entry-editor.tsx";
import { FieldEntryEditor } from "./field-entry-editor.tsx";

export interface EntryEditorProps<E extends ExceptionEntry> {
  readonly entry: E;
  /** Fields of the alert. */
  readonly fields: SuggestedDraft["fields"];
  /** The rules whose alerts complete values; undefined for all rules. */
  readonly rules: readonly string[] | undefined;
  readonly because?: string;
  /** Stored alerts that the entry matches on its own; undefined until the dry run has finished. */
  readonly matches?: number | undefined;
  readonly isCounting?: boolean;
  readonly change: (entry: E) => void;
  /** What is wrong or unusual about the entry, with fixes. */
  readonly notes?: readonly DraftNote[];
  readonly remove: () => void;
}

/** One entry as an editable sentence, with the number of alerts that it matches on its own. */
export function EntryEditor(props: EntryEditorProps<ExceptionEntry>) {
  const { entry } = props;
  return isFieldEntry(entry) ? (
    <FieldEntryEditor {...props} entry={entry} />
  ) : (
    <CompoundEntryEditor {...props} entry={entry} />
  );
}
