import { z } from "zod";
import { type Conflict, conflict } from "./conflict.ts";
import { type ProblemCode, problemCode, type RequestProblemCode, requestProblemCode } from "./problem-codes.ts";
import { type SuggestedAnswer, suggestedAnswer } from "./suggested-answer.ts";

export const location = z
  .object({
    file: z.string().optional(),
    offset: z.number().optional().describe("In bytes, from the start of the file."),
    line: z.number().optional().describe("1-based."),
    column: z.number().optional().describe("1-based, in characters."),
    field: z.string().optional().describe("A field of the request or document, as a dotted path."),
  })
  .meta({ id: "Location", description: "Where in an input a problem is." });
export type Location = Readonly<z.infer<typeof location>>;

export const problem = z
  .object({
    code: problemCode,
    message: z.string(),
    at: location.optional(),
    remedy: z.string().optional(),
    retryAfter: z.number().optional().describe("Seconds after which the same request can succeed."),
  })
  .meta({ id: "Problem", description: "An expected failure: what is wrong, where, and what to do about it." });
export type Problem<Code extends ProblemCode = ProblemCode> = Readonly<z.infer<typeof problem>> & {
  readonly code: Code;
};
/** A problem that a request can be refused with. */
export type RequestProblem = Problem<RequestProblemCode> & {
  /** For `request.conflict`. */
  readonly conflict?: Conflict;
  /** For `playbook.reason-needed`. */
  readonly suggested?: SuggestedAnswer;
};

/** The problem type URI (RFC 9457) of a code. It identifies, it does not locate: see docs/decisions/0031. */
export function problemType(code: RequestProblemCode): string {
  return `urn:stemma:problem:${code}`;
}

export function isRequestProblem(problem: Problem): problem is RequestProblem {
  return requestProblemCode.safeParse(problem.code).success;
}

export const problemDetails = z
  .object({
    type: z.string().describe("`urn:stemma:problem:` and the code."),
    code: requestProblemCode,
    title: z.string().describe("The code in words; the same for every problem with this code."),
    status: z.number().describe("The HTTP status."),
    detail: z.string().optional().describe("What is wrong with this request, and what to do about it."),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe("The fields of the request that are wrong."),
    conflict: conflict.optional().describe("For `request.conflict`: what was changed since."),
    suggested: suggestedAnswer
      .optional()
      .describe("For `playbook.reason-needed`: what the evidence suggests instead of the answer."),
  })
  .meta({
    id: "ProblemDetails",
    description: "The body of every refused request: `application/problem+json` by RFC 9457.",
  });
export type ProblemDetails = Readonly<z.infer<typeof problemDetails>>;
