import {
  allOf,
  and,
  anyOf,
  type Condition,
  call,
  compare,
  equals,
  exists,
  field,
  not,
  type Operand,
} from "../../../condition/tree.ts";
import { assertNever } from "../../../lib/result.ts";
import { linearRegex } from "../perl-regex.ts";
import { maximumNesting, ParseFailure, unsupported } from "../source.ts";
import { functionForEval } from "./eval-functions.ts";
import { expectMark, matchMark, parseText, parseTexts } from "./literals.ts";
import { type Row, type Variable, variableOf } from "./row.ts";
import { type Cursor, describeNext, match, matchWord, skipSpace } from "./where.ts";

type Term =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | Exclude<Variable, { readonly kind: "other" }>;

/** By-fields with numbers: only these are compared by size. */
const numeric: ReadonlySet<string> = new Set(["process.pid", "process.parent.pid"]);

/**
 * Parses the expression of `where` (eval) over a row. Unlike in the search command AND binds tighter than OR, texts are
 * in double quotes and case-sensitive, and a bare word is a name. Anything that cannot be decided exactly is rejected.
 */
export function parseExpression(cursor: Cursor, row: Row): Condition {
  const condition = disjunction(cursor, row, 0);
  skipSpace(cursor);
  if (cursor.at < cursor.text.length) {
    throw unsupported(`expected AND, OR or the end of the expression, found ${describeNext(cursor)}`, cursor.at);
  }
  return condition;
}

function disjunction(cursor: Cursor, row: Row, depth: number): Condition {
  const terms = [conjunction(cursor, row, depth)];
  while (matchWord(cursor, "or")) {
    terms.push(conjunction(cursor, row, depth));
  }
  return anyOf(terms);
}

function conjunction(cursor: Cursor, row: Row, depth: number): Condition {
  const terms = [negation(cursor, row, depth)];
  while (matchWord(cursor, "and")) {
    terms.push(negation(cursor, row, depth));
  }
  return allOf(terms);
}

function negation(cursor: Cursor, row: Row, depth: number): Condition {
  skipSpace(cursor);
  if (depth > maximumNesting) {
    throw new ParseFailure(`the expression nests more than ${maximumNesting} levels deep here`, cursor.at);
  }
  if (matchWord(cursor, "not")) {
    return not(negation(cursor, row, depth + 1));
  }
  if (matchMark(cursor, "(")) {
    const inner = disjunction(cursor, row, depth + 1);
    expectMark(cursor, ")");
    return inner;
  }
  return predicate(cursor, row);
}

