import { RE2JS } from "re2js";
import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { compileNetworks } from "./address.ts";
import { foldCase } from "./fold-case.ts";
import { compilePhrase } from "./phrase.ts";
import { literalsOfRegex } from "./regex-literal.ts";
import type { Test } from "./tree.ts";
import { compilePattern, endingOf, literalOf, partOf } from "./wildcard-pattern.ts";

export type ValueMatcher = (value: Scalar) => boolean;

/** A test as a function of one value. */
export function compileTest(test: Test): ValueMatcher {
  switch (test.kind) {
    case "present":
      return () => true;
    case "equals":
      return test.caseInsensitive
        ? onFolded(oneOf(test.values.map((value) => foldCase(String(value)))))
        : exactly(test.values);
    case "wildcard":
      return wildcard(test);
    case "regex":
      return anyOf(test.patterns.map((pattern) => compileRegex(pattern, test)));
    case "words":
      return onFolded(anyOf(test.phrases.map(compilePhrase)));
    case "order":
      return order(test);
    case "cidr":
      return onText(compileNetworks(test.networks));
    default:
      return assertNever(test);
  }
}

/**
 * A linear-time regular expression. `.` matches line breaks too, as in Lucene. Throws where the pattern is no regular
 * expression that RE2 knows: parsers ask `regexProblem` first.
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
  // Most texts lack something that the expression cannot do without: that is seen much faster.
  const literals = literalsOfRegex(pattern).map(foldCase);
  return onText((text) => {
    const folded = literals.length === 0 ? text : foldCase(text);
    return literals.every((literal) => folded.includes(literal)) && matches(text);
  });
}

/** Why a pattern cannot be used as a regular expression, in the words of the engine. */
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
  const endings: string[] = [];
  const parts: string[] = [];
  const matchers: ((text: string) => boolean)[] = [];
  for (const pattern of test.patterns) {
    const folded = test.caseInsensitive ? foldCase(pattern) : pattern;
    const literal = literalOf(folded, test);
    const ending = endingOf(folded, test);
    const part = partOf(folded, test);
    if (literal !== undefined) {
      literals.push(literal);
    } else if (ending?.includes("\\") === true) {
      endings.push(ending);
    } else if (part !== undefined && part !== "") {
      parts.push(part);
    } else {
      matchers.push(compilePattern(folded, test));
    }
  }
  const matcher = anyOf([
    ...(literals.length === 0 ? [] : [oneOf(literals)]),
    ...(endings.length === 0 ? [] : [anyEnding(endings)]),
    ...(parts.length === 0 ? [] : [anyPart(parts)]),
    ...matchers,
  ]);
  return test.caseInsensitive ? onFolded(matcher) : onText(matcher);
}

/** Rules name paths by their ends, often by hundreds: what stands behind the last separator leads to the few to compare. */
function anyEnding(endings: readonly string[]): (text: string) => boolean {
  const [only] = endings;
  if (only !== undefined && endings.length === 1) {
    return (text) => text.endsWith(only);
  }
  const byName = Map.groupBy(endings, lastPart);
  return (text) => byName.get(lastPart(text))?.some((ending) => text.endsWith(ending)) === true;
}

/** Fewer parts are found faster one by one, each in machine code. */
const manyParts = 32;

/** Of many parts, as lists of names and signs have them, those are compared that begin like the text at a place. */
function anyPart(parts: readonly string[]): (text: string) => boolean {
  if (parts.length < manyParts) {
    return anyOf(parts.map((part) => (text: string) => text.includes(part)));
  }
  const byStart = Map.groupBy(parts, (part) => part.charCodeAt(0));
  return (text) => {
    for (let at = 0; at < text.length; at++) {
      if (byStart.get(text.charCodeAt(at))?.some((part) => text.startsWith(part, at)) === true) {
        return true;
      }
    }
    return false;
  };
}

/** From the last backslash on. */
function lastPart(path: string): string {
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

function onFolded(matcher: (text: string) => boolean): ValueMatcher {
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

/** A number, or text that is one; other values have no number. */
export function numberOf(value: Scalar): number | undefined {
  if (typeof value === "boolean" || (typeof value === "string" && value.trim() === "")) {
    return undefined;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Epoch milliseconds of a date given as such or as ISO 8601 text (UTC where no zone is given). */
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
