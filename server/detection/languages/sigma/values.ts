import { parseNetwork } from "../../../condition/address.ts";
import {
  allOf,
  and,
  anyOf,
  type Condition,
  call,
  compare,
  not,
  type Operand,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { partsProblem } from "../allowance.ts";
import { linearRegex } from "../perl-regex.ts";
import { asText, base64Offsets, encode } from "./encoding.ts";
import type { Comparison, Modifiers, TimePart } from "./modifiers.ts";
import { anyCharacters, dashVariants, literalOf, type Pattern, parsePattern, toWildcard } from "./pattern.ts";
import { malformed, unsupported, within } from "./sigma-error.ts";
import { hasTarget, operandsOf, type Target, testTarget } from "./target.ts";

type Evaluable = Exclude<Target, { readonly kind: "absent" }>;

/** The key of a selection, `Field|modifiers`, that values belong to. */
export interface Selector {
  readonly key: string;
  /** With `fieldref`: the part of the value to compare. */
  readonly part: "contains" | "startswith" | "endswith" | undefined;
  resolve(name: string): Target;
}

/** Values of one key in all their variants: ten times the longest known list. */
const maximumVariants = 20_000;

/** Compiles one key of a selection with its values. Throws `SigmaError`. */
export function compileValues(
  target: Evaluable,
  values: readonly unknown[],
  modifiers: Modifiers,
  context: Selector,
): Condition {
  let variants = 0;
  const hasAnyOf = (given: readonly unknown[], first: number): Condition => {
    const nulls = given.some((value) => value === null);
    const found: Test[] = [];
    for (const [index, value] of given.entries()) {
      found.push(...(value === null ? [] : within(first + index, () => chargedTestsOf(value, modifiers, context.key))));
      if (variants + found.length > maximumVariants) {
        throw unsupported(`${context.key}: more than ${maximumVariants} values, with all their variants`);
      }
    }
    variants += found.length;
    const tests = mergeTests(found);
    return anyOf([...(nulls ? [not(hasTarget(target))] : []), ...tests.map((test) => testTarget(target, test))]);
  };
  const condition =
    compileSpecial(target, values, modifiers, context) ??
    (modifiers.all ? allOf(values.map((value, index) => hasAnyOf([value], index))) : hasAnyOf(values, 0));
  return modifiers.negated ? not(condition) : condition;
}

function chargedTestsOf(value: unknown, modifiers: Modifiers, key: string): readonly Test[] {
  const tests = testsOf(value, modifiers, key);
  const problem = partsProblem(tests.length);
  if (problem !== undefined) {
    throw unsupported(`${key}: ${problem}`);
  }
  return tests;
}

/** The modifiers `exists` and `fieldref`, which do not test single values. */
function compileSpecial(
  target: Evaluable,
  values: readonly unknown[],
  modifiers: Modifiers,
  context: Selector,
): Condition | undefined {
  if (modifiers.comparison === "exists") {
    const [value] = values;
    if (values.length !== 1 || typeof value !== "boolean") {
      throw malformed(`${context.key}: expected true or false`);
    }
    return value ? hasTarget(target) : not(hasTarget(target));
  }
  if (modifiers.comparison === "fieldref") {
    const join = modifiers.all ? and : or;
    return join(...values.map((value) => compareFields(target, String(value), modifiers, context)));
  }
  return undefined;
}

/** Whether a value of the field is, or contains, a value of the other one; numbers compare by their text. */
function compareFields(target: Evaluable, name: string, modifiers: Modifiers, context: Selector): Condition {
  const other = context.resolve(name);
  const left = operandsOf(target);
  const right = other.kind === "absent" ? [] : operandsOf(other);
  if (left.length === 0 || right.length === 0) {
    throw unsupported(`${context.key}: comparing with the field ${name} is not supported`);
  }
  return or(...left.flatMap((one) => right.map((two) => compareOperands(one, two, modifiers, context.part))));
}

/** One call, so that one pair of the values of two arrays has to satisfy it. */
function compareOperands(one: Operand, two: Operand, modifiers: Modifiers, part: Selector["part"]): Condition {
  return compare(call(comparisons[part ?? "equals"], [one, two], { caseInsensitive: !modifiers.cased }), {
    kind: "equals",
    values: [true],
    caseInsensitive: false,
  });
}

const comparisons = {
  contains: "stringContains",
  startswith: "startsWith",
  endswith: "endsWith",
  equals: "equals",
} as const;

function testsOf(value: unknown, modifiers: Modifiers, key: string): readonly Test[] {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw malformed(`${key}: expected a text, a number, true, false or null`);
  }
  switch (modifiers.comparison) {
    case "regex":
      return [regexTest(String(value), modifiers, key)];
    case "cidr": {
      if (parseNetwork(String(value)) === undefined) {
        throw malformed(`${key}: expected a network such as 10.0.0.0/8, found "${value}"`);
      }
      return [{ kind: "cidr", networks: [String(value)] }];
    }
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return [{ kind: "order", operator: orders[modifiers.comparison], value }];
    case "minute":
    case "hour":
    case "day":
    case "week":
    case "month":
    case "year":
      return [timeTest(modifiers.comparison, value, key)];
    case "equals":
    case "contains":
    case "startswith":
    case "endswith":
      return patternsOf(value, modifiers, key).map((pattern) => patternTest(pattern, modifiers));
    case "exists":
    case "fieldref":
      throw malformed(`${key}: "${modifiers.comparison}" does not accept this value`);
  }
}

