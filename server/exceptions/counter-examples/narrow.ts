import type { ExceptionDraft } from "#contracts/exception";
import type { Narrowing } from "#contracts/exception-counter-examples";
import { type ExceptionEntry, isFieldEntry } from "#contracts/exception-entry";
import { compileException } from "../../exception/active.ts";
import { groupsOf } from "../../exception/condition.ts";
import { explainEntry } from "../../exception/explain.ts";
import type { ListLookup } from "../../exception/lists.ts";
import type { Seen } from "./mutants.ts";

/** An entry that holds for the alert, to narrow a draft with. */
export interface Candidate {
  readonly entry: ExceptionEntry;
}

/** The most entries that a group can have. */
const MOST_ENTRIES = 50;

type Matched = Pick<ExceptionDraft, "entries" | "alternatives" | "os" | "hosts" | "hostList">;

/** Whether an exception with these entries would hide an event. */
export function hides(draft: Matched, seen: Seen, lists: ListLookup): boolean {
  return compileException({ ...draft, id: "", name: "", mode: "enforced" }, lists).matches(seen);
}

/**
 * The first candidate with which the draft still covers the alert and no longer the counter-example. It takes the place
 * of an entry about the same thing that lets the counter-example through, or is added; only in groups of entries that
 * match the counter-example, so that alternatives for other activities stay as they are.
 */
export function narrowed(
  draft: ExceptionDraft,
  candidates: readonly Candidate[],
  { alert, mutant, lists }: { readonly alert: Seen; readonly mutant: Seen; readonly lists: ListLookup },
): Narrowing | undefined {
  for (const { entry } of candidates) {
    let text = "";
    const groups = groupsOf(draft).map((entries) => {
      const group = { ...draft, entries: [...entries], alternatives: [] };
      if (!hides(group, mutant, lists)) {
        return [...entries];
      }
      const at = entries.findIndex((other) => subjectOf(other) === subjectOf(entry));
      text =
        at < 0
          ? `Add: ${explainEntry(entry)}`
          : `Replace: ${explainEntry(entries[at] ?? entry)} → ${explainEntry(entry)}`;
      return at < 0 ? [...entries, entry] : entries.map((other, index) => (index === at ? entry : other));
    });
    const [entries = [], ...alternatives] = groups;
    const next = { ...draft, entries, ...(draft.alternatives === undefined ? {} : { alternatives }) };
    if (
      groups.every((group) => group.length <= MOST_ENTRIES) &&
      hides(next, alert, lists) &&
      !hides(next, mutant, lists)
    ) {
      return { text, entries, ...(draft.alternatives === undefined ? {} : { alternatives }) };
    }
  }
  return undefined;
}

/** What an entry is about: entries about the same thing replace each other. */
function subjectOf(entry: ExceptionEntry): string {
  return isFieldEntry(entry) && entry.operator === "included" ? entry.field : JSON.stringify(entry);
}
