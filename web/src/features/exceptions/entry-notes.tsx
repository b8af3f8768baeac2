import { Button } from "@mantine/core";
import { IconAlertTriangle, IconBan, IconInfoCircle } from "@tabler/icons-react";
import type { ExceptionEntry } from "#contracts/exception-entry";
import type { DraftNote } from "#contracts/exception-gate";
import { entrySentence } from "../../ui/exception-entry.ts";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./entry-notes.module.css";

const marks = {
  error: { icon: IconBan, word: "error" },
  warning: { icon: IconAlertTriangle, word: "warning" },
  hint: { icon: IconInfoCircle, word: "hint" },
} as const satisfies Record<DraftNote["weight"], unknown>;

/** What is odd about an entry, with the entry as it was probably meant at one click. */
export function EntryNotes({
  notes,
  change,
}: {
  readonly notes: readonly DraftNote[];
  readonly change: (entry: ExceptionEntry) => void;
}) {
  return notes.length === 0 ? null : (
    <ul className={classes.notes} aria-label="Notes about this entry">
      {notes.map(({ weight, text, fix }) => {
        const { icon: Icon, word } = marks[weight];
        return (
          <li key={text} data-weight={weight}>
            <Icon size={14} role="img" aria-label={word} />
            <span>{visibleString(text)}</span>
            {fix !== undefined && (
              <Button
                size="compact-xs"
                variant="default"
                title={visibleString(entrySentence(fix))}
                onClick={() => change(fix)}
              >
                Correct
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The notes about one entry. */
export function notesOf(notes: readonly DraftNote[] | undefined, group: number, entry: number): readonly DraftNote[] {
  return notes?.filter((note) => note.group === group && note.entry === entry) ?? [];
}