function predicate(cursor: Cursor, row: Row): Condition {
  const start = cursor.at;
  const call = match(cursor, /[A-Za-z]\w*(?=\s*\()/y);
  if (call !== undefined && functionForEval(call) === undefined) {
    return functionCall(call, cursor, row, start);
  }
  cursor.at = start;
  const left = operand(cursor, row);
  if (matchWord(cursor, "in")) {
    expectMark(cursor, "(");
    return inTest(left, parseTexts(cursor), start);
  }
  if (matchWord(cursor, "like")) {
    return likeTest(left, parseText(cursor), start);
  }
  skipSpace(cursor);
  const at = cursor.at;
  const operator = match(cursor, /==|!=|<=|>=|=|<|>/y);
  if (operator === undefined) {
    throw unsupported(`expected a comparison, found ${describeNext(cursor)}`, at);
  }
  return comparison(left, operator === "==" ? "=" : operator, operand(cursor, row), start);
}

function functionCall(name: string, cursor: Cursor, row: Row, start: number): Condition {
  expectMark(cursor, "(");
  switch (name) {
    case "match": {
      const subject = byField(operand(cursor, row), start);
      expectMark(cursor, ",");
      skipSpace(cursor);
      const at = cursor.at;
      const pattern = parseText(cursor);
      expectMark(cursor, ")");
      return matchTest(subject, pattern, at);
    }
    case "like": {
      const subject = operand(cursor, row);
      expectMark(cursor, ",");
      const pattern = parseText(cursor);
      expectMark(cursor, ")");
      return likeTest(subject, pattern, start);
    }
    case "in": {
      const subject = operand(cursor, row);
      expectMark(cursor, ",");
      return inTest(subject, parseTexts(cursor), start);
    }
    case "isnull":
    case "isnotnull": {
      const subject = operand(cursor, row);
      expectMark(cursor, ")");
      const present =
        subject.kind === "capture" ? matchTest(subject.field, subject.pattern, start) : exists(byField(subject, start));
      return name === "isnull" ? not(present) : present;
    }
    default:
      throw unsupported(`the function ${name} is not supported in an expression`, start);
  }
}

function operand(cursor: Cursor, row: Row): Term {
  skipSpace(cursor);
  const at = cursor.at;
  const quote = cursor.text[at];
  if (quote === '"') {
    return { kind: "text", value: parseText(cursor) };
  }
  if (quote === "'") {
    const name = match(cursor, /'[^']*'/y);
    return variableOf(row, name?.slice(1, -1) ?? "'", at);
  }
  const number = match(cursor, /-?\d+(?:\.\d+)?(?![\w.])/y);
  if (number !== undefined) {
    return { kind: "number", value: Number(number) };
  }
  const name = match(cursor, /[A-Za-z_]\w*/y);
  if (name === undefined) {
    throw unsupported(`expected a name, a text or a number, found ${describeNext(cursor)}`, at);
  }
  if (functionForEval(name) === "length" && matchMark(cursor, "(")) {
    const subject = byField(operand(cursor, row), at);
    expectMark(cursor, ")");
    return { kind: "length", field: subject };
  }
  return variableOf(row, name, at);
}

const mirrored: ReadonlyMap<string, string> = new Map([
  ["<", ">"],
  [">", "<"],
  ["<=", ">="],
  [">=", "<="],
]);

function comparison(left: Term, operator: string, right: Term, at: number): Condition {
  if (left.kind === "text" || left.kind === "number") {
    if (right.kind === "text" || right.kind === "number") {
      throw unsupported("a comparison of two literals is not supported", at);
    }
    return comparison(right, mirrored.get(operator) ?? operator, left, at);
  }
  if (operator === "!=") {
    return not(comparison(left, "=", right, at));
  }
  if (left.kind === "field" && right.kind === "field" && operator === "=") {
    return sameValue(left.field, right.field);
  }
  if (left.kind === "field" && operator === "=" && (right.kind === "text" || right.kind === "number")) {
    return equals(left.field, right.value);
  }
  const size = sizeOf(left);
  if (size === undefined || right.kind !== "number") {
    throw unsupported("<, <=, > and >= compare numbers, and only with names that have a number", at);
  }
  switch (operator) {
    case "=":
      return compare(size, { kind: "equals", values: [right.value], caseInsensitive: false });
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compare(size, { kind: "order", operator, value: right.value });
    default:
      throw unsupported(`the operator ${operator} is not supported`, at);
  }
}

/** The operand of a term that can be compared by size. */
function sizeOf(term: Term): Operand | undefined {
  switch (term.kind) {
    case "count":
      return field(term.name);
    case "length":
      return call("length", [field(term.field)]);
    case "field":
      return numeric.has(term.field) ? field(term.field) : undefined;
    case "capture":
    case "text":
    case "number":
      return undefined;
    default:
      return assertNever(term);
  }
}

/** Two texts are equal if each starts with the other. One operand, so that it stays one term of a conjunction. */
export function sameValue(left: string, right: string): Condition {
  const starts = (parseText: string, start: string): Condition =>
    compare(call("startsWith", [field(parseText), field(start)]), {
      kind: "equals",
      values: [true],
      caseInsensitive: false,
    });
  return compare(
    { kind: "truth", condition: and(starts(left, right), starts(right, left)) },
    { kind: "equals", values: [true], caseInsensitive: false },
  );
}

export const perlFlags = { multiline: false, dotAll: false };

/** The pattern as it was written; `demandOf` makes the evaluator's of it. */
export function matchTest(name: string, pattern: string, at: number): Condition {
  const linear = linearRegex(pattern, perlFlags);
  if (!linear.ok) {
    throw unsupported(linear.error, at);
  }
  return compare(name, { kind: "regex", patterns: [pattern], caseInsensitive: false, whole: false });
}

function inTest(term: Term, values: readonly string[], at: number): Condition {
  return equals(byField(term, at), values);
}

/** `%` matches any characters, `_` one; all other characters are literal. */
function likeTest(term: Term, pattern: string, at: number): Condition {
  if (/\\[%_]/.test(pattern)) {
    throw unsupported("a backslash before % or _ in a pattern of like is not supported", at);
  }
  const wildcard = pattern.replace(/[*?\\%_]/g, (mark) => (mark === "%" ? "*" : mark === "_" ? "?" : `\\${mark}`));
  return compare(byField(term, at), {
    kind: "wildcard",
    patterns: [wildcard],
    caseInsensitive: false,
    single: true,
    escape: true,
  });
}

function byField(term: Term, at: number): string {
  if (term.kind !== "field") {
    throw unsupported("expected the name of a by-field here", at);
  }
  return term.field;
}
