import type { z } from "zod";
import type { Problem } from "#contracts/problem";
import { locate } from "../languages/source.ts";

/** The first thing that a file does not keep of its schema, with the path of the field. */
export function schemaProblem(error: z.ZodError): Problem {
  const [issue] = error.issues;
  const field = issue?.path.join(".") ?? "";
  return {
    code: "rule-schema",
    message: `${field === "" ? "the file" : field}: ${issue?.message ?? "invalid"}`,
    at: { field },
  };
}

export function offsetProblem(code: string, message: string, text: string, offset: number): Problem {
  return { code, message, at: locate(text, offset) };
}

/** A problem of a query with its place in the file around it, where the query stands in the file as it is. */
export function within(file: string, query: string, problem: Problem): Problem {
  const start = query === "" ? -1 : file.indexOf(query);
  const { line, column } = problem.at ?? {};
  if (start < 0 || line === undefined || column === undefined) {
    return { ...problem, at: { ...problem.at, field: "query" } };
  }
  const origin = locate(file, start);
  return {
    ...problem,
    at: { line: origin.line + line - 1, column: line === 1 ? origin.column + column - 1 : column, field: "query" },
  };
}
