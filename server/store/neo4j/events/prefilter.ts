import type { PushdownPredicate } from "../../../condition/pushdown.ts";
import { assertNever } from "../../../lib/result.ts";
import { columnOf, MANY } from "../../events/columns.ts";
import type { Parameter } from "../connection.ts";
import { hashed, hashOf } from "./rows.ts";

/** Parameters of one query, named as they come; the text of a query never holds a value. */
export class Values {
  readonly #values: Record<string, Parameter> = {};
  #count = 0;

  /** The name to write in the query, with its `$`. */
  add(value: Parameter): string {
    const name = `v${this.#count}`;
    this.#count += 1;
    this.#values[name] = value;
    return `$${name}`;
  }

  get all(): Readonly<Record<string, Parameter>> {
    return this.#values;
  }
}

/** What is asked of one column. */
export type Leaf = Extract<PushdownPredicate, { readonly kind: "in" | "prefix" }>;

/** A condition that lets through whatever the predicate may hold for; `leaf` writes what is asked of one column. */
export function prefilter(
  predicate: PushdownPredicate,
  values: Values,
  leaf: (predicate: Leaf, values: Values) => string = ofEvent,
): string {
  switch (predicate.kind) {
    case "all":
      return "true";
    case "none":
      return "false";
    case "and":
    case "or":
      return `(${predicate.terms.map((term) => prefilter(term, values, leaf)).join(predicate.kind === "and" ? " AND " : " OR ")})`;
    case "in":
    case "prefix":
      return leaf(predicate, values);
    default:
      return assertNever(predicate);
  }
}

/** Over `e`, an event. */
function ofEvent(leaf: Leaf, values: Values): string {
  const column = columnOf(leaf.column);
  if (column === undefined) {
    return "true";
  }
  return leaf.kind === "in"
    ? oneOf(column, [...leaf.values.map(wellFormed), MANY], values)
    : `(e.${column} STARTS WITH ${values.add(wellFormed(leaf.prefix))} OR e.${column} = ${values.add(MANY)})`;
}

/** Where a hash of the column is indexed, that finds the events. */
function oneOf(column: string, wanted: readonly string[], values: Values): string {
  const property = hashed.get(column);
  const exact = `e.${column} IN ${values.add(wanted)}`;
  return property === undefined ? exact : `(e.${property} IN ${values.add(wanted.map(hashOf))} AND ${exact})`;
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** More ways than this into the indexes cost more than looking at the events in order of time. */
const MOST_WAYS = 8;

/**
 * Leaves of a predicate that have an index and one of which holds for every event that the predicate holds for; undefined
 * where there are none.
 */
export function waysIn(predicate: PushdownPredicate): readonly PushdownPredicate[] | undefined {
  switch (predicate.kind) {
    case "in": {
      const column = columnOf(predicate.column);
      return column !== undefined && hashed.has(column) ? [predicate] : undefined;
    }
    case "and":
      return predicate.terms.map(waysIn).find((ways) => ways !== undefined);
    case "or": {
      const ways = predicate.terms.map(waysIn);
      const all = ways.every((way) => way !== undefined) ? ways.flat() : undefined;
      return all === undefined || all.length > MOST_WAYS ? undefined : all;
    }
    default:
      return undefined;
  }
}

/** An expression is one of these values. */
export function isOneOf(expression: string, wanted: readonly (string | number)[], values: Values): string {
  const [only, second] = wanted;
  return second === undefined && only !== undefined
    ? `${expression} = ${values.add(only)}`
    : `${expression} IN ${values.add(wanted)}`;
}

/** Inclusive window over a time in epoch milliseconds. */
export function within(
  window: { readonly from?: number; readonly to?: number },
  values: Values,
  expression = "e.time",
): string {
  const from = window.from === undefined ? [] : [`${expression} >= ${values.add(window.from)}`];
  const to = window.to === undefined ? [] : [`${expression} <= ${values.add(window.to)}`];
  return [...from, ...to].join(" AND ") || "true";
}
