import type { Problem } from "#contracts/problem";
import { and, type Condition, depthOf, maximumDepth, or } from "../../../condition/tree.ts";
import { fail, ok, type Result } from "../../../lib/result.ts";
import { parsing } from "../source.ts";
import { parseCondition } from "./condition-parser.ts";
import { compileExpression, compileSelection } from "./detection.ts";
import { type LogSource, resolveLogSource } from "./log-source.ts";
import { Refusal } from "./refusal.ts";

/** The part of a Sigma rule that says which events it finds, as YAML values. */
export interface SigmaDetection {
  readonly logSource: LogSource;
  readonly selections: Readonly<Record<string, unknown>>;
  /** Several conditions are alternatives. */
  readonly conditions: readonly string[];
}

const maximumConditionLength = 10_000;
/** Parts of a condition; a selection counts as often as it is named. */
const maximumSize = 100_000;

/**
 * Compiles the detection of a Sigma rule (specification 2.1): the events of its log source for which its condition holds.
 * Text compares without regard to case unless a modifier says otherwise. Problems of a condition carry line and column
 * within it; what cannot be evaluated has the code `sigma-not-supported`.
 */
export function compileSigma(detection: SigmaDetection): Result<Condition, Problem> {
  try {
    const source = resolveLogSource(detection.logSource);
    const selections = new Map(
      Object.entries(detection.selections).map(([name, value]) => [name, compileSelection(value, source.names)]),
    );
    const alternatives: Condition[] = [];
    for (const text of detection.conditions) {
      if (text.length > maximumConditionLength) {
        const message = `the condition has ${text.length} characters; at most ${maximumConditionLength} are supported`;
        return fail({ code: "sigma-syntax", message });
      }
      const condition = parsing("sigma", text, () => compileExpression(parseCondition(text), selections));
      if (!condition.ok) {
        return condition;
      }
      alternatives.push(condition.value);
    }
    const whole = and(source.condition, or(...alternatives));
    if (sizeOf(whole, new Map()) > maximumSize) {
      return fail({
        code: "sigma-syntax",
        message: `the condition has more than ${maximumSize} parts when written out`,
      });
    }
    return depthOf(whole) > maximumDepth
      ? fail({ code: "sigma-syntax", message: `the rule nests more than ${maximumDepth} levels deep` })
      : ok(whole);
  } catch (error) {
    if (error instanceof Refusal) {
      return fail({ code: error.unsupported ? "sigma-not-supported" : "sigma-syntax", message: error.message });
    }
    throw error;
  }
}

/** Selections are shared between the places that name them, so each is counted once and its size is known from then on. */
function sizeOf(condition: Condition, known: Map<Condition, number>): number {
  const before = known.get(condition);
  if (before !== undefined) {
    return before;
  }
  let size = 1;
  if (condition.kind === "and" || condition.kind === "or") {
    for (const term of condition.terms) {
      size += sizeOf(term, known);
    }
  } else if (condition.kind === "not" || condition.kind === "nested") {
    size += sizeOf(condition.term, known);
  }
  known.set(condition, size);
  return size;
}
