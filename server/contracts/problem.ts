import { z } from "zod";
import { type ProblemCode, problemCode, type RequestProblemCode, requestProblemCode } from "./problem-codes.ts";

/** Where in an input a problem is. */
export const location = z.object({
  file: z.string().optional(),
  /** In bytes, from the start of the file. */
  offset: z.number().optional(),
  /** 1-based. */
  line: z.number().optional(),
  /** 1-based, in characters. */
  column: z.number().optional(),
  /** A field of the request or document, as a dotted path. */
  field: z.string().optional(),
});
export type Location = Readonly<z.infer<typeof location>>;

/** An expected failure: what is wrong, where, and what to do about it. */
export const problem = z.object({
  code: problemCode,
  message: z.string(),
  at: location.optional(),
  remedy: z.string().optional(),
});
export type Problem<Code extends ProblemCode = ProblemCode> = Readonly<z.infer<typeof problem>> & {
  readonly code: Code;
};
/** A problem that a request can be refused with. */
export type RequestProblem = Problem<RequestProblemCode>;

/** The problem type URI (RFC 9457) of a code. It identifies, it does not locate: see docs/decisions/0031. */
export function problemType(code: RequestProblemCode): string {
  return `urn:stemma:problem:${code}`;
}

export function isRequestProblem(problem: Problem): problem is RequestProblem {
  return requestProblemCode.safeParse(problem.code).success;
}

/** RFC 9457 `application/problem+json`, the body of every refused request. */
export const problemDetails = z.object({
  type: z.string(),
  code: requestProblemCode,
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type ProblemDetails = Readonly<z.infer<typeof problemDetails>>;
