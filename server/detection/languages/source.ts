import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { withAllowance } from "./allowance.ts";

/** The longest query that parsers accept, in UTF-16 units: room for ten thousand hashes, each compared by itself. */
export const maximumQueryLength = 1_000_000;

/** The deepest nesting of parentheses, `not`, calls and operators that parsers accept. */
export const maximumNesting = 250;

/** 1-based line and column of an offset; a tab is one column, `\r\n` one line break. */
export function locationAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}

/** Ends a parser at the first problem; thrown and caught only within `parsing`. */
export class ParseFailure extends Error {
  readonly offset: number;
  readonly remedy: string | undefined;
  /** The text is well-formed as far as it was read, but uses something that is not supported. */
  readonly unsupported: boolean;

  constructor(
    message: string,
    offset: number,
    more: { readonly remedy?: string; readonly unsupported?: boolean } = {},
  ) {
    super(message);
    this.offset = offset;
    this.remedy = more.remedy;
    this.unsupported = more.unsupported ?? false;
  }
}

/** The failure for a well-formed text that uses something not supported. */
export function unsupported(message: string, offset: number): ParseFailure {
  return new ParseFailure(message, offset, { unsupported: true });
}

/** Whether a query is well-formed but not supported: such a rule is listed as not evaluable. */
export function isUnsupported(problem: Problem): boolean {
  return problem.code === "query.not-supported";
}

/** Runs a parser; its failure becomes a `query.syntax` or `query.not-supported` problem with line and column. */
export function parsing<T>(text: string, parse: () => T): Result<T, Problem> {
  if (text.length > maximumQueryLength) {
    return fail({
      code: "query.syntax",
      message: `the query has ${text.length} characters; at most ${maximumQueryLength} are supported`,
      at: { line: 1, column: 1 },
    });
  }
  try {
    return ok(withAllowance(parse));
  } catch (error) {
    if (error instanceof ParseFailure) {
      return fail({
        code: error.unsupported ? "query.not-supported" : "query.syntax",
        message: error.message,
        at: locationAt(text, error.offset),
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      });
    }
    throw error;
  }
}
