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
      const condition = parsing("sigma", text, () => compileExpression(parseCondition(text), selections));
      if (!condition.ok) {
        return condition;
      }
      alternatives.push(condition.value);
    }
    const whole = and(source.condition, or(...alternatives));
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