const orders = { lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** Sigma's regular expressions are PCRE: unanchored, and `.` does not match line breaks. */
function regexTest(text: string, modifiers: Modifiers, key: string): Test {
  const { regexFlags } = modifiers;
  const pattern = linearRegex(text, { multiline: regexFlags.has("m"), dotAll: regexFlags.has("s") });
  if (!pattern.ok) {
    throw unsupported(`${key}: ${pattern.error}`);
  }
  return { kind: "regex", patterns: [pattern.value], caseInsensitive: regexFlags.has("i"), whole: false };
}

const ranges: Readonly<Record<Exclude<TimePart, "week">, readonly [number, number]>> = {
  year: [0, 9999],
  month: [1, 12],
  day: [1, 31],
  hour: [0, 23],
  minute: [0, 59],
};
/** The context of each part in a time in ISO 8601, before and after it. */
const timeContext: Readonly<Record<Exclude<TimePart, "week">, readonly [string, string]>> = {
  year: ["^", "-"],
  month: ["^[0-9]{4}-", "-"],
  day: ["^[0-9]{4}-[0-9]{2}-", "[T ]"],
  hour: ["^[0-9-]{10}[T ]", ":"],
  minute: ["^[0-9-]{10}[T ][0-9]{2}:", ":"],
};

function timeTest(part: TimePart, value: string | number | boolean, key: string): Test {
  if (part === "week") {
    throw unsupported(`${key}: weeks of the year are not supported`);
  }
  const number = Number(value);
  const [least, most] = ranges[part];
  if (!Number.isInteger(number) || number < least || number > most) {
    throw malformed(`${key}: expected a number from ${least} to ${most}, found "${value}"`);
  }
  const [before, after] = timeContext[part];
  const digits = String(number).padStart(part === "year" ? 4 : 2, "0");
  return { kind: "regex", patterns: [`${before}${digits}${after}`], caseInsensitive: false, whole: false };
}

/** The variants of a value that its modifiers define. */
function patternsOf(value: string | number | boolean, modifiers: Modifiers, key: string): readonly Pattern[] {
  const written = typeof value === "string" ? parsePattern(value) : [String(value)];
  const dashed = modifiers.windash ? dashVariants(written) : [written];
  if (modifiers.encoding === undefined && modifiers.base64 === undefined) {
    return dashed.map((pattern) => withRuns(pattern, modifiers.comparison));
  }
  return dashed.flatMap((pattern) => {
    const text = literalOf(pattern);
    if (text === undefined) {
      throw malformed(`${key}: an encoded value cannot have wildcards`);
    }
    const bytes = encode(text, modifiers.encoding ?? "utf8");
    const variants =
      modifiers.base64 === undefined
        ? [asText(bytes)]
        : modifiers.base64 === "plain"
          ? [bytes.toString("base64")]
          : base64Offsets(bytes);
    return variants.map((form) => withRuns([form], modifiers.comparison));
  });
}

function withRuns(pattern: Pattern, comparison: Comparison): Pattern {
  const before = comparison === "contains" || comparison === "endswith";
  const after = comparison === "contains" || comparison === "startswith";
  const parts: Pattern[number][] = [...pattern];
  if (before && parts[0] !== anyCharacters) {
    parts.unshift(anyCharacters);
  }
  if (after && parts.at(-1) !== anyCharacters) {
    parts.push(anyCharacters);
  }
  return parts;
}

function patternTest(pattern: Pattern, { cased }: Modifiers): Test {
  const literal = literalOf(pattern);
  return literal === undefined
    ? { kind: "wildcard", patterns: [toWildcard(pattern)], caseInsensitive: !cased, single: true, escape: true }
    : { kind: "equals", values: [literal], caseInsensitive: !cased };
}

/** Merges alternatives of the same kind into one test. */
function mergeTests(tests: readonly Test[]): readonly Test[] {
  const equals: string[] = [];
  const patterns: string[] = [];
  const networks: string[] = [];
  const others: Test[] = [];
  let caseInsensitive = true;
  for (const test of tests) {
    if (test.kind === "equals") {
      equals.push(...test.values.map(String));
      caseInsensitive = test.caseInsensitive;
    } else if (test.kind === "wildcard") {
      patterns.push(...test.patterns);
      caseInsensitive = test.caseInsensitive;
    } else if (test.kind === "cidr") {
      networks.push(...test.networks);
    } else {
      others.push(test);
    }
  }
  const merged: readonly Test[] = [
    ...(equals.length === 0 ? [] : [{ kind: "equals", values: equals, caseInsensitive } as const]),
    ...(patterns.length === 0
      ? []
      : [{ kind: "wildcard", patterns, caseInsensitive, single: true, escape: true } as const]),
    ...(networks.length === 0 ? [] : [{ kind: "cidr", networks } as const]),
  ];
  return [...merged, ...others];
}
