import type { Scalar } from "#contracts/event";
import { parseNetwork } from "../../../condition/address.ts";
import { instantOf } from "../../../condition/match-value.ts";
import {
  always,
  and,
  type Condition,
  compare,
  field,
  nested,
  never,
  not,
  type Operand,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { escapePattern } from "../../../condition/wildcard-pattern.ts";
import { assertNever } from "../../../lib/result.ts";
import { ParseFailure } from "../source.ts";
import { hasStar, type KqlExpression, type Literal, star, textOf, type ValueList } from "./expression.ts";
import { isAddress, isDate, isFullText } from "./field-kinds.ts";

/** The meaning of an expression. Fields inside of `path:{ }` are named from the path on. Throws `ParseFailure`. */
export function lower(expression: KqlExpression, path = ""): Condition {
  switch (expression.kind) {
    case "and":
      return and(
        ...simplified(
          expression.terms.map((term) => lower(term, path)),
          true,
        ),
      );
    case "or":
      return or(
        ...simplified(
          expression.terms.map((term) => lower(term, path)),
          false,
        ),
      );
    case "not":
      return negated(lower(expression.term, path));
    case "nested": {
      const inner = nameOf(expression.field, path);
      return nested(inner, lower(expression.term, inner));
    }
    case "anywhere":
      return lowerAnywhere(expression.literal);
    case "field":
      return lowerField(expression.field, expression.values, path);
    case "range":
      return lowerRange(expression, path);
    default:
      return assertNever(expression);
  }
}

/** Constants are folded: a neutral one is left out, the other one settles it. */
function simplified(terms: readonly Condition[], neutral: boolean): readonly Condition[] {
  const decided = terms.find((term) => term.kind === "constant" && term.value !== neutral);
  return decided === undefined ? terms.filter((term) => term.kind !== "constant") : [decided];
}

function negated(term: Condition): Condition {
  return term.kind === "constant" ? (term.value === true ? never : always) : not(term);
}

/** A value without a field is looked for in all of them, word by word. */
function lowerAnywhere(literal: Literal): Condition {
  return isOnlyStar(literal)
    ? always
    : compare({ kind: "fields", pattern: "*" }, { kind: "words", phrases: [patternOf(literal)] });
}

function lowerField(name: Literal, values: ValueList, path: string): Condition {
  if (isOnlyStar(name) && path === "") {
    return lowerList(values, (literals) => or(...literals.map(lowerAnywhere)));
  }
  const target = targetOf(name, path);
  return lowerList(values, (literals) => anyOf(target, literals));
}

/** Alternatives in a list that are plain values stay together: they become few comparisons. */
function lowerList(list: ValueList, plain: (literals: readonly Literal[]) => Condition): Condition {
  switch (list.kind) {
    case "value":
      return plain([list.literal]);
    case "not":
      return negated(lowerList(list.term, plain));
    case "and":
      return and(
        ...simplified(
          list.terms.map((term) => lowerList(term, plain)),
          true,
        ),
      );
    case "or": {
      const literals = list.terms.flatMap((term) => (term.kind === "value" ? [term.literal] : []));
      const others = list.terms.filter((term) => term.kind !== "value").map((term) => lowerList(term, plain));
      return or(...simplified([...(literals.length === 0 ? [] : [plain(literals)]), ...others], false));
    }
    default:
      return assertNever(list);
  }
}

interface Target {
  readonly operand: Operand;
  readonly name: string;
  /** `.caseless` fields compare without regard to case. */
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

/** The target has one of the values; one comparison for each kind of test, in the order of their first appearance. */
function anyOf(target: Target, literals: readonly Literal[]): Condition {
  const groups = new Map<string, Literal[]>();
  for (const literal of literals) {
    const kind = kindOf(target, literal);
    if (kind !== "null") {
      const members = groups.get(kind);
      if (members === undefined) {
        groups.set(kind, [literal]);
      } else {
        members.push(literal);
      }
    }
  }
  return or(...[...groups].map(([kind, members]) => compare(target.operand, testOf(kind, target, members))));
}

function kindOf(target: Target, literal: Literal): string {
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

/** The literal as a wildcard pattern in which `\` escapes. */
function patternOf(literal: Literal): string {
  return literal.parts.map((part) => (part === star ? "*" : escapePattern(part))).join("");
}

/** Unquoted numbers and truth values are typed where their text is the usual one; `007` stays a text. */
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

function lowerRange(expression: KqlExpression & { readonly kind: "range" }, path: string): Condition {
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
