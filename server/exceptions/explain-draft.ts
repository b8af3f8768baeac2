import type { SuggestedDraft } from "#contracts/exception";
import { groupsOf } from "../exception/condition.ts";
import { explainEntry } from "../exception/explain.ts";

/** A suggested draft as lines of text: its entries as sentences, each of the first group with its reason. */
export function explainDraft({ draft, because }: SuggestedDraft): readonly string[] {
  return groupsOf(draft).flatMap((entries, group) => [
    group === 0 ? draft.name : "or",
    ...entries.flatMap((entry, index) => [
      `  ${explainEntry(entry)}`,
      ...(group === 0 && because[index] !== undefined ? [`    ${because[index]}`] : []),
    ]),
  ]);
}
