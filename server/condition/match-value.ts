import { RE2JS } from "re2js";
import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { compileNetworks } from "./address.ts";
import { foldCase } from "./fold-case.ts";
import { compilePhrases } from "./phrase.ts";
import { literalsOfRegex } from "./regex-literal.ts";
import type { Test } from "./tree.ts";
import { compareVersions } from "./version.ts";
import { compilePattern, literalOf, onlyPrefixOf, substringOf, suffixOf } from "./wildcard-pattern.ts";

export type ValueMatcher = (value: Scalar) => boolean;

/** Compiles a test into a function of one value. */
export function compileTest(test: Test): ValueMatcher {
  switch (test.kind) {
    case "present":
      return () => true;
    case "equals":
      return keptFor(test.values, test.caseInsensitive ? "equals, case-insensitive" : "equals", () =>
        test.caseInsensitive
          ? onFoldedText(oneOf(test.values.map((value) => foldCase(String(value)))))
          : exactly(test.values),
      );
    case "wildcard":
      return wildcard(test);
    case "regex":
      return anyOf(test.patterns.map((pattern) => compileRegex(pattern, test)));
    case "words":
      return onFoldedText(compilePhrases(test.phrases));
    case "order":
      return order(test);
    case "cidr":
      return keptFor(test.networks, "cidr", () => onText(compileNetworks(test.networks)));
    default:
      return assertNever(test);
  }
}

/** Lists from this length on are compiled once: value lists of exceptions have up to a million values. */
const LONG_VALUES = 1000;
const kept = new WeakMap<readonly Scalar[], Map<string, ValueMatcher>>();

/** The matcher for a list, made once for a long one: the same list in memory always has the same values. */
function keptFor(values: readonly Scalar[], kind: string, make: () => ValueMatcher): ValueMatcher {
  if (values.length < LONG_VALUES) {
    return make();
  }
  const matchers = kept.get(values) ?? new Map<string, ValueMatcher>();
  kept.set(values, matchers);
  return matchers.getOrInsertComputed(kind, make);
}

/**
 * A linear-time regular expression. `.` matches line breaks too, as in Lucene. Throws for a pattern that RE2 does not
 * accept; parsers check with `regexProblem` first.
 */
function compileRegex(
  pattern: string,
  options: { readonly caseInsensitive: boolean; readonly whole: boolean },
): ValueMatcher {
  const flags = RE2JS.DOTALL | (options.caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0);
  const compiled = RE2JS.compile(pattern, flags);
  const matches = options.whole
    ? (text: string) => compiled.matches(text)
    : (text: string) => compiled.matcher(text).find();
  // Most texts lack a literal that every match contains, which is much faster to find out.
  const literals = literalsOfRegex(pattern).map(foldCase);
  return onText((text) => {
    const folded = literals.length === 0 ? text : foldCase(text);
    return literals.every((literal) => folded.includes(literal)) && matches(text);
  });
}

/** Why RE2 does not accept a pattern, in its own words; `undefined` for a valid one. */
export function regexProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern, RE2JS.DOTALL);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wildcard(test: Test & { readonly kind: "wildcard" }): ValueMatcher {
  const literals: string[] = [];
  const prefixes: string[] = [];
  const suffixes: string[] = [];
  const ends: string[] = [];
  const isLong = test.patterns.length >= LONG_LIST;
  const substrings: string[] = [];
  const matchers: ((text: string) => boolean)[] = [];
  for (const pattern of test.patterns) {
    const folded = test.caseInsensitive ? foldCase(pattern) : pattern;
    const literal = literalOf(folded, test);
    const prefix = onlyPrefixOf(folded, test);
    const suffix = suffixOf(folded, test);
    const substring = substringOf(folded, test);
    if (literal !== undefined) {
      literals.push(literal);
    } else if (suffix?.includes("\\") === true) {
      suffixes.push(suffix);
    } else if (isLong && prefix !== undefined && prefix !== "") {
      prefixes.push(prefix);
    } else if (isLong && suffix !== undefined && suffix !== "") {
      ends.push(suffix);
    } else if (substring !== undefined && substring !== "") {
      substrings.push(substring);
    } else {
      matchers.push(compilePattern(folded, test));
    }
  }
  const matcher = anyOf([
    ...(literals.length === 0 ? [] : [oneOf(literals)]),
    ...(suffixes.length === 0 ? [] : [anySuffix(suffixes)]),
    ...(prefixes.length === 0 ? [] : [anyOfLengths(prefixes, (text, length) => text.slice(0, length))]),
    ...(ends.length === 0 ? [] : [anyOfLengths(ends, (text, length) => text.slice(text.length - length))]),
    ...(substrings.length === 0 ? [] : [anySubstring(substrings)]),
    ...matchers,
  ]);
  return test.caseInsensitive ? onFoldedText(matcher) : onText(matcher);
}

