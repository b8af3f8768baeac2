import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import type { FunctionName } from "./functions.ts";

export type Operand =
  | { readonly kind: "field"; readonly name: string; readonly optional: boolean }
  /** The values of every field whose name matches: `*` any run of characters, dots included. */
  | { readonly kind: "fields"; readonly pattern: string }
  /** `undefined` is the literal null. `decimal` marks a number written with a fraction: `7 / 2.0` is not an integer division. */
  | { readonly kind: "literal"; readonly value: Scalar | undefined; readonly decimal?: boolean }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly caseInsensitive: boolean;
      readonly args: readonly Operand[];
    }
  /** The truth of a condition as a value: true, false, or no value when it is unknown. */
  | { readonly kind: "truth"; readonly condition: Condition };

/** `fold` compares without regard to case. Text and numbers compare by their text: a keyword "4" equals the number 4. */
export type Test =
  | { readonly kind: "equals"; readonly values: readonly Scalar[]; readonly caseInsensitive: boolean }
  /** `*` any run; `?` one character where `single`; `\` makes the next character literal where `escape`. */
  | {
      readonly kind: "wildcard";
      readonly patterns: readonly string[];
      readonly caseInsensitive: boolean;
      readonly single: boolean;
      readonly escape: boolean;
    }
  /** Linear-time regular expressions; `whole` must match the whole value (Lucene), else anywhere. */
  | {
      readonly kind: "regex";
      readonly patterns: readonly string[];
      readonly caseInsensitive: boolean;
      readonly whole: boolean;
    }
  /** Numbers by size, text by its UTF-16 units; `as` "date" reads both sides as points in time (epoch milliseconds or ISO 8601). */
  | {
      readonly kind: "order";
      readonly operator: "<" | "<=" | ">" | ">=";
      readonly value: Scalar;
      readonly as?: "date";
    }
  /**
   * Full text: the words of a phrase stand in the value one after the other, without regard to case. Words are runs of
   * letters, digits, `_` and `-`. In a phrase `*` stands for any run of such characters and `\` makes the next one literal.
   */
  | { readonly kind: "words"; readonly phrases: readonly string[] }
  | { readonly kind: "cidr"; readonly networks: readonly string[] }
  | { readonly kind: "present" };

/**
 * THE condition: "does this event match?" in every rule language, playbook query, exception and search. A comparison
 * holds when ANY value of its operand passes the test. When the operand has no value it is `false`, or, where `absent` is
 * `unknown` (a computed operand in EQL), unknown: `not unknown` is unknown, and an event matches only on true.
 */
export type Condition =
  | { readonly kind: "constant"; readonly value: boolean | undefined }
  | { readonly kind: "and"; readonly terms: readonly Condition[] }
  | { readonly kind: "or"; readonly terms: readonly Condition[] }
  | { readonly kind: "not"; readonly term: Condition }
  /** One element of an array of objects at `path` satisfies the term, whose fields all stand below the path. */
  | { readonly kind: "nested"; readonly path: string; readonly term: Condition }
  | { readonly kind: "compare"; readonly operand: Operand; readonly test: Test; readonly absent: "false" | "unknown" };

/** Trees deeper than this are refused: parsers say so with a place, `compileCondition` throws. */
export const maximumDepth = 1000;

/** Levels of nesting, computed without recursion so that a hostile tree cannot overflow the stack. */
export function depthOf(condition: Condition): number {
  const open: { readonly node: Condition | Operand; readonly depth: number }[] = [{ node: condition, depth: 1 }];
  let deepest = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const depth = next.depth;
    deepest = Math.max(deepest, depth);
    for (const node of below(next.node)) {
      open.push({ node, depth: depth + 1 });
    }
  }
  return deepest;
}

function below(node: Condition | Operand): readonly (Condition | Operand)[] {
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

/** Conjunction; nested conjunctions are flattened, one term stands for itself, none is always true. */
export function and(...terms: readonly Condition[]): Condition {
  const flat = terms.flatMap((term) => (term.kind === "and" ? term.terms : [term]));
  const [first] = flat;
  return first === undefined ? always : flat.length === 1 ? first : { kind: "and", terms: flat };
}

/** Disjunction; flattened like `and`, none is never true. */
export function or(...terms: readonly Condition[]): Condition {
  const flat = terms.flatMap((term) => (term.kind === "or" ? term.terms : [term]));
  const [first] = flat;
  return first === undefined ? never : flat.length === 1 ? first : { kind: "or", terms: flat };
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

/** Some value of the field equals one of the given ones. */
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

/** Some value of the field matches one of the patterns: `*` any run, `?` one character. */
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
