import { eqlFunctions, functionOfSign } from "../../../condition/functions.ts";
import { maximumNesting, ParseFailure } from "../source.ts";
import type { ComparisonOperator, Expression, MembershipOperator } from "./expression.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, type Token } from "./tokens.ts";

/** Operator precedence, lowest first. */
const precedence = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, sign: 7 } as const;

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const signs: ReadonlySet<string> = new Set(["+", "-"]);
const memberships: ReadonlySet<string> = new Set(["in", "like", "regex"]);
const reserved: ReadonlySet<string> = new Set(["and", "or", "not", "in", "like", "regex", "where"]);

/** Parses the longest expression at the position of the reader. Throws `ParseFailure`. */
export function expressionParser(reader: TokenReader): () => Expression {
  const { peek, next, skip, isSymbol, isKeyword, expectSymbol } = reader;
  let nesting = 0;

  function expression(minimum: number): Expression {
    nesting++;
    if (nesting > maximumNesting) {
      throw new ParseFailure(`the query nests more than ${maximumNesting} levels deep here`, peek().at);
    }
    let left = prefix();
    for (let chain = 0; ; chain++) {
      if (chain > maximumNesting) {
        throw new ParseFailure(`more than ${maximumNesting} operators follow each other here`, peek().at);
      }
      const extended = infix(left, minimum);
      if (extended === undefined) {
        nesting--;
        return left;
      }
      left = extended;
    }
  }

  function prefix(): Expression {
    const token = peek();
    if (isKeyword("not")) {
      skip(1);
      return { kind: "not", term: expression(precedence.not), at: token.at };
    }
    if (token.kind === "symbol" && signs.has(token.text)) {
      skip(1);
      return signed(expression(precedence.sign), token.text === "-", token.at);
    }
    return methods(primary());
  }

  function infix(left: Expression, minimum: number): Expression | undefined {
    const token = peek();
    if (token.kind === "name") {
      const word = token.plain ?? "";
      const negated = word === "not" && memberships.has(plainOf(peek(1)));
      if (negated || memberships.has(word)) {
        return minimum <= precedence.comparison ? membership(left, negated) : undefined;
      }
      if ((word === "and" || word === "or") && !token.tilde && minimum <= precedence[word]) {
        return junction(left, word);
      }
      return undefined;
    }
    if (token.kind !== "symbol") {
      return undefined;
    }
    if (token.text === "=") {
      throw new ParseFailure('expected an operator, found "="', token.at, {
        remedy: 'write "==" (exact) or ":" (ignoring case, with wildcards)',
      });
    }
    if (token.text === ":" && minimum <= precedence.comparison) {
      return membership(left, false);
    }
    if (isComparison(token.text) && minimum <= precedence.comparison) {
      skip(1);
      const right = expression(precedence.comparison + 1);
      return { kind: "comparison", operator: token.text, left, right, at: token.at };
    }
    const name = functionOfSign(token.text);
    const operator = name === undefined ? undefined : eqlFunctions[name].operator;
    if (name !== undefined && operator !== undefined && minimum <= precedence[operator.precedence]) {
      skip(1);
      const right = expression(precedence[operator.precedence] + 1);
      return { kind: "arithmetic", function: name, left, right, at: token.at };
    }
    return undefined;
  }

  /** Parses all terms with the same operator at once, so a conjunction of a thousand terms is one level. */
  function junction(first: Expression, word: "and" | "or"): Expression {
    const terms = [first];
    while (isKeyword(word)) {
      skip(1);
      terms.push(expression(precedence[word] + 1));
    }
    return { kind: word, terms, at: first.at };
  }

  function membership(left: Expression, negated: boolean): Expression {
    skip(negated ? 1 : 0);
    const token = next();
    const operator = membershipOperator(token);
    if (!isSymbol("(") || operator === undefined) {
      if (operator === undefined || operator.startsWith("in")) {
        throw new ParseFailure(`expected "(" after "${operator}", found ${describeToken(peek())}`, peek().at);
      }
      return {
        kind: "membership",
        operator,
        negated,
        left,
        values: [expression(precedence.comparison + 1)],
        at: token.at,
      };
    }
    skip(1);
    return { kind: "membership", operator, negated, left, values: list("value"), at: token.at };
  }

  /** Parses items up to the closing parenthesis, after the opening one. */
  function list(what: string): readonly Expression[] {
    const items = [expression(0)];
    while (isSymbol(",")) {
      skip(1);
      items.push(expression(0));
    }
    expectSymbol(")", `or "," after the ${what}`);
    return items;
  }

  function primary(): Expression {
    const token = next();
    switch (token.kind) {
      case "string":
        return { kind: "literal", value: token.value, decimal: false, at: token.at };
      case "number":
        return { kind: "literal", value: token.value, decimal: token.decimal, at: token.at };
      case "name":
        return named(token);
      case "symbol":
        if (token.text === "(") {
          const inner = expression(0);
          expectSymbol(")", "to close the parenthesis");
          return inner;
        }
        if (token.text === "?") {
          const name = next();
          if (name.kind !== "name") {
            throw new ParseFailure(`expected a field after "?", found ${describeToken(name)}`, name.at);
          }
          return fieldOf(name, true, token.at);
        }
        break;
      case "quantity":
      case "end":
        break;
    }
    throw new ParseFailure(`expected a field, a value, a function or "(", found ${describeToken(token)}`, token.at);
  }

  function named(token: Token & { readonly kind: "name" }): Expression {
    const constant = constants.get(token.plain ?? "");
    if (constant !== undefined && !token.tilde) {
      return { kind: "literal", value: constant.value, decimal: false, at: token.at };
    }
    if (token.plain !== undefined && isSymbol("(") && !reserved.has(token.plain)) {
      return call(token.plain, token.tilde, token.at, []);
    }
    if (isKeyword("of") && isSymbol("[", 1)) {
      throw new ParseFailure(
        `"${token.path} of [ … ]" is not supported: relations between events need a sequence`,
        token.at,
        { unsupported: true },
      );
    }
    if (token.plain !== undefined && reserved.has(token.plain)) {
      throw new ParseFailure(`expected a field, a value, a function or "(", found "${token.plain}"`, token.at);
    }
    if (token.tilde) {
      throw new ParseFailure(`expected "(" after "${token.path}~", found ${describeToken(peek())}`, peek().at);
    }
    return fieldOf(token, false, token.at);
  }

  function fieldOf(token: Token & { readonly kind: "name" }, optional: boolean, at: number): Expression {
    if (isSymbol("[")) {
      throw new ParseFailure(
        "array positions are not supported: a comparison holds when any value satisfies it",
        peek().at,
        { unsupported: true },
      );
    }
    return { kind: "field", name: token.path, optional, at };
  }

  function call(name: string, caseInsensitive: boolean, at: number, first: readonly Expression[]): Expression {
    skip(1);
    if (isSymbol(")")) {
      skip(1);
      return { kind: "call", name, caseInsensitive, args: first, at };
    }
    return { kind: "call", name, caseInsensitive, args: [...first, ...list("argument")], at };
  }

  /** Parses method calls: `"text":length()` is `length("text")`. */
  function methods(receiver: Expression): Expression {
    let value = receiver;
    for (let chain = 0; isSymbol(":") && peek(1).kind === "name" && isSymbol("(", 2); chain++) {
      const token = peek(1);
      if (token.kind !== "name" || token.plain === undefined || chain > maximumNesting) {
        break;
      }
      skip(2);
      value = call(token.plain, token.tilde, token.at, [value]);
    }
    return value;
  }

  return () => expression(0);
}

const constants: ReadonlyMap<string, { readonly value: boolean | undefined }> = new Map([
  ["true", { value: true }],
  ["false", { value: false }],
  ["null", { value: undefined }],
]);

function signed(value: Expression, negative: boolean, at: number): Expression {
  if (!negative) {
    return value;
  }
  if (value.kind === "literal" && typeof value.value === "number") {
    return { ...value, value: -value.value, at };
  }
  const zero: Expression = { kind: "literal", value: 0, decimal: false, at };
  return { kind: "arithmetic", function: "subtract", left: zero, right: value, at };
}

function isComparison(text: string): text is ComparisonOperator {
  return comparisons.has(text);
}

function plainOf(token: Token): string {
  return token.kind === "name" ? (token.plain ?? "") : "";
}

function membershipOperator(token: Token): MembershipOperator | undefined {
  if (token.kind === "symbol") {
    return ":";
  }
  switch (plainOf(token)) {
    case "in":
      return token.kind === "name" && token.tilde ? "in~" : "in";
    case "like":
      return token.kind === "name" && token.tilde ? "like~" : "like";
    case "regex":
      return token.kind === "name" && token.tilde ? "regex~" : "regex";
    default:
      return undefined;
  }
}
