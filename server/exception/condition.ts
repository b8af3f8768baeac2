import type { ExceptionDraft, ExceptionEntry } from "#contracts/exception";
import { and, type Condition, equals, exists, not, wildcard } from "../condition/tree.ts";
import { assertNever } from "../lib/result.ts";

/**
 * The condition under which an exception matches an event: all entries hold. The semantics are those of Elastic's
 * exception items: any element of an array may satisfy an entry, `excluded` negates it (so it also holds where the
 * field is absent), and `\` escapes in wildcards. Mode, expiry and rule scope are not part of the condition: see
 * `activeExceptions`.
 */
export function exceptionCondition(draft: Pick<ExceptionDraft, "entries">): Condition {
  return and(...draft.entries.map(entryCondition));
}

export function entryCondition(entry: ExceptionEntry): Condition {
  const included = includedCondition(entry);
  return entry.operator === "excluded" ? not(included) : included;
}

function includedCondition(entry: ExceptionEntry): Condition {
  const caseInsensitive = entry.case === "insensitive";
  switch (entry.type) {
    case "match":
      return equals(entry.field, entry.value, { caseInsensitive });
    case "match_any":
      return equals(entry.field, entry.values, { caseInsensitive });
    case "wildcard":
      return wildcard(entry.field, entry.value, { caseInsensitive, escape: true });
    case "exists":
      return exists(entry.field);
    default:
      return assertNever(entry);
  }
}

/** Whether an exception has an effect at `now` (epoch milliseconds); in shadow mode, whether it counts. */
export function isInForce(
  exception: { readonly expires?: string; readonly disabledAt?: string },
  now: number,
): boolean {
  return exception.disabledAt === undefined && (exception.expires === undefined || now < Date.parse(exception.expires));
}
