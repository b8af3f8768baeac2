import type { Problem } from "#contracts/problem";
import { and, type Condition, equals } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { parsing } from "../source.ts";
import { lowerCondition } from "./lower.ts";
import type { EqlOptions } from "./options.ts";
import { parseEventQuery, parseExpression } from "./parser.ts";

/** An EQL query over single events. */
export interface EqlQuery {
  readonly kind: "event";
  /** Absent for `any`, which also finds events without a category. */
  readonly category: string | undefined;
  readonly condition: Condition;
}

/**
 * Parses `category where condition`: the whole grammar for single events of Elastic's Event Query Language. Problems carry
 * line and column. Sequences, samples, joins and pipes are recognised and refused.
 */
export function parseEql(text: string, options: EqlOptions = {}): Result<EqlQuery, Problem> {
  return parsing("eql", text, () => {
    const { category, expression } = parseEventQuery(text);
    return { kind: "event", category, condition: lowerCondition(expression, options) };
  });
}

/** Parses what may stand behind `where`, alone. */
export function parseEqlCondition(text: string, options: EqlOptions = {}): Result<Condition, Problem> {
  return parsing("eql", text, () => lowerCondition(parseExpression(text), options));
}

/** The condition of a query; the category is compared exactly with any value of `categoryField`. */
export function compileEql(query: EqlQuery, options: { readonly categoryField?: string } = {}): Condition {
  return query.category === undefined
    ? query.condition
    : and(equals(options.categoryField ?? "event.category", query.category), query.condition);
}
