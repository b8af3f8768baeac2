import { assertNever } from "../lib/result.ts";
import { foldCase } from "./fold-case.ts";
import type { Condition, Test } from "./tree.ts";
import { literalOf, prefixOf } from "./wildcard-pattern.ts";

/**
 * The part of a condition that a store tests in its query language; the evaluator then decides. A leaf is true when any
 * value of the field, as case-folded text, is one of `values` or starts with `prefix`, which are case-folded already.
 */
export type PushdownPredicate =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "and"; readonly terms: readonly PushdownPredicate[] }
  | { readonly kind: "or"; readonly terms: readonly PushdownPredicate[] }
  | { readonly kind: "in"; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: "prefix"; readonly column: string; readonly prefix: string };

/**
 * Leaves of one predicate. Stores parse clauses by recursion (SQLite refuses 1000 levels), and looking at so many
 * alternatives costs them more than handing everything to the evaluator.
 */
const MOST_LEAVES = 200;

/** Values that a query lists at most: a value list has up to a million. */
const MOST_VALUES = 20_000;

/** Conjunctions within one disjunction, or the reverse: Neo4j takes minutes to plan a hundred. */
const MOST_JUNCTIONS = 16;

/** Which fields can be tested. */
type Columns = Pick<ReadonlySet<string>, "has">;

/** A predicate over `columns` that is true for every event that the condition matches, and possibly for more. */
export function pushdownPredicate(condition: Condition, columns: Columns): PushdownPredicate {
  return bounded(predicateOf(condition, columns), MOST_LEAVES);
}

function predicateOf(condition: Condition, columns: Columns): PushdownPredicate {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? { kind: "all" } : { kind: "none" };
    case "and":
      return allOf(condition.terms.map((term) => predicateOf(term, columns)));
    case "or":
      return anyOf(condition.terms.map((term) => predicateOf(term, columns)));
    case "not":
      return { kind: "all" };
    case "nested":
      return predicateOf(condition.term, columns);
    case "compare":
      return condition.operand.kind === "field" && columns.has(condition.operand.name)
        ? pushdownTest(condition.operand.name, condition.test)
        : { kind: "all" };
    default:
      return assertNever(condition);
  }
}

function pushdownTest(column: string, test: Test): PushdownPredicate {
  switch (test.kind) {
    case "equals":
      if (test.values.length > MOST_VALUES) {
        return { kind: "all" };
      }
      return inValues(
        column,
        test.values.map((value) => foldCase(String(value))),
      );
    case "wildcard": {
      const literals = test.patterns.map((pattern) => literalOf(pattern, test));
      const prefixes = test.patterns
        .filter((_, index) => literals[index] === undefined)
        .map((pattern) => prefixOf(pattern, test));
      return anyOf([
        inValues(column, literals.filter((literal) => literal !== undefined).map(foldCase)),
        ...prefixes.map(
          (prefix): PushdownPredicate =>
            prefix === "" ? { kind: "all" } : { kind: "prefix", column, prefix: foldCase(prefix) },
        ),
      ]);
    }
    case "regex":
    case "words":
    case "order":
    case "cidr":
    case "present":
      return { kind: "all" };
    default:
      return assertNever(test);
  }
}

function inValues(column: string, values: readonly string[]): PushdownPredicate {
  return values.length === 0 ? { kind: "none" } : { kind: "in", column, values: [...new Set(values)] };
}

function allOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  const junctions = new Set(
    terms
      .filter(({ kind }) => kind === "or")
      .toSorted((a, b) => leavesOf(a) - leavesOf(b))
      .slice(0, MOST_JUNCTIONS),
  );
  const relevant = terms.filter((term) => term.kind !== "all" && (term.kind !== "or" || junctions.has(term)));
  const [first] = relevant;
  if (relevant.some((term) => term.kind === "none")) {
    return { kind: "none" };
  }
  return first === undefined ? { kind: "all" } : relevant.length === 1 ? first : { kind: "and", terms: relevant };
}

/** Lists of values of one column become one list: `a or b or c` is as cheap as `in (a, b, c)`. */
function anyOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  const flat = terms.flatMap((term) => (term.kind === "or" ? term.terms : term.kind === "none" ? [] : [term]));
  const isPlain = flat.filter(({ kind }) => kind === "and").length <= MOST_JUNCTIONS;
  const alternatives = isPlain ? flat : flat.map((term) => (term.kind === "and" ? oneLeafOf(term.terms) : term));
  if (alternatives.some((term) => term.kind === "all")) {
    return { kind: "all" };
  }
  const lists = Map.groupBy(
    alternatives.filter((term) => term.kind === "in"),
    ({ column }) => column,
  );
  const relevant = [
    ...alternatives.filter((term) => term.kind !== "in"),
    ...[...lists].map(([column, some]) =>
      inValues(
        column,
        some.flatMap(({ values }) => values),
      ),
    ),
  ];
  const [first] = relevant;
  return first === undefined ? { kind: "none" } : relevant.length === 1 ? first : { kind: "or", terms: relevant };
}

/** A leaf of a conjunction, which lets more through. */
function oneLeafOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  return terms.find(({ kind }) => kind === "in") ?? terms.find(({ kind }) => kind === "prefix") ?? { kind: "all" };
}

/** The same predicate, or one that lets more through and has at most so many leaves. */
function bounded(predicate: PushdownPredicate, leaves: number): PushdownPredicate {
  if (leavesOf(predicate) <= leaves) {
    return predicate;
  }
  if (predicate.kind !== "and") {
    return { kind: "all" };
  }
  let left = leaves;
  const kept = new Set<PushdownPredicate>();
  for (const term of predicate.terms.toSorted((a, b) => leavesOf(a) - leavesOf(b))) {
    left -= leavesOf(term);
    if (left >= 0) {
      kept.add(term);
    }
  }
  return allOf(predicate.terms.filter((term) => kept.has(term)));
}

function leavesOf(predicate: PushdownPredicate): number {
  return predicate.kind === "and" || predicate.kind === "or"
    ? predicate.terms.reduce((sum, term) => sum + leavesOf(term), 0)
    : 1;
}
