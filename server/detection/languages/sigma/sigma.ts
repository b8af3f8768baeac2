import { and, type Condition, depthOf, maximumDepth, or } from "../../../condition/tree.ts";
import { fail, ok, type Result } from "../../../lib/result.ts";
import { parsing } from "../source.ts";
import { parseCondition } from "./condition-parser.ts";
import { compileExpression, compileSelection } from "./detection.ts";
import type { FieldNames } from "./field-names.ts";
import { type LogSource, resolveLogSource } from "./log-source.ts";
import { SigmaError, type SigmaProblem, within } from "./sigma-error.ts";

/** The part of a Sigma rule that selects events, as YAML values. */
export interface SigmaDetection {
  readonly logSource: LogSource;
  readonly selections: Readonly<Record<string, unknown>>;
  /** Several conditions are alternatives. */
  readonly conditions: readonly string[];
}

const maximumConditionLength = 10_000;
/** Nodes of a condition; a selection counts each time it is named. */
const maximumSize = 100_000;

/**
 * Compiles the detection of a Sigma rule (specification 2.1): the events of its log source for which its condition is
 * true. Text is case-insensitive unless a modifier says otherwise. Problems have the path in the document, those of a
 * condition also line and column within it; what is not evaluable has the code `query.not-supported`.
 */
export function compileSigma(detection: SigmaDetection): Result<Condition, SigmaProblem> {
  try {
    const source = within("logsource", () => resolveLogSource(detection.logSource));
    const selections = within("detection", () => selectionsOf(detection.selections, source.names));
    const alternatives: Condition[] = [];
    for (const [index, text] of detection.conditions.entries()) {
      const path = ["detection", "condition", ...(detection.conditions.length > 1 ? [index] : [])];
      if (text.length > maximumConditionLength) {
        const message = `the condition has ${text.length} characters; at most ${maximumConditionLength} are supported`;
        return fail({ code: "query.syntax", message, path });
      }
      const condition = parsing(text, () => compileExpression(parseCondition(text), selections));
      if (!condition.ok) {
        return fail({ ...condition.error, path });
      }
      alternatives.push(condition.value);
    }
    const whole = and(source.condition, or(...alternatives));
    if (sizeOf(whole, new Map()) > maximumSize) {
      return fail({
        code: "query.syntax",
        message: `the condition has more than ${maximumSize} parts when written out`,
        path: ["detection", "condition"],
      });
    }
    return depthOf(whole) > maximumDepth
      ? fail({
          code: "query.syntax",
          message: `the rule nests more than ${maximumDepth} levels deep`,
          path: ["detection"],
        })
      : ok(whole);
  } catch (error) {
    if (error instanceof SigmaError) {
      return fail(error.problem);
    }
    throw error;
  }
}

function selectionsOf(given: SigmaDetection["selections"], names: FieldNames): ReadonlyMap<string, Condition> {
  return new Map(
    Object.entries(given).map(([name, value]) => [name, within(name, () => compileSelection(value, names))]),
  );
}

/** Compiles each selection by itself, without the log source; selections that fail are left out. */
export function compileSelections(
  detection: Pick<SigmaDetection, "logSource" | "selections">,
): ReadonlyMap<string, Condition> {
  const compiled = new Map<string, Condition>();
  for (const [name, value] of Object.entries(detection.selections)) {
    try {
      compiled.set(name, compileSelection(value, resolveLogSource(detection.logSource).names));
    } catch (error) {
      if (!(error instanceof SigmaError)) {
        throw error;
      }
    }
  }
  return compiled;
}

/** The number of nodes. Selections are shared by all references, so the size of each is computed once. */
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
