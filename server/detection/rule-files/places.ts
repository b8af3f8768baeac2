import type { z } from "zod";
import type { Location, Problem } from "#contracts/problem";
import type { ProblemCode } from "#contracts/problem-codes";
import { fail, ok, type Result } from "../../lib/result.ts";
import { isUnsupported, locationAt, maximumNesting } from "../languages/source.ts";
import type { RuleBody } from "../rule.ts";

/** Keys and positions in lists that lead to a value of a rule file. */
export type Path = readonly PropertyKey[];

/** Location of a value, or of its closest container, in the text of a file. Offsets are in UTF-16 units. */
export interface Spot {
  /** Of its key, or of itself in a list. */
  readonly at: number;
  /** The source text of the value, if it is a text and the whole path was found. */
  readonly scalar?: Scalar;
}

export interface Scalar {
  readonly start: number;
  readonly end: number;
  /** What does not stand for itself: nothing, `''` for a quote, or what follows a backslash. */
  readonly escapes: "none" | "quotes" | "backslashes";
}

/**
 * Lines and columns of what a rule file says; looked up when something is wrong with it, in time linear in the file.
 */
export interface Places {
  /** Of a key, of an item of a list, or of what is nearest around it in the file. */
  of(path: Path): Location;
  /** Location of an offset within the text at the path; of the path itself if that is unknown. */
  inside(path: Path, text: string, at: Location | undefined): Location;
}

export function placesIn(file: string, find: (path: Path) => Spot): Places {
  const of = (path: Path, offset: number): Location => ({
    ...locationAt(file, offset),
    field: path.map(String).join("."),
  });
  return {
    of: (path) => of(path, find(path).at),
    inside: (path, text, at) => {
      const { at: key, scalar } = find(path);
      return scalar === undefined || at?.line === undefined
        ? of(path, key)
        : of(path, offsetWithin(file, scalar, text, offsetOf(text, at.line, at.column ?? 1)));
    },
  };
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let before = 1; before < line; before += 1) {
    start = text.indexOf("\n", start) + 1;
  }
  return start + column - 1;
}

/**
 * The position in the file of an offset in a text. Indentation, folding and escapes change white space alone,
 * so the units that are none are counted; white space and the end of the text stand behind the last of them.
 */
function offsetWithin(file: string, scalar: Scalar, text: string, offset: number): number {
  const black = /\S/;
  let count = 0;
  for (let at = 0; at < offset; at += 1) {
    count += black.test(text.charAt(at)) ? 1 : 0;
  }
  const onto = black.test(text.charAt(offset));
  let last = scalar.start;
  for (let at = scalar.start; at < scalar.end; ) {
    const { length, value } = unitAt(file, at, scalar.escapes);
    if (black.test(value)) {
      if (count === 0) {
        return onto ? at : last;
      }
      count -= value.length;
      last = at + length;
    }
    at += length;
  }
  return Math.min(last, scalar.end);
}

const hexadecimal: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** Length of the source at an offset and the character it represents; kinds of white space do not matter. */
function unitAt(
  file: string,
  at: number,
  escapes: Scalar["escapes"],
): { readonly length: number; readonly value: string } {
  const unit = file.charAt(at);
  if (escapes === "quotes" && unit === "'") {
    return { length: 2, value: unit };
  }
  if (escapes !== "backslashes" || unit !== "\\") {
    return { length: 1, value: unit };
  }
  const next = file.charAt(at + 1);
  const digits = hexadecimal.get(next);
  if (digits === undefined) {
    return { length: 2, value: /[\stnvfr_LP]/.test(next) ? " " : next };
  }
  const point = Number.parseInt(file.slice(at + 2, at + 2 + digits), 16);
  return { length: 2 + digits, value: point <= 0x10_ff_ff ? String.fromCodePoint(point) : " " };
}

/** The first thing that a file does not keep of its schema, with the place of the value, or of where it is missing. */
export function schemaProblem(error: z.ZodError, places: Places): Problem {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  const name = path.map(String).join(".");
  const what = issue === undefined ? "invalid" : expectationOf(issue);
  return { code: "rule.schema", message: `${name === "" ? "the file" : name}: ${what}`, at: places.of(path) };
}

/** Of alternatives all that would have been right. */
function expectationOf(issue: z.core.$ZodIssue): string {
  const alternatives = issue.code === "invalid_union" ? issue.errors.flatMap(([first]) => first ?? []) : [];
  const expected = alternatives.flatMap((one) =>
    one.code === "invalid_type" && one.path.length === 0 ? one.expected : [],
  );
  return expected.length > 0
    ? `expected ${[...new Set(expected)].join(" or ")}`
    : issue.message.replace(/^Invalid input: /, "").replace(/received undefined$/, "found nothing");
}

/** The body of a rule that is kept and shown but does not run. */
export function notEvaluable(reason: string, at: Location): RuleBody & { readonly kind: "not-evaluable" } {
  return { kind: "not-evaluable", reason, at };
}

/**
 * What comes of a query that its parser refused: of one that is well-formed but not supported a rule that does not run.
 */
export function refusedQuery(problem: Problem, path: Path, query: string, places: Places): Result<RuleBody, Problem> {
  const at = places.inside(path, query, problem.at);
  return isUnsupported(problem) ? ok(notEvaluable(problem.message, at)) : fail({ ...problem, at });
}

export const tooDeep = "the file nests too deep";

/**
 * A file that nests deeper than its parser can follow, with the place of the bracket that is too many, where it is
 * brackets.
 */
export function nestsTooDeep(code: ProblemCode, text: string): Problem {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > maximumNesting) {
      return offsetProblem(code, tooDeep, text, index);
    }
  }
  return offsetProblem(code, tooDeep, text, 0);
}

export function offsetProblem(code: ProblemCode, message: string, text: string, offset: number): Problem {
  return { code, message, at: locationAt(text, offset) };
}

/** A file that is no text in UTF-8, from `offset` on. */
export function encodingProblem(text: string, offset: number): Problem {
  return offsetProblem("rule.encoding", "the file is no UTF-8 text: it may be UTF-16, packed or damaged", text, offset);
}
