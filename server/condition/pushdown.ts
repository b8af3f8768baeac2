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

/** A predicate over `columns` that is true for every event that the condition matches, and possibly for more. */
export function pushdownPredicate(condition: Condition, columns: ReadonlySet<string>): PushdownPredicate {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? { kind: "all" } : { kind: "none" };
    case "and":
      return allOf(condition.terms.map((term) => pushdownPredicate(term, columns)));
    case "or":
      return anyOf(condition.terms.map((term) => pushdownPredicate(term, columns)));
    case "not":
      return { kind: "all" };
    case "nested":
      return pushdownPredicate(condition.term, columns);
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
  const relevant = terms.filter((term) => term.kind !== "all");
  const [first] = relevant;
  if (relevant.some((term) => term.kind === "none")) {
    return { kind: "none" };
  }
  return first === undefined ? { kind: "all" } : relevant.length === 1 ? first : { kind: "and", terms: relevant };
}

function anyOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  const relevant = terms.filter((term) => term.kind !== "none");
  const [first] = relevant;
  if (relevant.some((term) => term.kind === "all")) {
    return { kind: "all" };
  }
  return first === undefined ? { kind: "none" } : relevant.length === 1 ? first : { kind: "or", terms: relevant };
}
