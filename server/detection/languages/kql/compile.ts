import type { Scalar } from "#contracts/event";
import { parseNetwork } from "../../../condition/address.ts";
import { instantOf } from "../../../condition/match-value.ts";
import {
  allOf,
  always,
  anyOf,
  type Condition,
  compare,
  field,
  nested,
  never,
  not,
  type Operand,
  type Test,
} from "../../../condition/tree.ts";
import { escapePattern } from "../../../condition/wildcard-pattern.ts";
import { assertNever } from "../../../lib/result.ts";
import { ParseFailure } from "../source.ts";
import { hasStar, type KqlExpression, type Literal, star, textOf, type ValueList } from "./expression.ts";
import { isAddress, isDate, isFullText } from "./field-types.ts";

/** Compiles an expression. Fields within `path:{ }` are relative to the path. Throws `ParseFailure`. */
export function compileExpression(expression: KqlExpression, path = ""): Condition {
  switch (expression.kind) {
    case "and":
      return allOf(
        simplified(
          expression.terms.map((term) => compileExpression(term, path)),
          true,
        ),
      );
    case "or":
      return anyOf(
        simplified(
          expression.terms.map((term) => compileExpression(term, path)),
          false,
        ),
      );
    case "not":
      return negated(compileExpression(expression.term, path));
    case "nested": {
      const inner = nameOf(expression.field, path);
      return nested(inner, compileExpression(expression.term, inner));
    }
    case "anywhere":
      return compileAnywhere(expression.literal);
    case "field":
      return compileField(expression.field, expression.values, path);
    case "range":
      return compileRange(expression, path);
    default:
      return assertNever(expression);
  }
}

/** Folds constants: a neutral term is dropped, the other one decides. */
function simplified(terms: readonly Condition[], neutral: boolean): readonly Condition[] {
  const decided = terms.find((term) => term.kind === "constant" && term.value !== neutral);
  return decided === undefined ? terms.filter((term) => term.kind !== "constant") : [decided];
}

function negated(term: Condition): Condition {
  return term.kind === "constant" ? (term.value === true ? never : always) : not(term);
}

/** A value without a field is searched in all fields, by words. */
function compileAnywhere(literal: Literal): Condition {
  return isOnlyStar(literal)
    ? always
    : compare({ kind: "fields", pattern: "*" }, { kind: "words", phrases: [patternOf(literal)] });
}

function compileField(name: Literal, values: ValueList, path: string): Condition {
  if (isOnlyStar(name) && path === "") {
    return compileList(values, (literals) => anyOf(literals.map(compileAnywhere)));
  }
  const target = targetOf(name, path);
  return compileList(values, (literals) => hasAnyOf(target, literals));
}

/** Compiles the plain values of a disjunction together, so that they become few comparisons. */
function compileList(list: ValueList, compileLiterals: (literals: readonly Literal[]) => Condition): Condition {
  switch (list.kind) {
    case "value":
      return compileLiterals([list.literal]);
    case "not":
      return negated(compileList(list.term, compileLiterals));
    case "and":
      return allOf(
        simplified(
          list.terms.map((term) => compileList(term, compileLiterals)),
          true,
        ),
      );
    case "or": {
      const literals = list.terms.flatMap((term) => (term.kind === "value" ? [term.literal] : []));
      const others = list.terms
        .filter((term) => term.kind !== "value")
        .map((term) => compileList(term, compileLiterals));
      return anyOf(simplified([...(literals.length === 0 ? [] : [compileLiterals(literals)]), ...others], false));
    }
    default:
      return assertNever(list);
  }
}

interface Target {
  readonly operand: Operand;
  readonly name: string;
  /** True for `.caseless` fields. */
  readonly caseInsensitive: boolean;
  readonly words: boolean;
}

