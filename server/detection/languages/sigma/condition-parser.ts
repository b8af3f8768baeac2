import { maximumNesting, ParseFailure } from "../source.ts";

/** The syntax tree of the `condition` of a rule. */
export type SelectionExpression =
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  /** `count` undefined means all of them. */
  | { readonly kind: "of"; readonly count: number | undefined; readonly pattern: string; readonly at: number }
  | { readonly kind: "and" | "or"; readonly terms: readonly SelectionExpression[] }
  | { readonly kind: "not"; readonly term: SelectionExpression };

interface Token {
  readonly text: string;
  readonly at: number;
}

/** `not` binds tighter than `and`, `and` tighter than `or`; keywords in any case. Throws `ParseFailure`. */
export function parseCondition(text: string): SelectionExpression {
  const pipe = text.indexOf("|");
  if (pipe >= 0) {
    throw new ParseFailure("aggregations after a pipe are not supported; Sigma correlations replaced them", pipe, {
      unsupported: true,
    });
  }
  const tokens = tokenize(text);
  let position = 0;
  let nesting = 0;
  const end: Token = { text: "", at: text.length };
  const peek = (ahead = 0): Token => tokens[position + ahead] ?? end;
  const word = (ahead = 0): string => peek(ahead).text.toLowerCase();
  const fail = (expected: string): never => {
    const { text: found, at } = peek();
    throw new ParseFailure(
      `expected ${expected}, found ${found === "" ? "the end of the condition" : `"${found}"`}`,
      at,
    );
  };

  function list(keyword: "and" | "or", term: () => SelectionExpression): SelectionExpression {
    const first = term();
    const terms = [first];
    while (word() === keyword) {
      position++;
      terms.push(term());
    }
    return terms.length === 1 ? first : { kind: keyword, terms };
  }

  const expression = (): SelectionExpression => list("or", () => list("and", negated));

  function negated(): SelectionExpression {
    nesting++;
    if (nesting > maximumNesting) {
      throw new ParseFailure(`expected at most ${maximumNesting} levels of nesting, found more`, peek().at);
    }
    const result = word() === "not" ? negation() : primary();
    nesting--;
    return result;
  }

  function negation(): SelectionExpression {
    position++;
    return { kind: "not", term: negated() };
  }

  function primary(): SelectionExpression {
    const { text: found, at } = peek();
    if (found === "(") {
      position++;
      const inner = expression();
      if (peek().text !== ")") {
        return fail('")", "and" or "or"');
      }
      position++;
      return inner;
    }
    if (word(1) === "of" && /^(?:\d+|all|any)$/i.test(found)) {
      position += 2;
      const pattern = peek();
      if (!isName(pattern.text)) {
        return fail('a selection, a pattern of selections or "them"');
      }
      position++;
      const count = /^\d+$/.test(found) ? Number(found) : found.toLowerCase() === "any" ? 1 : undefined;
      return { kind: "of", count, pattern: pattern.text, at: pattern.at };
    }
    if (!isName(found) || found.includes("*")) {
      return fail('a selection, "1 of", "all of", "not" or "("');
    }
    position++;
    return { kind: "name", name: found, at };
  }

  const whole = expression();
  return position === tokens.length ? whole : fail('"and", "or" or the end of the condition');
}

function isName(text: string): boolean {
  return text !== "" && text !== "(" && text !== ")" && !/^(?:and|or|not|of)$/i.test(text);
}

function tokenize(text: string): readonly Token[] {
  return [...text.matchAll(/[()]|[^\s()]+/g)].map((found) => ({ text: found[0], at: found.index }));
}
