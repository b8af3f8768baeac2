import type { ExceptionEntry } from "#contracts/exception";

/** The entries of an exception in words. */

export type EntryType = ExceptionEntry["type"];

/** Type and operator of an entry as one choice. */
export const relations = [
  { id: "match included", type: "match", operator: "included", word: "is" },
  { id: "match excluded", type: "match", operator: "excluded", word: "is not" },
  { id: "match_any included", type: "match_any", operator: "included", word: "is one of" },
  { id: "match_any excluded", type: "match_any", operator: "excluded", word: "is none of" },
  { id: "wildcard included", type: "wildcard", operator: "included", word: "matches" },
  { id: "wildcard excluded", type: "wildcard", operator: "excluded", word: "does not match" },
  { id: "exists included", type: "exists", operator: "included", word: "exists" },
  { id: "exists excluded", type: "exists", operator: "excluded", word: "does not exist" },
] as const satisfies readonly {
  id: string;
  type: EntryType;
  operator: ExceptionEntry["operator"];
  word: string;
}[];
export type RelationId = (typeof relations)[number]["id"];

export const relationOf = (entry: ExceptionEntry): (typeof relations)[number] =>
  relations.find((relation) => relation.type === entry.type && relation.operator === entry.operator) ?? relations[0];

/** The values of an entry; `exists` has none. */
export function entryValues(entry: ExceptionEntry): readonly string[] {
  switch (entry.type) {
    case "match":
    case "wildcard":
      return [entry.value];
    case "match_any":
      return entry.values;
    case "exists":
      return [];
  }
}

/** An entry as a sentence, also for screen readers. */
export function entrySentence(entry: ExceptionEntry): string {
  const values = entryValues(entry);
  const what = values.length === 0 ? "" : ` ${values.join(" or ")}`;
  const mode = values.length === 0 ? "" : entry.case === "sensitive" ? " (case-sensitive)" : " (ignoring case)";
  return `${entry.field} ${relationOf(entry).word}${what}${mode}`;
}
