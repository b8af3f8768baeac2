/** A literal as texts and stars; a quoted literal has no stars. */
export interface Literal {
  readonly parts: readonly (string | typeof star)[];
  readonly quoted: boolean;
  readonly at: number;
}

/** An unescaped `*`. */
export const star = Symbol("star");

export type RangeOperator = "<" | "<=" | ">" | ">=";

/** The values after `field:`. */
export type ValueList =
  | { readonly kind: "value"; readonly literal: Literal }
  | { readonly kind: "and" | "or"; readonly terms: readonly ValueList[] }
  | { readonly kind: "not"; readonly term: ValueList };

/** The syntax tree of a KQL query. */
export type KqlExpression =
  | { readonly kind: "field"; readonly field: Literal; readonly values: ValueList }
  | { readonly kind: "range"; readonly field: Literal; readonly operator: RangeOperator; readonly value: Literal }
  /** A value without a field, which can be anywhere in the event. */
  | { readonly kind: "anywhere"; readonly literal: Literal }
  | { readonly kind: "nested"; readonly field: Literal; readonly term: KqlExpression }
  | { readonly kind: "and" | "or"; readonly terms: readonly KqlExpression[] }
  | { readonly kind: "not"; readonly term: KqlExpression };

/** The text of a literal, including its stars. */
export function textOf(literal: Literal): string {
  return literal.parts.map((part) => (part === star ? "*" : part)).join("");
}

export function hasStar(literal: Literal): boolean {
  return literal.parts.includes(star);
}
