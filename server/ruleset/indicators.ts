import { fieldsOfOperand, literalsOfTest } from "../condition/fields.ts";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition, Test } from "../condition/tree.ts";
import { literalOf, literalText, parsePattern } from "../condition/wildcard-pattern.ts";
import { eventInputs } from "../detection/correlation/plan.ts";
import type { Rule, RuleBody } from "../detection/rule.ts";
import { allStages } from "../detection/sequence/plan.ts";
import { assertNever } from "../lib/result.ts";

/** A fixed value that a rule compares a field with. */
export interface Indicator {
  readonly field: string;
  readonly kind: "value" | "pattern" | "expression" | "words" | "network" | "bound";
  readonly value: string;
}

/** Rules by indicator. */
export interface IndicatorIndex {
  /** Ids of the rules with the indicator, in loading order. */
  rulesWith(indicator: Pick<Indicator, "field" | "value">): readonly string[];
}

/** The conditions of all events of a rule, including `until` and missing events. */
export function conditionsOf(body: RuleBody): readonly Condition[] {
  switch (body.kind) {
    case "not-evaluable":
      return [];
    case "sequence":
      return [...new Set(allStages(body.plan).map(({ condition }) => condition))];
    case "correlation":
      return [...new Set(eventInputs(body.plan).map(({ condition }) => condition))];
    case "event":
    case "grouped":
      return [body.condition];
    default:
      return assertNever(body);
  }
}

/**
 * The distinct indicators of a condition: the literals of its comparisons, except in negated parts, which are
 * exclusions. The end of a path (`*\cmd.exe`) counts as the file name, as other languages compare it.
 */
export function indicatorsOf(condition: Condition): readonly Indicator[] {
  const found = new Map<string, Indicator>();
  collect(condition, (indicator) => {
    const key = keyOf(indicator);
    if (!found.has(key)) {
      found.set(key, indicator);
    }
  });
  return [...found.values()];
}

export function createIndicatorIndex(rules: readonly Rule[]): IndicatorIndex {
  const index = new Map<string, string[]>();
  for (const rule of rules) {
    for (const condition of conditionsOf(rule.body)) {
      for (const indicator of indicatorsOf(condition)) {
        const key = keyOf(indicator);
        const ids = index.get(key) ?? [];
        index.set(key, ids);
        if (ids.at(-1) !== rule.id) {
          ids.push(rule.id);
        }
      }
    }
  }
  return { rulesWith: (indicator) => index.get(keyOf(indicator)) ?? [] };
}

function keyOf({ field, value }: Pick<Indicator, "field" | "value">): string {
  return `${field}\n${foldCase(value)}`;
}

function collect(condition: Condition, see: (indicator: Indicator) => void): void {
  switch (condition.kind) {
    case "constant":
    case "not":
      return;
    case "and":
    case "or":
      for (const term of condition.terms) {
        collect(term, see);
      }
      return;
    case "nested":
      collect(condition.term, see);
      return;
    case "compare":
      for (const field of fieldsOfOperand(condition.operand)) {
        for (const indicator of ofTest(field, condition.test)) {
          see(indicator);
        }
      }
      return;
    default:
      assertNever(condition);
  }
}

const kinds = {
  equals: "value",
  wildcard: "pattern",
  regex: "expression",
  words: "words",
  cidr: "network",
  order: "bound",
  present: "value",
} as const satisfies Record<Test["kind"], Indicator["kind"]>;

function ofTest(field: string, test: Test): readonly Indicator[] {
  return test.kind === "wildcard"
    ? test.patterns.map((pattern) => ofPattern(field, pattern, test))
    : literalsOfTest(test).map((value) => ({ field, kind: kinds[test.kind], value }));
}

function ofPattern(
  field: string,
  pattern: string,
  options: { readonly single: boolean; readonly escape: boolean },
): Indicator {
  const literal = literalOf(pattern, options);
  if (literal !== undefined) {
    return { field, kind: "value", value: literal };
  }
  const name = field.endsWith("executable") ? endOfPath(pattern, options) : undefined;
  return name === undefined
    ? { field, kind: "pattern", value: pattern }
    : { field: field.replace(/executable$/, "name"), kind: "value", value: name };
}

/** `cmd.exe` of `*\cmd.exe`. */
function endOfPath(
  pattern: string,
  options: { readonly single: boolean; readonly escape: boolean },
): string | undefined {
  const segments = parsePattern(pattern, options);
  const [start, end] = segments.map((segment) => literalText(segment));
  const name = segments.length === 2 && start === "" ? end : undefined;
  return name?.startsWith("\\") === true && !name.slice(1).includes("\\") && name.length > 1
    ? name.slice(1)
    : undefined;
}
