import { allOf, and, anyOf, type Condition, compare, not, wildcard } from "../../../condition/tree.ts";
import { maximumNesting, ParseFailure, unsupported } from "../source.ts";

/** The ECS field for a field of the data model; throws where there is none. */
export type FieldResolver = (name: string, at: number) => string;

const space = /\s+/y;
const fieldName = /[A-Za-z_][\w.]*/y;
const comparator = /!=|<=|>=|=|<|>/y;

/** A position in a text that advances with reading. */
export interface Cursor {
  readonly text: string;
  at: number;
}

export function skipSpace(cursor: Cursor): void {
  match(cursor, space);
}

export function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  cursor.at += found?.length ?? 0;
  return found;
}

/** Reads one of the words, in any case, where it is the next whole word. */
export function matchWord(cursor: Cursor, ...words: readonly string[]): boolean {
  skipSpace(cursor);
  const start = cursor.at;
  const word = match(cursor, /[A-Za-z_]+(?![\w.])/y)?.toLowerCase();
  if (word !== undefined && words.includes(word)) {
    return true;
  }
  cursor.at = start;
  return false;
}

/**
 * Parses the expression after `where` of tstats, with the precedence of Splunk's search command: parentheses, NOT for
 * the next term only, OR, then AND, which is implied between terms. OR binds tighter than AND. Ends before `by`, a pipe
 * or the end.
 */
export function parseWhere(cursor: Cursor, resolve: FieldResolver): Condition {
  return conjunction(cursor, resolve, 0);
}

function conjunction(cursor: Cursor, resolve: FieldResolver, depth: number): Condition {
  const terms = [disjunction(cursor, resolve, depth)];
  for (;;) {
    const joined = matchWord(cursor, "and");
    if (!joined && atEnd(cursor)) {
      return allOf(terms);
    }
    terms.push(disjunction(cursor, resolve, depth));
  }
}

function atEnd(cursor: Cursor): boolean {
  skipSpace(cursor);
  const character = cursor.text[cursor.at];
  if (character === undefined || character === ")" || character === "|") {
    return true;
  }
  const start = cursor.at;
  const end = matchWord(cursor, "by", "groupby");
  cursor.at = start;
  return end;
}

function disjunction(cursor: Cursor, resolve: FieldResolver, depth: number): Condition {
  const terms = [term(cursor, resolve, depth)];
  while (matchWord(cursor, "or")) {
    terms.push(term(cursor, resolve, depth));
  }
  return anyOf(terms);
}

function term(cursor: Cursor, resolve: FieldResolver, depth: number): Condition {
  skipSpace(cursor);
  if (depth > maximumNesting) {
    throw new ParseFailure(`the search nests more than ${maximumNesting} levels deep here`, cursor.at);
  }
  const start = cursor.at;
  if (matchWord(cursor, "not")) {
    return not(term(cursor, resolve, depth + 1));
  }
  if (cursor.text[start] === "(") {
    cursor.at++;
    const inner = conjunction(cursor, resolve, depth + 1);
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== ")") {
      throw new ParseFailure(`expected ")" to close the parenthesis, found ${describeNext(cursor)}`, cursor.at);
    }
    cursor.at++;
    return inner;
  }
  if (cursor.text[start] === "[") {
    throw unsupported("subsearches ([ … ]) are not supported", start);
  }
  const name = match(cursor, fieldName);
  if (name === undefined) {
    throw new ParseFailure(`expected a field, NOT or "(", found ${describeNext(cursor)}`, start);
  }
  return comparison(cursor, name, start, resolve);
}

function comparison(cursor: Cursor, name: string, start: number, resolve: FieldResolver): Condition {
  skipSpace(cursor);
  const negated = matchWord(cursor, "not");
  if (matchWord(cursor, "in")) {
    const condition = wildcards(resolve(name, start), listOfValues(cursor));
    return negated ? not(condition) : condition;
  }
  skipSpace(cursor);
  const operator = negated ? undefined : match(cursor, comparator);
  if (operator === undefined) {
    throw new ParseFailure(
      `expected =, !=, <, <=, >, >= or IN after "${name}", found ${describeNext(cursor)}`,
      cursor.at,
    );
  }
  skipSpace(cursor);
  const at = cursor.at;
  const value = readValue(cursor, false);
  const field = resolve(name, start);
  switch (operator) {
    case "=":
      return wildcards(field, [value]);
    case "!=":
      // Unlike NOT field=value this requires the field.
      return and(wildcards(field, ["*"]), not(wildcards(field, [value])));
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const number = Number(value);
      if (value === "" || Number.isNaN(number)) {
        throw new ParseFailure(`expected a number after "${operator}", found "${value}"`, at);
      }
      return compare(field, { kind: "order", operator, value: number });
    }
    default:
      throw new ParseFailure(`expected an operator, found "${operator}"`, at);
  }
}

/** Values are case-insensitive; `*` is the only wildcard. */
function wildcards(field: string, patterns: readonly string[]): Condition {
  const condition = wildcard(field, patterns);
  return condition.kind === "compare" && condition.test.kind === "wildcard"
    ? { ...condition, test: { ...condition.test, single: false } }
    : condition;
}

function listOfValues(cursor: Cursor): readonly string[] {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== "(") {
    throw new ParseFailure(`expected "(" after IN, found ${describeNext(cursor)}`, cursor.at);
  }
  const open = cursor.at;
  cursor.at++;
  const values: string[] = [];
  for (;;) {
    match(cursor, /[\s,]+/y);
    const character = cursor.text[cursor.at];
    if (character === undefined) {
      throw new ParseFailure('expected ")" to end the list that begins here, found the end of the search', open);
    }
    if (character === ")") {
      cursor.at++;
      if (values.length === 0) {
        throw new ParseFailure("expected a value in the list", open);
      }
      return values;
    }
    values.push(readValue(cursor, true));
  }
}

/**
 * Reads a quoted or bare value. In both, `\\` is a backslash and `\"` a quote; any other backslash is literal. A bare
 * value ends at white space, at an unopened parenthesis, and in a list at a comma.
 */
function readValue(cursor: Cursor, inList: boolean): string {
  const start = cursor.at;
  if (cursor.text[start] === '"') {
    const quoted = match(cursor, /"(?:[^"\\]|\\[\s\S])*"/y);
    if (quoted === undefined) {
      throw new ParseFailure('expected " to end the value that begins here, found the end of the search', start);
    }
    return unescapeValue(quoted.slice(1, -1));
  }
  let open = 0;
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const character = cursor.text[cursor.at] ?? "";
    if (/[\s"]/.test(character) || (inList && character === ",") || (character === ")" && open === 0)) {
      break;
    }
    open += character === "(" ? 1 : character === ")" ? -1 : 0;
    if (
      character === "\\" &&
      cursor.text[cursor.at + 1] !== undefined &&
      !/\s/.test(cursor.text[cursor.at + 1] ?? "")
    ) {
      cursor.at++;
    }
  }
  if (cursor.at === start) {
    throw new ParseFailure(`expected a value, found ${describeNext(cursor)}`, start);
  }
  return unescapeValue(cursor.text.slice(start, cursor.at));
}

function unescapeValue(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}

/** Describes the next word for a message. */
export function describeNext(cursor: Cursor): string {
  const word = /\S{1,40}/.exec(cursor.text.slice(cursor.at, cursor.at + 60))?.[0];
  return word === undefined ? "the end of the search" : `"${word}"`;
}
