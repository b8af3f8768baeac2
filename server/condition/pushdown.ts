import { assertNever } from "../lib/result.ts";
import { foldCase } from "./fold-case.ts";
import type { Condition, Test } from "./tree.ts";
import { literalOf, prefixOf } from "./wildcard-pattern.ts";

/**
 * What a store may test by itself before the evaluator has the last word. A leaf holds when ANY value of the field, as text
 * and folded by `foldCase`, is one of `values` or starts with `prefix`; both come folded.
 */
export type PushdownPredicate =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "and"; readonly terms: readonly PushdownPredicate[] }
  | { readonly kind: "or"; readonly terms: readonly PushdownPredicate[] }
  | { readonly kind: "in"; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: "prefix"; readonly column: string; readonly prefix: string };

/** A predicate over `columns` that every event satisfies that the condition matches; it may let more through. */
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
        ? weakenTest(condition.operand.name, condition.test)
        : { kind: "all" };
    default:
      return assertNever(condition);
  }
}

function weakenTest(column: string, test: Test): PushdownPredicate {
  switch (test.kind) {
    case "equals":
      return isIn(
        column,
        test.values.map((value) => foldCase(String(value))),
      );
    case "wildcard": {
      const literals = test.patterns.map((pattern) => literalOf(pattern, test));
      const prefixes = test.patterns
        .filter((_, index) => literals[index] === undefined)
        .map((pattern) => prefixOf(pattern, test));
      return anyOf([
        isIn(column, literals.filter((literal) => literal !== undefined).map(foldCase)),
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

function isIn(column: string, values: readonly string[]): PushdownPredicate {
  return values.length === 0 ? { kind: "none" } : { kind: "in", column, values: [...new Set(values)] };
}

function allOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  const telling = terms.filter((term) => term.kind !== "all");
  const [first] = telling;
  if (telling.some((term) => term.kind === "none")) {
    return { kind: "none" };
  }
  return first === undefined ? { kind: "all" } : telling.length === 1 ? first : { kind: "and", terms: telling };
}

function anyOf(terms: readonly PushdownPredicate[]): PushdownPredicate {
  const telling = terms.filter((term) => term.kind !== "none");
  const [first] = telling;
  if (telling.some((term) => term.kind === "all")) {
    return { kind: "all" };
  }
  return first === undefined ? { kind: "none" } : telling.length === 1 ? first : { kind: "or", terms: telling };
}
