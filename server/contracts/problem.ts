import { z } from "zod";
import { problemCode } from "./problem-codes.ts";

/** Where in an input a problem is. `offset` is in bytes, `line` and `column` are 1-based. */
export const location = z.object({
  file: z.string().optional(),
  offset: z.number().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
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
export type Problem = Readonly<z.infer<typeof problem>>;

/** RFC 9457 `application/problem+json`, the body of every refused request. */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type ProblemDetails = Readonly<z.infer<typeof problemDetails>>;
