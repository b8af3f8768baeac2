import type { PushdownPredicate } from "../../../condition/pushdown.ts";
import { assertNever } from "../../../lib/result.ts";
import { aboutEntity } from "../../events/about.ts";
import { columnOf as eventColumn, MANY } from "../../events/columns.ts";
import { allOf, anyOf, type Clause, everything, nothing, oneOf } from "../clause.ts";

/**
 * A clause that accepts every row for which the predicate may hold, over the columns of `events` or those that
 * `columnOf` returns. It may accept more; the evaluator decides.
 */
export function prefilter(
  predicate: PushdownPredicate,
  columnOf: (field: string) => string | undefined = eventColumn,
): Clause {
  switch (predicate.kind) {
    case "all":
      return everything;
    case "none":
      return nothing;
    case "and":
      return allOf(...predicate.terms.map((term) => prefilter(term, columnOf)));
    case "or":
      return anyOf(...predicate.terms.map((term) => prefilter(term, columnOf)));
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

/** Finds entity ids by their hash in the index `events_about`. */
export function oneOfEntities(entities: readonly string[]): Clause {
  return allOf(oneOf("about", entities.map(aboutEntity)), oneOf("entity", entities));
}

function startsWith(column: string, prefix: string): Clause {
  const after = successor(prefix);
  return after === undefined
    ? { sql: `(${column} >= ? OR ${column} = ?)`, parameters: [prefix, MANY] }
    : { sql: `((${column} >= ? AND ${column} < ?) OR ${column} = ?)`, parameters: [prefix, after, MANY] };
}

/** The first text in SQLite's order (UTF-8 bytes) after all texts that start with `prefix`. */
function successor(prefix: string): string | undefined {
  const characters = [...prefix];
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined || last === 0x10ffff) {
    return undefined;
  }
  return characters.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}
