import type { Fields } from "#contracts/event";
import { foldCase } from "../../condition/fold-case.ts";
import { type PushdownPredicate, pushdownPredicate } from "../../condition/pushdown.ts";
import type { Condition } from "../../condition/tree.ts";
import { valuesOf } from "../../event/event.ts";
import { assertNever } from "../../lib/result.ts";
import { shortHash } from "../short-hash.ts";

/**
 * Fields whose values single out few alerts: guides search for the same process, program, file or address. Stores index
 * their values as short hashes. Host and user are covered by subjects.
 */
export const indexedFields: ReadonlySet<string> = new Set([
  "process.pid",
  "process.entity_id",
  "process.name",
  "process.executable",
  "process.hash.sha256",
  "process.parent.pid",
  "process.parent.entity_id",
  "process.parent.name",
  "file.path",
  "file.hash.sha256",
  "dll.path",
  "registry.path",
  "source.ip",
  "destination.ip",
  "dns.question.name",
]);
/** The most values of one field that are indexed; an alert with more is filed under `UNKNOWN_VALUE`. */
const MAX_VALUES = 16;
/** Matches every requested value, so that the alert always reaches the evaluator. */
export const UNKNOWN_VALUE = 0;

/** The hashes under which a store files an alert document. */
export function indexedValues(document: Fields): ReadonlySet<number> {
  const hashes = new Set<number>();
  for (const field of indexedFields) {
    const values = valuesOf(document, field);
    if (values.length > MAX_VALUES) {
      hashes.add(UNKNOWN_VALUE);
    } else {
      values.forEach((value) => void hashes.add(hashOf(field, foldCase(String(value)))));
    }
  }
  return hashes;
}

function hashOf(field: string, folded: string): number {
  return shortHash(field, "\0", folded);
}

/** The hashes under which alerts are filed that have this value in any of the fields. */
export function hashesOfValue(value: string): readonly number[] {
  const folded = foldCase(value);
  return [...indexedFields].map((field) => hashOf(field, folded));
}

/** Lists of hashes: every alert that the condition matches has at least one hash of each list. */
export function requestedValues(condition: Condition): readonly (readonly number[])[] {
  return alternatives(pushdownPredicate(condition, indexedFields)).map((hashes) => [
    ...new Set([...hashes, UNKNOWN_VALUE]),
  ]);
}

function alternatives(predicate: PushdownPredicate): readonly (readonly number[])[] {
  switch (predicate.kind) {
    case "all":
    case "prefix":
      return [];
    case "none":
      return [[]];
    case "in":
      return [predicate.values.map((value) => hashOf(predicate.column, value))];
    case "and":
      return predicate.terms.flatMap(alternatives);
    case "or": {
      const lists = predicate.terms.map((term) => alternatives(term)[0]);
      return lists.every((list) => list !== undefined) ? [lists.flat()] : [];
    }
    default:
      return assertNever(predicate);
  }
}
