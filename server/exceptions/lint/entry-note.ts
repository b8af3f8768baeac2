import type { FieldEntry } from "#contracts/exception-entry";
import type { DraftNote } from "#contracts/exception-gate";

/** A note about one entry that tests a field. */
export interface EntryNote extends Pick<DraftNote, "weight" | "text"> {
  /** The part of the entry that it is about, such as `value`. */
  readonly part: string;
  readonly fix?: FieldEntry;
}
