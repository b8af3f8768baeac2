import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import type { FunctionName } from "./functions.ts";

export type Operand =
  | { readonly kind: "field"; readonly name: string; readonly optional: boolean }
  /** The values of every field whose name matches; `*` matches any characters, dots included. */
  | { readonly kind: "fields"; readonly pattern: string }
  /** `undefined` is the literal null. `decimal`: the number has a fraction, so `7 / 2.0` is not an integer division. */
  | { readonly kind: "literal"; readonly value: Scalar | undefined; readonly decimal?: boolean }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly caseInsensitive: boolean;
      readonly args: readonly Operand[];
    }
  /** A condition as a value: true, false, or no value when it is unknown. */
  | { readonly kind: "truth"; readonly condition: Condition };

/**
 * A test of one value. Values compare by their text, so the keyword "4" equals the number 4; `caseInsensitive` compares
 * by case folding (see `foldCase`).
 */
export type Test =
  | { readonly kind: "equals"; readonly values: readonly Scalar[]; readonly caseInsensitive: boolean }
  /** `*` matches any characters; with `single` `?` matches one; with `escape` `\` makes the next character literal. */
  | {
      readonly kind: "wildcard";
      readonly patterns: readonly string[];
      readonly caseInsensitive: boolean;
      readonly single: boolean;
      readonly escape: boolean;
    }
  /** Regular expressions that run in linear time; they match anywhere, or with `whole` the whole value as in Lucene. */
  | {
      readonly kind: "regex";
      readonly patterns: readonly string[];
      readonly caseInsensitive: boolean;
      readonly whole: boolean;
    }
  /**
   * Numbers compare by size, text by its UTF-16 units; `as: "date"` reads both sides as points in time (epoch
   * milliseconds or ISO 8601), `as: "version"` as versions: by their numbers, a pre-release before its release, and
   * what is no version after all of them.
   */
  | {
      readonly kind: "order";
      readonly operator: "<" | "<=" | ">" | ">=";
      readonly value: Scalar;
      readonly as?: "date" | "version";
    }
  /**
   * Full text: the value contains the words of a phrase in sequence, in any case. Words consist of letters, digits, `_`
   * and `-`. In a phrase `*` matches any characters of a word and `\` makes the next character literal.
   */
  | { readonly kind: "words"; readonly phrases: readonly string[] }
  | { readonly kind: "cidr"; readonly networks: readonly string[] }
  | { readonly kind: "present" };

/**
 * "Does this event match?" in every rule language, playbook query, exception and search. A comparison is true when any
 * value of its operand passes the test. Without a value it is false, or unknown where `absent` says so (a computed
 * operand in EQL): `not unknown` is unknown, and an event matches only when the whole condition is true.
 */
export type Condition =
  | { readonly kind: "constant"; readonly value: boolean | undefined }
  | { readonly kind: "and"; readonly terms: readonly Condition[] }
  | { readonly kind: "or"; readonly terms: readonly Condition[] }
  | { readonly kind: "not"; readonly term: Condition }
  /** One element of the array of objects at `path` satisfies the term; all fields of the term are below the path. */
  | { readonly kind: "nested"; readonly path: string; readonly term: Condition }
  | { readonly kind: "compare"; readonly operand: Operand; readonly test: Test; readonly absent: "false" | "unknown" };

/** Deeper trees are rejected: parsers report the place, `compileCondition` throws. */
export const maximumDepth = 1000;

/** The number of levels, computed without recursion so that a hostile tree cannot overflow the stack. */
export function depthOf(condition: Condition): number {
  const open: { readonly node: Condition | Operand; readonly depth: number }[] = [{ node: condition, depth: 1 }];
  let deepest = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const depth = next.depth;
    deepest = Math.max(deepest, depth);
    for (const node of childrenOf(next.node)) {
      open.push({ node, depth: depth + 1 });
    }
  }
  return deepest;
}

function childrenOf(node: Condition | Operand): readonly (Condition | Operand)[] {
  switch (node.kind) {
    case "and":
    case "or":
      return node.terms;
    case "not":
    case "nested":
      return [node.term];
    case "compare":
      return [node.operand];
    case "call":
      return node.args;
    case "truth":
      return [node.condition];
    case "constant":
    case "field":
    case "fields":
    case "literal":
      return [];
    default:
      return assertNever(node);
  }
}

export const always: Condition = { kind: "constant", value: true };
export const never: Condition = { kind: "constant", value: false };

/** A flattened conjunction; a single term is returned as it is, no terms are always true. */
export function and(...terms: readonly Condition[]): Condition {
  return allOf(terms);
}

/** As `and`, of a list of any length: a hundred thousand arguments of a call overflow the stack. */
export function allOf(terms: readonly Condition[]): Condition {
  const flattened = terms.flatMap((term) => (term.kind === "and" ? term.terms : [term]));
  const [first] = flattened;
  return first === undefined ? always : flattened.length === 1 ? first : { kind: "and", terms: flattened };
}

/** A disjunction, flattened like `and`; no terms are never true. */
export function or(...terms: readonly Condition[]): Condition {
  return anyOf(terms);
}

/** As `or`, of a list of any length. */
export function anyOf(terms: readonly Condition[]): Condition {
  const flattened = terms.flatMap((term) => (term.kind === "or" ? term.terms : [term]));
  const [first] = flattened;
  return first === undefined ? never : flattened.length === 1 ? first : { kind: "or", terms: flattened };
}

export function not(term: Condition): Condition {
  return { kind: "not", term };
}

export function field(name: string, optional = false): Operand {
  return { kind: "field", name, optional };
}

/** A call of a function in `eqlFunctions`. */
export function call(
  name: FunctionName,
  args: readonly Operand[],
  { caseInsensitive = false }: { readonly caseInsensitive?: boolean } = {},
): Operand {
  return { kind: "call", name, caseInsensitive, args };
}

export function nested(path: string, term: Condition): Condition {
  return { kind: "nested", path, term };
}

export function compare(operand: Operand | string, test: Test, absent: "false" | "unknown" = "false"): Condition {
  return { kind: "compare", operand: typeof operand === "string" ? field(operand) : operand, test, absent };
}

/** Some value of the field equals one of the given values. */
export function equals(
  name: string,
  values: Scalar | readonly Scalar[],
  options: { readonly caseInsensitive: boolean } = { caseInsensitive: false },
): Condition {
  return compare(name, {
    kind: "equals",
    values: typeof values === "object" ? values : [values],
    caseInsensitive: options.caseInsensitive,
  });
}

/** Some value of the field matches one of the patterns; `*` matches any characters, `?` one. */
export function wildcard(
  name: string,
  patterns: string | readonly string[],
  options: { readonly caseInsensitive: boolean; readonly escape?: boolean } = { caseInsensitive: true },
): Condition {
  return compare(name, {
    kind: "wildcard",
    patterns: typeof patterns === "string" ? [patterns] : patterns,
    caseInsensitive: options.caseInsensitive,
    single: true,
    escape: options.escape ?? false,
  });
}

export function exists(name: string): Condition {
  return compare(name, { kind: "present" });
}
