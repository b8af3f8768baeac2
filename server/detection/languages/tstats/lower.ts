import { compileTest } from "../../../condition/match-value.ts";
import {
  always,
  and,
  type Condition,
  compare,
  equals,
  exists,
  not,
  type Operand,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { linearRegex } from "../perl-regex.ts";
import { unsupported } from "../source.ts";
import { perlFlags } from "./expression.ts";
import { countedBy } from "./row.ts";
import type { PlacedFilter } from "./tail.ts";

/** A number over the events of a row that has to be reached; of the events, or of different values of a field. */
export interface RowCount {
  readonly field: string | undefined;
  readonly least: number;
}

/** What filters over rows ask of each event, and of their number. */
export interface RowDemand {
  readonly condition: Condition;
  readonly counts: readonly RowCount[];
  /** Of the first filter that asks for a number. */
  readonly countedAt: number;
}

/**
 * From filters over rows to what the events of a row satisfy: all of them have the by-fields of the row in common, so a
 * filter over these is a condition on events. A value that an event lacks is the text `fill` in its row. Numbers over a
 * row can only be asked to reach something, and beside everything else: other demands are refused. Throws
 * `ParseFailure`.
 */
export function demandOf(filters: readonly PlacedFilter[], fill: string | undefined): RowDemand {
  const conditions: Condition[] = [];
  const counts: RowCount[] = [];
  let countedAt: number | undefined;
  for (const filter of filters) {
    const terms = filter.condition.kind === "and" ? filter.condition.terms : [filter.condition];
    for (const term of terms) {
      const count = countIn(term);
      if (count !== undefined) {
        counts.push(count);
        countedAt ??= filter.at;
      } else if (asksForCount(term)) {
        const message =
          "a number over the events of a row can only be asked to be greater than something, beside other conditions";
        throw unsupported(message, filter.at);
      } else {
        conditions.push(filled(term, fill));
      }
    }
  }
  return { condition: allOf(conditions), counts, countedAt: countedAt ?? 0 };
}

function countIn(term: Condition): RowCount | undefined {
  if (term.kind !== "compare" || term.operand.kind !== "field" || term.test.kind !== "order") {
    return undefined;
  }
  const counted = countedBy(term.operand.name);
  const { operator, value } = term.test;
  if (counted === undefined || typeof value !== "number" || (operator !== ">" && operator !== ">=")) {
    return undefined;
  }
  return { ...counted, least: operator === ">" ? Math.floor(value) + 1 : Math.ceil(value) };
}

function asksForCount(condition: Condition): boolean {
  switch (condition.kind) {
    case "constant":
      return false;
    case "and":
    case "or":
      return condition.terms.some(asksForCount);
    case "not":
    case "nested":
      return asksForCount(condition.term);
    case "compare":
      return condition.operand.kind === "field" && countedBy(condition.operand.name) !== undefined;
  }
}

function filled(condition: Condition, fill: string | undefined): Condition {
  switch (condition.kind) {
    case "constant":
    case "nested":
      return condition;
    case "and":
      return allOf(condition.terms.map((term) => filled(term, fill)));
    case "or":
      return or(...condition.terms.map((term) => filled(term, fill)));
    case "not":
      return not(filled(condition.term, fill));
    case "compare": {
      const pair = pairOf(condition.operand);
      const test = evaluable(condition.test);
      const plain = compare(condition.operand, test);
      if (fill === undefined) {
        return plain;
      }
      // A row of a filling search has a value for each by-field.
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
      const value = operand.kind === "call" ? fill.length : fill;
      return name?.kind === "field" && compileTest(test)(value) ? or(plain, not(exists(name.name))) : plain;
    }
  }
}

function isPresence(test: Test): boolean {
  return (
    test.kind === "present" || (test.kind === "wildcard" && test.patterns.some((pattern) => /^\*+$/.test(pattern)))
  );
}

/** A conjunction without the terms that always hold. */
function allOf(terms: readonly Condition[]): Condition {
  return and(...terms.filter((term) => term !== always));
}

/** The two fields whose values are compared: see `sameValue`. */
export function pairOf(operand: Operand): readonly [string, string] | undefined {
  const inner = operand.kind === "truth" && operand.condition.kind === "and" ? operand.condition.terms[0] : undefined;
  const call = inner?.kind === "compare" && inner.operand.kind === "call" ? inner.operand : undefined;
  const [left, right] = call?.args ?? [];
  return left?.kind === "field" && right?.kind === "field" ? [left.name, right.name] : undefined;
}

function evaluable(test: Test): Test {
  if (test.kind !== "regex") {
    return test;
  }
  const patterns = test.patterns.map((pattern) => {
    const linear = linearRegex(pattern, perlFlags);
    if (!linear.ok) {
      throw new Error(`a pattern that was checked before is refused: ${linear.error}`);
    }
    return linear.value;
  });
  return { ...test, patterns };
}
