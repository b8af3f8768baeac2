import { type ExceptionEntry, type FieldEntry, isFieldEntry } from "#contracts/exception-entry";

/** The entries of an exception in words. */

export type EntryType = FieldEntry["type"];

/** Type and operator of an entry as one choice. */
export const relations = [
  { id: "match included", type: "match", operator: "included", word: "is" },
  { id: "match excluded", type: "match", operator: "excluded", word: "is not" },
  { id: "match_any included", type: "match_any", operator: "included", word: "is one of" },
  { id: "match_any excluded", type: "match_any", operator: "excluded", word: "is none of" },
  { id: "wildcard included", type: "wildcard", operator: "included", word: "matches" },
  { id: "wildcard excluded", type: "wildcard", operator: "excluded", word: "does not match" },
  { id: "template included", type: "template", operator: "included", word: "is like" },
  { id: "template excluded", type: "template", operator: "excluded", word: "is not like" },
  { id: "list included", type: "list", operator: "included", word: "is in list" },
  { id: "list excluded", type: "list", operator: "excluded", word: "is not in list" },
  { id: "exists included", type: "exists", operator: "included", word: "exists" },
  { id: "exists excluded", type: "exists", operator: "excluded", word: "does not exist" },
] as const satisfies readonly {
  id: string;
  type: EntryType;
  operator: FieldEntry["operator"];
  word: string;
}[];
export type RelationId = (typeof relations)[number]["id"];

export const relationOf = (entry: FieldEntry): (typeof relations)[number] =>
  relations.find((relation) => relation.type === entry.type && relation.operator === entry.operator) ?? relations[0];

/** The values of an entry; `exists` has none. */
export function entryValues(entry: FieldEntry): readonly string[] {
  switch (entry.type) {
    case "match":
    case "wildcard":
    case "template":
      return [entry.value];
    case "list":
      return [entry.list];
    case "match_any":
      return entry.values;
    case "exists":
      return [];
  }
}

/** An entry as a sentence, also for screen readers. */
export function entrySentence(entry: ExceptionEntry): string {
  if (!isFieldEntry(entry)) {
    const fields = entry.entries.map(fieldSentence).join(" and ");
    switch (entry.type) {
      case "nested":
        return `one element of ${entry.field}: ${fields}`;
      case "ancestor":
        return entry.which === "parent"
          ? `${entry.operator === "included" ? "child" : "not a child"} of a process whose ${fields}`
          : `${entry.operator === "included" ? "below" : "not below"} an ancestor whose ${fields}`;
      case "session":
        return `${entry.operator === "included" ? "in" : "not in"} a logon session whose ${fields}`;
    }
  }
  return fieldSentence(entry);
}

function fieldSentence(entry: FieldEntry): string {
  const values = entryValues(entry);
  const what = values.length === 0 ? "" : ` ${values.join(" or ")}`;
  const mode = values.length === 0 ? "" : entry.case === "sensitive" ? " (case-sensitive)" : " (ignoring case)";
  return `${entry.field} ${relationOf(entry).word}${what}${mode}`;
}
