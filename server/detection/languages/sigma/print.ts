import { assertNever } from "../../../lib/result.ts";
import { parseCondition, type SelectionExpression } from "./condition-parser.ts";
import { readModifiers } from "./modifiers.ts";
import { parsePattern, printPattern } from "./pattern.ts";
import type { SigmaDetection } from "./sigma.ts";

/**
 * Prints a detection as the `logsource` and `detection` of a rule, to be written as YAML. Conditions and values are
 * normalized: parentheses only where needed, literal backslashes and wildcards escaped.
 */
export function printSigma({ logSource, selections, conditions }: SigmaDetection): Readonly<Record<string, unknown>> {
  const printed = conditions.map((text) => printCondition(parseCondition(text)));
  const detection = {
    ...Object.fromEntries(Object.entries(selections).map(([name, value]) => [name, printSelection(value)])),
    condition: printed.length === 1 ? printed[0] : printed,
  };
  return { logsource: logSource, detection };
}

/** Prints the condition of a rule, with keywords in lower case as in the specification. */
export function printCondition(expression: SelectionExpression): string {
  switch (expression.kind) {
    case "name":
      return expression.name;
    case "of":
      return `${expression.count ?? "all"} of ${expression.pattern}`;
    case "and":
      return expression.terms.map((term) => bracketed(term, ["and", "or"])).join(" and ");
    case "or":
      return expression.terms.map((term) => bracketed(term, ["or"])).join(" or ");
    case "not":
      return `not ${bracketed(expression.term, ["and", "or"])}`;
    default:
      return assertNever(expression);
  }
}

function bracketed(expression: SelectionExpression, kinds: readonly SelectionExpression["kind"][]): string {
  const text = printCondition(expression);
  return kinds.includes(expression.kind) ? `(${text})` : text;
}

/** Maps stay maps and lists stay lists; a value alone in a list is a keyword. */
function printSelection(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(printSelection);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, values]) => [key, printValues(key, values)]));
  }
  return printValue(value);
}

function printValues(key: string, values: unknown): unknown {
  const { comparison } = readModifiers(key).modifiers;
  const isPattern = ["equals", "contains", "startswith", "endswith"].includes(comparison);
  if (!isPattern) {
    return values;
  }
  return Array.isArray(values) ? values.map(printValue) : printValue(values);
}

/** Numbers, booleans and null are not patterns. */
function printValue(value: unknown): unknown {
  return typeof value === "string" ? printPattern(parsePattern(value)) : value;
}