/** Rules list paths by their suffixes, often hundreds: the file name selects the few to compare. */
function anySuffix(suffixes: readonly string[]): (text: string) => boolean {
  const [only] = suffixes;
  if (only !== undefined && suffixes.length === 1) {
    return (text) => text.endsWith(only);
  }
  const byName = Map.groupBy(suffixes, fileNameOf);
  return (text) => byName.get(fileNameOf(text))?.some((suffix) => text.endsWith(suffix)) === true;
}

/** From this many patterns on, their beginnings and ends are looked up. */
const LONG_LIST = 32;

/** Whether a text begins, or ends, with one of many parts: of each length that occurs one is looked up. */
function anyOfLengths(
  parts: readonly string[],
  partOf: (text: string, length: number) => string,
): (text: string) => boolean {
  const known = new Set(parts);
  const lengths = [...new Set([...known].map(({ length }) => length))].toSorted((a, b) => a - b);
  return (text) => lengths.some((length) => length <= text.length && known.has(partOf(text, length)));
}

/** Fewer substrings are found faster one by one: `includes` runs in native code. */
const manySubstrings = 32;
/** Units of a start that are looked up together. */
const MOST_OF_START = 6;

/** Of many substrings only those are compared that start with the text at the current position. */
function anySubstring(substrings: readonly string[]): (text: string) => boolean {
  if (substrings.length < manySubstrings) {
    return anyOf(substrings.map((substring) => (text: string) => text.includes(substring)));
  }
  const width = substrings.reduce((shortest, { length }) => Math.min(shortest, length), MOST_OF_START);
  const byStart = Map.groupBy(substrings, (substring) => substring.slice(0, width));
  return (text) => {
    for (let at = 0; at + width <= text.length; at++) {
      if (byStart.get(text.slice(at, at + width))?.some((substring) => text.startsWith(substring, at)) === true) {
        return true;
      }
    }
    return false;
  };
}

/** The path from its last backslash on. */
function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("\\"));
}

function exactly(values: readonly Scalar[]): ValueMatcher {
  return onText(oneOf(values.map(String)));
}

function oneOf(texts: readonly string[]): (text: string) => boolean {
  const [first] = texts;
  if (first !== undefined && texts.length === 1) {
    return (text) => text === first;
  }
  const set = new Set(texts);
  return (text) => set.has(text);
}

function anyOf<T>(matchers: readonly ((value: T) => boolean)[]): (value: T) => boolean {
  const [first] = matchers;
  return first !== undefined && matchers.length === 1 ? first : (value) => matchers.some((matcher) => matcher(value));
}

function onText(matcher: (text: string) => boolean): ValueMatcher {
  return (value) => matcher(typeof value === "string" ? value : String(value));
}

function onFoldedText(matcher: (text: string) => boolean): ValueMatcher {
  return (value) => matcher(foldCase(typeof value === "string" ? value : String(value)));
}

function order(test: Test & { readonly kind: "order" }): ValueMatcher {
  const holds = comparison(test.operator);
  if (test.as === "date") {
    const limit = instantOf(test.value);
    return (value) => {
      const instant = instantOf(value);
      return limit !== undefined && instant !== undefined && holds(instant, limit);
    };
  }
  if (test.as === "version") {
    const limit = String(test.value);
    return (value) => holds(compareVersions(String(value), limit), 0);
  }
  const limit = numberOf(test.value);
  if (typeof test.value === "number") {
    return (value) => {
      const number = numberOf(value);
      return number !== undefined && limit !== undefined && holds(number, limit);
    };
  }
  const text = String(test.value);
  return (value) =>
    typeof value === "number" && limit !== undefined ? holds(value, limit) : holds(String(value), text);
}

function comparison(operator: "<" | "<=" | ">" | ">="): <T extends number | string>(left: T, right: T) => boolean {
  switch (operator) {
    case "<":
      return (left, right) => left < right;
    case "<=":
      return (left, right) => left <= right;
    case ">":
      return (left, right) => left > right;
    case ">=":
      return (left, right) => left >= right;
    default:
      return assertNever(operator);
  }
}

/** A finite number, or the number that a text spells. */
export function numberOf(value: Scalar): number | undefined {
  if (typeof value === "boolean" || (typeof value === "string" && value.trim() === "")) {
    return undefined;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Epoch milliseconds of a date given as a number or in ISO 8601 (UTC without a zone). */
export function instantOf(value: Scalar): number | undefined {
  const number = numberOf(value);
  if (number !== undefined) {
    return number;
  }
  const text = String(value);
  const zoned = /^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/.test(text) ? `${text}Z` : text;
  const instant = /^\d{4}-\d{2}(-\d{2})?/.test(text) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}
