import type { PushdownPredicate } from "../../../condition/pushdown.ts";
import { assertNever } from "../../../lib/result.ts";
import { columnOf, MANY } from "../../events/columns.ts";
import type { QueryParameters } from "../parameters.ts";
import { hashOf, hashProperties } from "./rows.ts";

/** The part of a predicate about one column. */
export type Leaf = Extract<PushdownPredicate, { readonly kind: "in" | "prefix" }>;

/**
 * A condition that accepts everything for which the predicate may hold. It may accept more; the evaluator decides.
 * `leaf` writes the part about one column.
 */
export function prefilter(
  predicate: PushdownPredicate,
  parameters: QueryParameters,
  leaf: (predicate: Leaf, parameters: QueryParameters) => string = eventLeaf,
): string {
  switch (predicate.kind) {
    case "all":
      return "true";
    case "none":
      return "false";
    case "and":
    case "or": {
      const operator = predicate.kind === "and" ? " AND " : " OR ";
      return `(${predicate.terms.map((term) => prefilter(term, parameters, leaf)).join(operator)})`;
    }
    case "in":
    case "prefix":
      return leaf(predicate, parameters);
    default:
      return assertNever(predicate);
  }
}

/** Over `e`, an event. */
function eventLeaf(leaf: Leaf, parameters: QueryParameters): string {
  const column = columnOf(leaf.column);
  if (column === undefined) {
    return "true";
  }
  return leaf.kind === "in"
    ? columnIn(column, [...leaf.values.map(wellFormed), MANY], parameters)
    : `(e.${column} STARTS WITH ${parameters.add(wellFormed(leaf.prefix))} OR e.${column} = ${parameters.add(MANY)})`;
}

/** Uses the index on the hash of the column, if there is one. */
function columnIn(column: string, values: readonly string[], parameters: QueryParameters): string {
  const property = hashProperties.get(column);
  const exact = `e.${column} IN ${parameters.add(values)}`;
  return property === undefined ? exact : `(e.${property} IN ${parameters.add(values.map(hashOf))} AND ${exact})`;
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** More index lookups than this cost more than scanning the events in order of time. */
const MAX_LOOKUPS = 8;

/**
 * Leaves of a predicate that have an index, such that every event for which the predicate holds satisfies at least one
 * of them; undefined if there are none.
 */
export function indexLookups(predicate: PushdownPredicate): readonly PushdownPredicate[] | undefined {
  switch (predicate.kind) {
    case "in": {
      const column = columnOf(predicate.column);
      return column !== undefined && hashProperties.has(column) ? [predicate] : undefined;
    }
    case "and":
      return predicate.terms.map(indexLookups).find((lookups) => lookups !== undefined);
    case "or": {
      const lookups = predicate.terms.map(indexLookups);
      const all = lookups.every((one) => one !== undefined) ? lookups.flat() : undefined;
      return all === undefined || all.length > MAX_LOOKUPS ? undefined : all;
    }
    default:
      return undefined;
  }
}
