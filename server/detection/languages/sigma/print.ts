import { assertNever } from "../../../lib/result.ts";
import { parseCondition, type SelectionExpression } from "./condition-parser.ts";
import { readModifiers } from "./modifiers.ts";
import { parsePattern, printPattern } from "./pattern.ts";
import type { SigmaDetection } from "./sigma.ts";

/**
 * A detection that compiles as the `logsource` and `detection` of a rule, to be written as YAML. Conditions and values
 * are written anew from what was read of them: brackets only where they are needed, each backslash and each wildcard
 * that stands for itself escaped.
 */
export function printSigma({ logSource, selections, conditions }: SigmaDetection): Readonly<Record<string, unknown>> {
  const printed = conditions.map((text) => printCondition(parseCondition(text)));
  const detection = {
    ...Object.fromEntries(Object.entries(selections).map(([name, value]) => [name, printSelection(value)])),
    condition: printed.length === 1 ? printed[0] : printed,
  };
  return { logsource: logSource, detection };
}

/** The condition of a rule, with keywords in the case that the specification gives them. */
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

/** Maps stay maps and lists stay lists: what stands by itself in a list is a keyword. */
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

/** Numbers, truth values and null are no patterns. */
function printValue(value: unknown): unknown {
  return typeof value === "string" ? printPattern(parsePattern(value)) : value;
}
