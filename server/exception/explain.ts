import type { ExceptionEntry, FieldEntry } from "#contracts/exception-entry";
import { assertNever } from "../lib/result.ts";

/** An entry as a sentence, such as `process.parent.executable is C:\Windows\System32\wbem\WmiPrvSE.exe`. */
export function explainEntry(entry: ExceptionEntry): string {
  switch (entry.type) {
    case "nested":
      return `one element of ${entry.field} has ${explainAll(entry.entries)}`;
    case "ancestor": {
      const who = entry.which === "parent" ? "the parent" : "an ancestor";
      return entry.operator === "excluded"
        ? `${entry.which === "parent" ? "the parent does not have" : "no ancestor has"} ${explainAll(entry.entries)}`
        : `${who} has ${explainAll(entry.entries)}`;
    }
    case "session":
      return `the logon session ${entry.operator === "excluded" ? "does not have" : "has"} ${explainAll(entry.entries)}`;
    default:
      return explainField(entry);
  }
}

function explainAll(entries: readonly FieldEntry[]): string {
  return entries.map(explainField).join(" and ");
}

function explainField(entry: FieldEntry): string {
  const not = entry.operator === "excluded";
  const exact = entry.case === "sensitive" && entry.type !== "exists" ? " (case-sensitive)" : "";
  switch (entry.type) {
    case "match":
      return `${entry.field} is ${not ? "not " : ""}${entry.value}${exact}`;
    case "match_any":
      return `${entry.field} is ${not ? "none" : "one"} of ${entry.values.join(", ")}${exact}`;
    case "wildcard":
      return `${entry.field} ${not ? "does not match" : "matches"} ${entry.value}${exact}`;
    case "template":
      return `${entry.field} ${not ? "is not" : "is"} like ${entry.value}${exact}`;
    case "exists":
      return `${entry.field} is ${not ? "absent" : "present"}`;
    case "list":
      return `${entry.field} is ${not ? "not " : ""}in the list ${entry.list}${exact}`;
    default:
      return assertNever(entry);
  }
}
