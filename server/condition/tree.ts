import type { Scalar } from "#contracts/event";

/** Functions of EQL that may stand inside a comparison; names as EQL spells them. */
export type FunctionName =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "modulo"
  | "between"
  | "cidrMatch"
  | "concat"
  | "endsWith"
  | "indexOf"
  | "length"
  | "number"
  | "startsWith"
  | "string"
  | "stringContains"
  | "substring";

export type Operand =
  | { readonly kind: "field"; readonly name: string; readonly optional: boolean }
  /** `undefined` is the literal null. */
  | { readonly kind: "literal"; readonly value: Scalar | undefined }
  | { readonly kind: "call"; readonly name: FunctionName; readonly fold: boolean; readonly args: readonly Operand[] };

/** `fold` compares without regard to case. Text and numbers compare by their text: a keyword "4" equals the number 4. */
export type Test =
  | { readonly kind: "equals"; readonly values: readonly Scalar[]; readonly fold: boolean }
  /** `*` any run; `?` one character where `single`; `\` makes the next character literal where `escape`. */
  | {
      readonly kind: "wildcard";
      readonly patterns: readonly string[];
      readonly fold: boolean;
      readonly single: boolean;
      readonly escape: boolean;
    }
  /** Linear-time regular expressions; `whole` must match the whole value (Lucene), else anywhere. */
  | { readonly kind: "regex"; readonly patterns: readonly string[]; readonly fold: boolean; readonly whole: boolean }
  | { readonly kind: "order"; readonly operator: "<" | "<=" | ">" | ">="; readonly value: Scalar }
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
  | { readonly kind: "compare"; readonly operand: Operand; readonly test: Test; readonly absent: "false" | "unknown" };

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

export function compare(operand: Operand | string, test: Test, absent: "false" | "unknown" = "false"): Condition {
  return { kind: "compare", operand: typeof operand === "string" ? field(operand) : operand, test, absent };
}

/** Some value of the field equals one of the given ones. */
export function equals(
  name: string,
  values: Scalar | readonly Scalar[],
  options: { readonly fold: boolean } = { fold: false },
): Condition {
  return compare(name, { kind: "equals", values: typeof values === "object" ? values : [values], fold: options.fold });
}

/** Some value of the field matches one of the patterns: `*` any run, `?` one character. */
export function wildcard(
  name: string,
  patterns: string | readonly string[],
  options: { readonly fold: boolean; readonly escape?: boolean } = { fold: true },
): Condition {
  return compare(name, {
    kind: "wildcard",
    patterns: typeof patterns === "string" ? [patterns] : patterns,
    fold: options.fold,
    single: true,
    escape: options.escape ?? false,
  });
}

export function exists(name: string): Condition {
  return compare(name, { kind: "present" });
}
