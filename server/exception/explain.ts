import type { ExceptionEntry } from "#contracts/exception";
import { assertNever } from "../lib/result.ts";

/** An entry as a sentence, such as `process.parent.executable is C:\Windows\System32\wbem\WmiPrvSE.exe`. */
export function explainEntry(entry: ExceptionEntry): string {
  const not = entry.operator === "excluded";
  const exact = entry.case === "sensitive" && entry.type !== "exists" ? " (case-sensitive)" : "";
  switch (entry.type) {
    case "match":
      return `${entry.field} is ${not ? "not " : ""}${entry.value}${exact}`;
    case "match_any":
      return `${entry.field} is ${not ? "none" : "one"} of ${entry.values.join(", ")}${exact}`;
    case "wildcard":
      return `${entry.field} ${not ? "does not match" : "matches"} ${entry.value}${exact}`;
    case "exists":
      return `${entry.field} is ${not ? "absent" : "present"}`;
    default:
      return assertNever(entry);
  }
}
