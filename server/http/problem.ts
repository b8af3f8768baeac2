import { STATUS_CODES } from "node:http";
import type { Response } from "express";
import type { z } from "zod";
import type { Problem, ProblemDetails } from "#contracts/problem";

/** A refused request: the status and what a person needs to know. Carries no details of the inside. */
export interface ApiError {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export function apiError(status: number, detail: string, errors?: ApiError["errors"]): ApiError {
  return { status, detail, errors };
}

/** A 404 that says what was looked for. Hostile text in `id` is only text: the body is JSON. */
export function notFound(what: string, id: string): ApiError {
  return apiError(404, `There is no ${what} "${shorten(id)}".`);
}

/** An expected failure of a use case as a refusal. The field, where there is one, is named in `errors`. */
export function apiErrorOf(problem: Problem, status: number): ApiError {
  const field = problem.at?.field;
  const place = problem.at?.column === undefined ? "" : ` (line ${problem.at.line ?? 1}, column ${problem.at.column})`;
  const said = `${problem.message.replace(/\.$/, "")}${place}.`;
  const detail = problem.remedy === undefined ? said : `${said} ${problem.remedy}`;
  return apiError(status, detail, field === undefined ? undefined : [{ field, message: problem.message }]);
}

/** What a schema found wrong, one entry per field; `in` is "body", "query" or "path". */
export function validationError(error: z.ZodError, where: string): ApiError {
  const errors = error.issues.flatMap((issue) => {
    const path = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: path === "" ? shorten(key) : `${path}.${shorten(key)}`,
        message: "is not known here",
      }));
    }
    return [{ field: path === "" ? where : path, message: issue.message }];
  });
  const names = errors.map((one) => one.field);
  return apiError(
    400,
    `The ${where} does not fit: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}.`,
    errors,
  );
}

/** Answers with `application/problem+json` (RFC 9457). */
export function sendProblem(response: Response, refused: ApiError): void {
  const body: ProblemDetails = {
    type: "about:blank",
    title: STATUS_CODES[refused.status] ?? "Refused",
    status: refused.status,
    detail: refused.detail,
    ...(refused.errors === undefined ? {} : { errors: [...refused.errors] }),
  };
  response.status(refused.status).set("Cache-Control", "no-store").type("application/problem+json");
  response.send(JSON.stringify(body));
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
