import { allOf, always, and, anyOf, type Condition, never, not, or, type Test } from "../../../condition/tree.ts";
import { assertNever } from "../../../lib/result.ts";
import { partsProblem } from "../allowance.ts";
import { ParseFailure } from "../source.ts";
import type { SelectionExpression } from "./condition-parser.ts";
import { readModifiers } from "./modifiers.ts";
import { malformed, unsupported, within } from "./sigma-error.ts";
import type { Target } from "./target.ts";
import { compileValues } from "./values.ts";

type Resolve = (field: string) => Target;

/** All values of the event, for rules without fields. */
const everything: Target = { kind: "any", operands: [{ kind: "fields", pattern: "*" }] };

/** Compiles a selection: all keys of a map, or any item of a list, have to match. Throws `SigmaError`. */
export function compileSelection(value: unknown, resolve: Resolve): Condition {
  if (Array.isArray(value)) {
    const keywords = value.filter((item) => !isMap(item));
    return anyOf([
      ...value.flatMap((item, index) => (isMap(item) ? [within(index, () => compileMap(item, resolve))] : [])),
      ...(keywords.length === 0 ? [] : [compileKeywords(keywords, "|contains")]),
    ]);
  }
  return isMap(value) ? compileMap(value, resolve) : compileKeywords([value], "|contains");
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compileMap(map: Readonly<Record<string, unknown>>, resolve: Resolve): Condition {
  const keys = Object.entries(map);
  return keys.length === 0
    ? never
    : allOf(keys.map(([key, value]) => within(key, () => compileKey(key, value, resolve))));
}

function compileKey(key: string, value: unknown, resolve: Resolve): Condition {
  const { field, modifiers, part } = readModifiers(key);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (field === undefined) {
    return compileKeywords(values, key);
  }
  const target = resolve(field);
  if (target.kind === "absent") {
    throw unsupported(`${field}: ${target.reason}`);
  }
  return compileValues(target, values, modifiers, { key, part, resolve });
}

/** Keywords can be anywhere in a value of the event. */
function compileKeywords(values: readonly unknown[], key: string): Condition {
  const { modifiers, part } = readModifiers(key);
  const comparison = modifiers.comparison === "equals" ? "contains" : modifiers.comparison;
  if (everything.kind === "absent" || values.some((value) => value === null)) {
    throw malformed("expected a text, a number, true or false as a keyword");
  }
  return compileValues(
    everything,
    values,
    { ...modifiers, comparison },
    {
      key: "keywords",
      part,
      resolve: () => everything,
    },
  );
}

/** `2 of …` over many selections is expanded into at most this many alternatives. */
const maximumAlternatives = 1000;

/** The compiled selections of a rule. */
export interface Selections {
  readonly byName: ReadonlyMap<string, Condition>;
  /** Those that a pattern selects. */
  matching(pattern: string): readonly Condition[];
  /** Nodes and values. */
  sizeOf(selection: Condition): number;
}

export function selectionsByName(byName: ReadonlyMap<string, Condition>): Selections {
  return {
    byName,
    matching: memoize((pattern) => {
      const isThem = pattern.toLowerCase() === "them";
      const [prefix = "", ...rest] = pattern.split("*");
      return [...byName]
        .filter(([name]) => (isThem ? !name.startsWith("_") : matches(name, prefix, rest)))
        .map(([, condition]) => condition);
    }),
    sizeOf: memoize(sizeOf),
  };
}

function memoize<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

function sizeOf(condition: Condition): number {
  switch (condition.kind) {
    case "constant":
      return 1;
    case "and":
    case "or":
      return condition.terms.reduce((size, term) => size + sizeOf(term), 1);
    case "not":
    case "nested":
      return 1 + sizeOf(condition.term);
    case "compare":
      return 1 + valuesOf(condition.test);
    default:
      return assertNever(condition);
  }
}

function valuesOf(test: Test): number {
  switch (test.kind) {
    case "equals":
      return test.values.length;
    case "wildcard":
    case "regex":
      return test.patterns.length;
    case "words":
      return test.phrases.length;
    case "cidr":
      return test.networks.length;
    case "order":
    case "present":
      return 1;
    default:
      return assertNever(test);
  }
}

/** Selections count each time they are named: whatever works with the condition sees them there each time. */
function charge(parts: number, at: number): void {
  const problem = partsProblem(parts);
  if (problem !== undefined) {
    throw new ParseFailure(problem, at);
  }
}

/** Compiles a whole condition over compiled selections. Throws `ParseFailure` and `SigmaError`. */
export function compileExpression(expression: SelectionExpression, selections: Selections): Condition {
  switch (expression.kind) {
    case "name": {
      const found = selections.byName.get(expression.name);
      if (found === undefined) {
        throw new ParseFailure(
          `expected one of the selections ${[...selections.byName.keys()].join(", ")}, found "${expression.name}"`,
          expression.at,
        );
      }
      charge(selections.sizeOf(found), expression.at);
      return found;
    }
    case "of":
      return compileOf(expression, selections);
    case "and":
      return allOf(expression.terms.map((term) => compileExpression(term, selections)));
    case "or":
      return anyOf(expression.terms.map((term) => compileExpression(term, selections)));
    case "not":
      return negate(expression.term, selections);
    default:
      return assertNever(expression);
  }
}

/** `not 1 of filter_*` becomes one exclusion per filter, which are listed separately. */
function negate(term: SelectionExpression, selections: Selections): Condition {
  return term.kind === "of" && term.count === 1
    ? and(...selectedTerms(term, selections, 1).map(not))
    : not(compileExpression(term, selections));
}

function compileOf(expression: SelectionExpression & { readonly kind: "of" }, selections: Selections): Condition {
  const { length } = selections.matching(expression.pattern);
  const count = expression.count ?? length;
  if (combinations(length, count) > maximumAlternatives) {
    throw unsupported(`${count} of ${length} selections has more than ${maximumAlternatives} alternatives`);
  }
  // So many alternatives name each of them.
  const times = Math.max(1, combinations(length - 1, count - 1));
  return atLeast(count, selectedTerms(expression, selections, times));
}

function selectedTerms(
  { pattern, at }: SelectionExpression & { readonly kind: "of" },
  selections: Selections,
  times: number,
): readonly Condition[] {
  const found = selections.matching(pattern);
  if (found.length === 0) {
    throw new ParseFailure(`expected a pattern of existing selections, found "${pattern}"`, at);
  }
  charge(times * found.reduce((size, term) => size + selections.sizeOf(term), 0), at);
  return found;
}

function matches(name: string, prefix: string, rest: readonly string[]): boolean {
  if (!name.startsWith(prefix)) {
    return false;
  }
  let at = prefix.length;
  for (const [index, segment] of rest.entries()) {
    const found = index === rest.length - 1 ? name.length - segment.length : name.indexOf(segment, at);
    if (found < at || !name.startsWith(segment, found)) {
      return false;
    }
    at = found + segment.length;
  }
  return at === name.length;
}

function combinations(total: number, chosen: number): number {
  let count = 1;
  for (let step = 1; step <= Math.min(chosen, total - chosen); step++) {
    count = (count * (total - step + 1)) / step;
  }
  return count;
}

function atLeast(count: number, terms: readonly Condition[]): Condition {
  const [first, ...rest] = terms;
  if (count <= 0) {
    return always;
  }
  if (first === undefined || count > terms.length) {
    return never;
  }
  if (count === terms.length) {
    return and(...terms);
  }
  return count === 1 ? or(...terms) : or(and(first, atLeast(count - 1, rest)), atLeast(count, rest));
}