function targetOf(literal: Literal, path: string): Target {
  const whole = nameOf(literal, path);
  if (hasStar(literal)) {
    return { operand: { kind: "fields", pattern: whole }, name: whole, caseInsensitive: false, words: false };
  }
  const [, base = whole, variant] = /^(.+)\.(caseless|text)$/.exec(whole) ?? [];
  const words = variant === "text" || isFullText(whole);
  return { operand: field(base), name: base, caseInsensitive: variant === "caseless", words };
}

function nameOf(literal: Literal, path: string): string {
  const name = textOf(literal);
  return path === "" ? name : `${path}.${name}`;
}

/** Whether the target has one of the values: one comparison for each kind of test, in the order of first use. */
function hasAnyOf(target: Target, literals: readonly Literal[]): Condition {
  const groups = new Map<string, Literal[]>();
  for (const literal of literals) {
    const kind = testKindOf(target, literal);
    if (kind !== "null") {
      const members = groups.get(kind);
      if (members === undefined) {
        groups.set(kind, [literal]);
      } else {
        members.push(literal);
      }
    }
  }
  return anyOf([...groups].map(([kind, members]) => compare(target.operand, testOf(kind, target, members))));
}

function testKindOf(target: Target, literal: Literal): string {
  if (isOnlyStar(literal)) {
    return "present";
  }
  if (!literal.quoted && textOf(literal) === "null") {
    return "null";
  }
  if (target.words) {
    return "words";
  }
  if (hasStar(literal)) {
    return "wildcard";
  }
  return isAddress(target.name) && isNetwork(textOf(literal)) ? "cidr" : "equals";
}

function testOf(kind: string, target: Target, literals: readonly Literal[]): Test {
  switch (kind) {
    case "present":
      return { kind: "present" };
    case "words":
      return { kind: "words", phrases: literals.map(patternOf) };
    case "wildcard":
      return {
        kind: "wildcard",
        patterns: literals.map(patternOf),
        caseInsensitive: target.caseInsensitive,
        single: false,
        escape: true,
      };
    case "cidr":
      return { kind: "cidr", networks: literals.map(textOf) };
    default:
      return { kind: "equals", values: literals.map(scalarOf), caseInsensitive: target.caseInsensitive };
  }
}

function isNetwork(text: string): boolean {
  return text.includes("/") && parseNetwork(text) !== undefined;
}

function isOnlyStar(literal: Literal): boolean {
  return literal.parts.length === 1 && literal.parts[0] === star;
}

/** The literal as a wildcard pattern with `\` as escape. */
function patternOf(literal: Literal): string {
  return literal.parts.map((part) => (part === star ? "*" : escapePattern(part))).join("");
}

/** Unquoted booleans and numbers are typed where their text is canonical; `007` stays text. */
function scalarOf(literal: Literal): Scalar {
  const text = textOf(literal);
  if (literal.quoted) {
    return text;
  }
  if (text === "true" || text === "false") {
    return text === "true";
  }
  return Number.isFinite(Number(text)) && String(Number(text)) === text ? Number(text) : text;
}

function compileRange(expression: KqlExpression & { readonly kind: "range" }, path: string): Condition {
  const { operator, value: literal } = expression;
  if (hasStar(literal)) {
    throw new ParseFailure(`expected a value without "*" after "${operator}"`, literal.at);
  }
  const target = targetOf(expression.field, path);
  const value = scalarOf(literal);
  if (isDate(target.name) && typeof value === "string") {
    if (instantOf(value) === undefined) {
      const relative = /^now\b|\|\|/.test(value);
      throw new ParseFailure(
        relative
          ? "dates relative to now are not supported in a query"
          : `expected a date in ISO 8601, found "${value}"`,
        literal.at,
        { unsupported: relative, remedy: "Write the date in ISO 8601, such as 2026-01-31T09:00:00Z." },
      );
    }
    return compare(target.operand, { kind: "order", operator, value, as: "date" });
  }
  const number =
    typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
  return compare(target.operand, { kind: "order", operator, value: number });
}
