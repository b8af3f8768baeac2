import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";

/** Longest query that a parser takes, in UTF-16 units: ten times the longest rule that is known. */
export const maximumQueryLength = 200_000;

/** Deepest nesting of parentheses, `not`, calls and operators that a parser takes. */
export const maximumNesting = 250;

/** 1-based line and column of an offset; a tab is one column, `\r\n` one line break. */
export function locate(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}

/** Ends a parser at the first problem; thrown and caught inside of `parsing` only. */
export class ParseFailure extends Error {
  readonly offset: number;
  readonly remedy: string | undefined;

  constructor(message: string, offset: number, remedy?: string) {
    super(message);
    this.offset = offset;
    this.remedy = remedy;
  }
}

/** Runs a parser over a text; its failure becomes a problem with line and column. */
export function parsing<T>(code: string, text: string, parse: () => T): Result<T, Problem> {
  if (text.length > maximumQueryLength) {
    return fail({
      code,
      message: `the query has ${text.length} characters; at most ${maximumQueryLength} are supported`,
      at: { line: 1, column: 1 },
    });
  }
  try {
    return ok(parse());
  } catch (error) {
    if (error instanceof ParseFailure) {
      return fail({ code, message: error.message, at: locate(text, error.offset), remedy: error.remedy });
    }
    throw error;
  }
}
