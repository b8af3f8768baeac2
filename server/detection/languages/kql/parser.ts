import { maximumNesting, ParseFailure } from "../source.ts";
import type { KqlExpression, Literal, RangeOperator, ValueList } from "./expression.ts";
import { describeAt, keywordAt, readLiteral, skipSpace } from "./literal.ts";

/**
 * The grammar of the Kibana Query Language: `not` binds tighter than `and`, `and` tighter than `or`. An empty query has
 * no expression. Throws `ParseFailure`.
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
  const takeSymbol = (symbol: string): boolean => {
    skip();
    const found = text.startsWith(symbol, at);
    at += found ? symbol.length : 0;
    return found;
  };
  const takeKeyword = (keyword: "and" | "or" | "not"): boolean => {
    skip();
    const found = keywordAt(text, at) === keyword;
    at += found ? keyword.length : 0;
    return found;
  };
  const refuse = (expected: string): never => {
    throw new ParseFailure(`expected ${expected}, found ${describeAt(text, at)}`, at);
  };
  const deeper = <T>(work: () => T): T => {
    nesting++;
    if (nesting > maximumNesting) {
      throw new ParseFailure(`expected at most ${maximumNesting} levels of nesting, found more`, at);
    }
    const result = work();
    nesting--;
    return result;
  };

  /** Terms between `or`, each of terms between `and`, each of which may be negated. */
  function junction<T>(one: () => T, join: (kind: "and" | "or", terms: readonly T[]) => T, negate: (term: T) => T): T {
    const negated = (): T => (takeKeyword("not") ? deeper(() => negate(negated())) : one());
    const list = (keyword: "and" | "or", term: () => T): T => {
      const first = term();
      const terms = [first];
      while (takeKeyword(keyword)) {
        terms.push(term());
      }
      return terms.length === 1 ? first : join(keyword, terms);
    };
    return deeper(() => list("or", () => list("and", negated)));
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
    if (takeSymbol("(")) {
      const inner = query();
      return takeSymbol(")") ? inner : refuse('")", "and" or "or"');
    }
    const field = literal('a field, a value or "("');
    const operator = (["<=", ">=", "<", ">"] as const).find((symbol: RangeOperator) => takeSymbol(symbol));
    if (operator !== undefined) {
      return { kind: "range", field, operator, value: literal(`a value after "${operator}"`) };
    }
    if (!takeSymbol(":")) {
      return { kind: "anywhere", literal: field };
    }
    if (takeSymbol("{")) {
      const term = query();
      return takeSymbol("}") ? { kind: "nested", field, term } : refuse('"}", "and" or "or"');
    }
    return { kind: "field", field, values: list() };
  }

  function list(): ValueList {
    if (takeSymbol("(")) {
      const inner = values();
      return takeSymbol(")") ? inner : refuse('")", "and" or "or"');
    }
    return { kind: "value", literal: literal('a value or "("') };
  }

  function literal(expected: string): Literal {
    skip();
    const keyword = keywordAt(text, at);
    if (keyword !== undefined && at + keyword.length < text.length) {
      return refuse(expected);
    }
    const read = readLiteral(text, at);
    if (read === undefined) {
      return refuse(expected);
    }
    at = read.end;
    return read.literal;
  }

  const whole = query();
  skip();
  return at === text.length ? whole : refuse('"and", "or" or the end of the query');
}
