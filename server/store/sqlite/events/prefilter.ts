import type { PushdownPredicate } from "../../../condition/pushdown.ts";
import { assertNever } from "../../../lib/result.ts";
import { aboutEntity } from "../../events/about.ts";
import { columnOf as eventColumn, MANY } from "../../events/columns.ts";
import type { SqlValue } from "../connection.ts";

/** A condition of SQL with its parameters; the text holds no value that came from outside. */
export interface Clause {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export const everything: Clause = { sql: "1", parameters: [] };

/** Conjunction of clauses; none is everything. */
export function both(...clauses: readonly Clause[]): Clause {
  return joined(clauses, "AND", everything);
}

function joined(clauses: readonly Clause[], word: "AND" | "OR", none: Clause): Clause {
  const [first] = clauses;
  if (first === undefined) {
    return none;
  }
  return clauses.length === 1
    ? first
    : {
        sql: `(${clauses.map((clause) => clause.sql).join(` ${word} `)})`,
        parameters: clauses.flatMap((clause) => clause.parameters),
      };
}

/** `column` is one of `values`; the number of placeholders is a power of two so that few statements get compiled. */
export function oneOf(column: string, values: readonly (string | number)[]): Clause {
  const chunks: Clause[] = [];
  for (let start = 0; start < values.length; start += LARGEST_LIST) {
    const chunk = values.slice(start, start + LARGEST_LIST);
    const size = 2 ** Math.ceil(Math.log2(chunk.length));
    const padded = Array.from({ length: size }, (_, index) => chunk[Math.min(index, chunk.length - 1)] ?? "");
    chunks.push({ sql: `${column} IN (${padded.map(() => "?").join(", ")})`, parameters: padded });
  }
  return joined(chunks, "OR", { sql: "0", parameters: [] });
}
const LARGEST_LIST = 1024;

/**
 * The store's own narrowing over the columns of `events`, or those that `columnOf` names: lets through every row that the
 * predicate may hold for.
 */
export function prefilter(
  predicate: PushdownPredicate,
  columnOf: (field: string) => string | undefined = eventColumn,
): Clause {
  switch (predicate.kind) {
    case "all":
      return everything;
    case "none":
      return { sql: "0", parameters: [] };
    case "and":
      return both(...predicate.terms.map((term) => prefilter(term, columnOf)));
    case "or":
      return joined(
        predicate.terms.map((term) => prefilter(term, columnOf)),
        "OR",
        { sql: "0", parameters: [] },
      );
    case "in": {
      const column = columnOf(predicate.column);
      if (column === undefined) {
        return everything;
      }
      const values = [...predicate.values.map((value) => value.toWellFormed()), MANY];
      return column === "entity" ? oneOfEntities(values) : oneOf(column, values);
    }
    case "prefix": {
      const column = columnOf(predicate.column);
      return column === undefined ? everything : startsWith(column, predicate.prefix.toWellFormed());
    }
    default:
      return assertNever(predicate);
  }
}

/** Entity ids are found by their hash in the index `events_about`. */
export function oneOfEntities(entities: readonly string[]): Clause {
  return both(oneOf("about", entities.map(aboutEntity)), oneOf("entity", entities));
}

function startsWith(column: string, prefix: string): Clause {
  const after = successor(prefix);
  return after === undefined
    ? { sql: `(${column} >= ? OR ${column} = ?)`, parameters: [prefix, MANY] }
    : { sql: `((${column} >= ? AND ${column} < ?) OR ${column} = ?)`, parameters: [prefix, after, MANY] };
}

/** The first text in SQLite's order (UTF-8 bytes) behind all texts that start with `prefix`. */
function successor(prefix: string): string | undefined {
  const characters = [...prefix];
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined || last === 0x10ffff) {
    return undefined;
  }
  return characters.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}

/** Inclusive window over a column of epoch milliseconds. */
export function within(column: string, window: { readonly from?: number; readonly to?: number }): Clause {
  const clauses: Clause[] = [];
  if (window.from !== undefined) {
    clauses.push({ sql: `${column} >= ?`, parameters: [window.from] });
  }
  if (window.to !== undefined) {
    clauses.push({ sql: `${column} <= ?`, parameters: [window.to] });
  }
  return both(...clauses);
}
