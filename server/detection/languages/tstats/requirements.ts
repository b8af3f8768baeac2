import type { Scalar } from "#contracts/event";
import { eqlFunctions } from "../../../condition/functions.ts";
import { compileTest } from "../../../condition/match-value.ts";
import {
  always,
  and,
  anyOf,
  type Condition,
  compare,
  allOf as conjunction,
  equals,
  exists,
  not,
  type Operand,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { inRe2 } from "../perl-regex.ts";
import { unsupported } from "../source.ts";
import { perlFlags } from "./expression.ts";
import { countedBy } from "./row.ts";
import type { PlacedFilter } from "./tail.ts";

/** A minimum count over the events of a row: of events, or of different values of a field. */
export interface RowCount {
  readonly field: string | undefined;
  readonly min: number;
}

/** What filters over rows require of each event, and of the counts over a row. */
export interface RowRequirements {
  readonly condition: Condition;
  readonly counts: readonly RowCount[];
  /** The offset of the first filter with a count. */
  readonly countedAt: number;
}

/**
 * Translates filters over rows to conditions on their events, which all have the same by-fields. An absent value is the
 * text `fill` in its row. Counts over a row are supported only with a minimum, and only as terms of a conjunction.
 * Throws `ParseFailure`.
 */
export function requirementsOf(filters: readonly PlacedFilter[], fill: string | undefined): RowRequirements {
  const conditions: Condition[] = [];
  const counts: RowCount[] = [];
  let countedAt: number | undefined;
  for (const filter of filters) {
    const terms = filter.condition.kind === "and" ? filter.condition.terms : [filter.condition];
    for (const term of terms) {
      const count = minimumCountOf(term);
      if (count !== undefined) {
        counts.push(count);
        countedAt ??= filter.at;
      } else if (testsCount(term)) {
        const message =
          "a count over the events of a row is supported only with a minimum, joined to other conditions by AND";
        throw unsupported(message, filter.at);
      } else {
        conditions.push(withFillValue(term, fill));
      }
    }
  }
  return { condition: allOf(conditions), counts, countedAt: countedAt ?? 0 };
}

function minimumCountOf(term: Condition): RowCount | undefined {
  if (term.kind !== "compare" || term.operand.kind !== "field" || term.test.kind !== "order") {
    return undefined;
  }
  const counted = countedBy(term.operand.name);
  const { operator, value } = term.test;
  if (counted === undefined || typeof value !== "number" || (operator !== ">" && operator !== ">=")) {
    return undefined;
  }
  return { ...counted, min: operator === ">" ? Math.floor(value) + 1 : Math.ceil(value) };
}

function testsCount(condition: Condition): boolean {
  switch (condition.kind) {
    case "constant":
      return false;
    case "and":
    case "or":
      return condition.terms.some(testsCount);
    case "not":
    case "nested":
      return testsCount(condition.term);
    case "compare":
      return condition.operand.kind === "field" && countedBy(condition.operand.name) !== undefined;
  }
}

function withFillValue(condition: Condition, fill: string | undefined): Condition {
  switch (condition.kind) {
    case "constant":
    case "nested":
      return condition;
    case "and":
      return allOf(condition.terms.map((term) => withFillValue(term, fill)));
    case "or":
      return anyOf(condition.terms.map((term) => withFillValue(term, fill)));
    case "not":
      return not(withFillValue(condition.term, fill));
    case "compare": {
      const pair = comparedFields(condition.operand);
      const test = toRe2(condition.test);
      const plain = compare(condition.operand, test);
      if (fill === undefined) {
        return plain;
      }
      // With fillnull_value a row has a value for each by-field.
      if (isPresence(test)) {
        return always;
      }
      if (pair !== undefined) {
        const [left, right] = pair;
        return or(
          plain,
          and(not(exists(left)), not(exists(right))),
          and(not(exists(left)), equals(right, fill)),
          and(not(exists(right)), equals(left, fill)),
        );
      }
      const { operand } = condition;
      const name = operand.kind === "call" ? operand.args[0] : operand;
      const value = operand.kind === "call" ? resultFor(operand, fill) : fill;
      return name?.kind === "field" && value !== undefined && compileTest(test)(value)
        ? or(plain, not(exists(name.name)))
        : plain;
    }
  }
}

/** The result of a call for a text as its argument. */
function resultFor(operand: Operand & { readonly kind: "call" }, text: string): Scalar | undefined {
  const options = { caseInsensitive: operand.caseInsensitive, integer: true };
  return eqlFunctions[operand.name].apply([text], options);
}

function isPresence(test: Test): boolean {
  return (
    test.kind === "present" || (test.kind === "wildcard" && test.patterns.some((pattern) => /^\*+$/.test(pattern)))
  );
}

/** A conjunction without the terms that are always true. */
function allOf(terms: readonly Condition[]): Condition {
  return conjunction(terms.filter((term) => term !== always));
}

/** The two fields that `sameValue` compares; `undefined` for other operands. */
export function comparedFields(operand: Operand): readonly [string, string] | undefined {
  const inner = operand.kind === "truth" && operand.condition.kind === "and" ? operand.condition.terms[0] : undefined;
  const call = inner?.kind === "compare" && inner.operand.kind === "call" ? inner.operand : undefined;
  const [left, right] = call?.args ?? [];
  return left?.kind === "field" && right?.kind === "field" ? [left.name, right.name] : undefined;
}

function toRe2(test: Test): Test {
  if (test.kind !== "regex") {
    return test;
  }
  const patterns = test.patterns.map((pattern) => inRe2(pattern, perlFlags));
  return { ...test, patterns };
}
