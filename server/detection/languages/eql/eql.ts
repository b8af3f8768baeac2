import type { Problem } from "#contracts/problem";
import { and, type Condition, equals, type Operand } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import type { SequencePlan, SequenceStage } from "../../sequence/plan.ts";
import { ParseFailure, parsing } from "../source.ts";
import { compileExpression, compileOperand } from "./compile.ts";
import type { Expression } from "./expression.ts";
import type { EqlOptions } from "./options.ts";
import { parseExpression, parseQuery } from "./parser.ts";
import type {
  EqlQuery,
  EventPattern,
  EventQuery,
  ParsedQuery,
  SampleQuery,
  SequenceQuery,
  StagePattern,
} from "./query.ts";

/**
 * Parses a query of Elastic's Event Query Language: `category where condition`, `sequence …` and `sample …`, each with
 * the pipes `head` and `tail`. Problems carry line and column.
 */
export function parseEql(text: string, options: EqlOptions = {}): Result<EqlQuery, Problem> {
  return parsing(text, () => compileParsedQuery(parseQuery(text), options));
}

/** Parses a condition alone, as after `where`. */
export function parseEqlCondition(text: string, options: EqlOptions = {}): Result<Condition, Problem> {
  return parsing(text, () => compileExpression(parseExpression(text), options));
}

/** Parses an expression that has a value, such as `length("text")`. */
export function parseEqlOperand(text: string, options: EqlOptions = {}): Result<Operand, Problem> {
  return parsing(text, () => compileOperand(parseExpression(text), options));
}

/** Parses a query over single events; sequences, samples and pipes are rejected as not supported. */
export function parseEqlEvents(text: string, options: EqlOptions = {}): Result<EventQuery<Condition>, Problem> {
  return parsing(text, () => {
    const query = compileParsedQuery(parseQuery(text), options);
    if (query.kind !== "event" || query.pipes.length > 0) {
      const what = query.kind === "event" ? 'a pipe ("|")' : `"${query.kind}"`;
      throw new ParseFailure(
        `expected a query for single events, a category, "where" and a condition; found ${what}`,
        query.kind === "event" ? text.lastIndexOf("|") : text.indexOf(query.kind),
        { unsupported: true },
      );
    }
    return query;
  });
}

function compileParsedQuery(query: ParsedQuery, options: EqlOptions): EqlQuery {
  const stage = (pattern: StagePattern<Expression>): StagePattern<Condition> => ({
    ...pattern,
    condition: compileExpression(pattern.condition, options),
  });
  switch (query.kind) {
    case "event":
      return { ...query, condition: compileExpression(query.condition, options) };
    case "sample":
      return { ...query, stages: query.stages.map(stage) };
    case "sequence":
      return {
        ...query,
        stages: query.stages.map(stage),
        until: query.until === undefined ? undefined : stage(query.until),
      };
  }
}

interface CompileOptions {
  /** Default `event.category`. */
  readonly categoryField?: string;
}

/** The condition of one event of a query; the category must equal a value of `categoryField`. */
export function compileEql(pattern: EventPattern<Condition>, options: CompileOptions = {}): Condition {
  return pattern.category === undefined
    ? pattern.condition
    : and(equals(options.categoryField ?? "event.category", pattern.category), pattern.condition);
}

/** Compiles a sequence or sample for the engine: shared keys precede the keys of each item, runs are repeated. */
export function compileSequence(
  query: SequenceQuery<Condition> | SampleQuery<Condition>,
  options: CompileOptions = {},
): SequencePlan {
  const stage = (pattern: StagePattern<Condition>): SequenceStage => ({
    condition: compileEql(pattern, options),
    keys: [...query.by, ...pattern.by],
    missing: pattern.missing,
  });
  const stages = query.stages.flatMap((pattern) => {
    const compiled = stage(pattern);
    return Array.from({ length: pattern.runs }, () => compiled);
  });
  return query.kind === "sample"
    ? { kind: "sample", stages }
    : {
        kind: "sequence",
        stages,
        maxspan: query.maxspan,
        until: query.until === undefined ? undefined : stage(query.until),
      };
}
