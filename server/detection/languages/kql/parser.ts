import { maximumNesting, ParseFailure } from "../source.ts";
import type { KqlExpression, Literal, RangeOperator, ValueList } from "./expression.ts";
import { describeAt, keywordAt, readLiteral, skipSpace } from "./literal.ts";

/**
 * Parses the Kibana Query Language, in which `not` binds tighter than `and`, and `and` tighter than `or`. An empty
 * query has no expression. Throws `ParseFailure`.
 */
export function parseExpression(text: string): KqlExpression | undefined {
  let at = skipSpace(text, 0);
  if (at === text.length) {
    return undefined;
  }
  let nesting = 0;

  const skip = () => {
    at = skipSpace(text, at);
  };
  const skipSymbol = (symbol: string): boolean => {
    skip();
    const found = text.startsWith(symbol, at);
    at += found ? symbol.length : 0;
    return found;
  };
  const skipKeyword = (keyword: "and" | "or" | "not"): boolean => {
    skip();
    const found = keywordAt(text, at) === keyword;
    at += found ? keyword.length : 0;
    return found;
  };
  const fail = (expected: string): never => {
    throw new ParseFailure(`expected ${expected}, found ${describeAt(text, at)}`, at);
  };
  const nest = <T>(work: () => T): T => {
    nesting++;
    if (nesting > maximumNesting) {
      throw new ParseFailure(`expected at most ${maximumNesting} levels of nesting, found more`, at);
    }
    const result = work();
    nesting--;
    return result;
  };

  /** Parses terms joined by `or` and `and`, each possibly negated. */
  function junction<T>(term: () => T, join: (kind: "and" | "or", terms: readonly T[]) => T, negate: (term: T) => T): T {
    const negated = (): T => (skipKeyword("not") ? nest(() => negate(negated())) : term());
    const list = (keyword: "and" | "or", term: () => T): T => {
      const first = term();
      const terms = [first];
      while (skipKeyword(keyword)) {
        terms.push(term());
      }
      return terms.length === 1 ? first : join(keyword, terms);
    };
    return nest(() => list("or", () => list("and", negated)));
  }

  const query = (): KqlExpression =>
    junction<KqlExpression>(
      part,
      (kind, terms) => ({ kind, terms }),
      (term) => ({ kind: "not", term }),
    );

  const values = (): ValueList =>
    junction<ValueList>(
      list,
      (kind, terms) => ({ kind, terms }),
      (term) => ({ kind: "not", term }),
    );

  function part(): KqlExpression {
    if (skipSymbol("(")) {
      const inner = query();
      return skipSymbol(")") ? inner : fail('")", "and" or "or"');
    }
    const field = literal('a field, a value or "("');
    const operator = (["<=", ">=", "<", ">"] as const).find((symbol: RangeOperator) => skipSymbol(symbol));
    if (operator !== undefined) {
      return { kind: "range", field, operator, value: literal(`a value after "${operator}"`) };
    }
    if (!skipSymbol(":")) {
      return { kind: "anywhere", literal: field };
    }
    if (skipSymbol("{")) {
      const term = query();
      return skipSymbol("}") ? { kind: "nested", field, term } : fail('"}", "and" or "or"');
    }
    return { kind: "field", field, values: list() };
  }

  function list(): ValueList {
    if (skipSymbol("(")) {
      const inner = values();
      return skipSymbol(")") ? inner : fail('")", "and" or "or"');
    }
    return { kind: "value", literal: literal('a value or "("') };
  }

  function literal(expected: string): Literal {
    skip();
    const keyword = keywordAt(text, at);
    if (keyword !== undefined && at + keyword.length < text.length) {
      return fail(expected);
    }
    const read = readLiteral(text, at);
    if (read === undefined) {
      return fail(expected);
    }
    at = read.end;
    return read.literal;
  }

  const whole = query();
  skip();
  return at === text.length ? whole : fail('"and", "or" or the end of the query');
}
