import { and, type Condition, depthOf, maximumDepth, or } from "../../../condition/tree.ts";
import { fail, ok, type Result } from "../../../lib/result.ts";
import { withAllowance } from "../allowance.ts";
import { parsing } from "../source.ts";
import { parseCondition } from "./condition-parser.ts";
import { compileExpression, compileSelection, type Selections, selectionsByName } from "./detection.ts";
import type { FieldNames } from "./field-names.ts";
import { type LogSource, resolveLogSource, type Source } from "./log-source.ts";
import { SigmaError, type SigmaProblem, unsupported, within } from "./sigma-error.ts";

/** The part of a Sigma rule that selects events, as YAML values. */
export interface SigmaDetection {
  readonly logSource: LogSource;
  readonly selections: Readonly<Record<string, unknown>>;
  /** Several conditions are alternatives. */
  readonly conditions: readonly string[];
}

const maximumConditionLength = 10_000;
/** Names are looked up in all of them. */
const maximumSelections = 1_000;

/**
 * Compiles the detection of a Sigma rule (specification 2.1): the events of its log source for which its condition is
 * true. Text is case-insensitive unless a modifier says otherwise. Problems have the path in the document, those of a
 * condition also line and column within it; what is not evaluable has the code `query.not-supported`. `resolve` finds
 * the events of the log source, for texts that are no rules.
 */
export function compileSigma(
  detection: SigmaDetection,
  resolve: (given: LogSource) => Source = resolveLogSource,
): Result<Condition, SigmaProblem> {
  return withAllowance(() => compileWhole(detection, resolve));
}

function compileWhole(
  detection: SigmaDetection,
  resolve: (given: LogSource) => Source,
): Result<Condition, SigmaProblem> {
  try {
    const source = within("logsource", () => resolve(detection.logSource));
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

function selectionsOf(given: SigmaDetection["selections"], names: FieldNames): Selections {
  const entries = Object.entries(given);
  const [tooMany] = entries[maximumSelections] ?? [];
  if (tooMany !== undefined) {
    throw unsupported(`the rule has more than ${maximumSelections} selections: split it`, tooMany);
  }
  return selectionsByName(
    new Map(entries.map(([name, value]) => [name, within(name, () => compileSelection(value, names))])),
  );
}

/** Compiles each selection by itself, without the log source; selections that fail are left out. */
export function compileSelections(
  detection: Pick<SigmaDetection, "logSource" | "selections">,
): ReadonlyMap<string, Condition> {
  return withAllowance(() => compileEach(detection));
}

function compileEach({ logSource, selections }: Pick<SigmaDetection, "logSource" | "selections">) {
  const compiled = new Map<string, Condition>();
  for (const [name, value] of Object.entries(selections)) {
    try {
      compiled.set(name, compileSelection(value, resolveLogSource(logSource).names));
    } catch (error) {
      if (!(error instanceof SigmaError)) {
        throw error;
      }
    }
  }
  return compiled;
}
