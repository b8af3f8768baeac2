import type { Response } from "express";
import type { z } from "zod";
import { type ProblemDetails, problemType, type RequestProblem } from "#contracts/problem";
import { problemTitles, type RequestProblemCode } from "#contracts/problem-codes";
import { fail, ok, type Result } from "../lib/result.ts";
import { problemStatus } from "./problem-status.ts";

const notFoundCodes = {
  alert: "alert.not-found",
  batch: "batch.not-found",
  event: "event.not-found",
  exception: "exception.not-found",
  host: "host.not-found",
  incident: "incident.not-found",
  "logon session": "session.not-found",
  process: "process.not-found",
  proposal: "proposal.not-found",
  rule: "rule.not-found",
  "rule run": "rule-run.not-found",
  "rule version": "rule-version.not-found",
  user: "user.not-found",
  work: "work.not-found",
} as const satisfies Readonly<Record<string, RequestProblemCode>>;

type Resource = keyof typeof notFoundCodes;

/** Names what was looked for. Hostile text in `id` is harmless: the body is JSON. */
export function notFound(resource: Resource, id: string): RequestProblem {
  return { code: notFoundCodes[resource], message: `There is no ${resource} "${shorten(id)}".` };
}

export function foundOr404<T>(value: T | undefined, resource: Resource, id: string): Result<T, RequestProblem> {
  return value === undefined ? fail(notFound(resource, id)) : ok(value);
}

/** What a schema rejected, one entry per field. */
export function fieldErrors(
  error: z.ZodError,
  where: "body" | "query" | "path",
): NonNullable<ProblemDetails["errors"]> {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: path === "" ? shorten(key) : `${path}.${shorten(key)}`,
        message: "unknown field",
      }));
    }
    return [{ field: path === "" ? where : path, message: issue.message }];
  });
}

/** Why a request is refused whose path, query or body its schema rejected. */
export function invalidRequest(
  error: z.ZodError,
  where: "body" | "query" | "path",
): { readonly problem: RequestProblem; readonly errors: ProblemDetails["errors"] } {
  const errors = fieldErrors(error, where);
  const names = errors.slice(0, 5).map(({ field }) => field);
  const list = [...names, ...(errors.length > names.length ? ["…"] : [])].join(", ");
  return { problem: { code: "request.invalid", message: `Invalid ${where}: ${list}` }, errors };
}

/** Seconds after which a refused request may succeed. */
const retryAfter: Readonly<Partial<Record<RequestProblemCode, number>>> = {
  "work.too-many": 5,
  "work.queue-full": 5,
  "changes.too-many-streams": 30,
  "changes.too-many-own-streams": 30,
  "store.unavailable": 5,
  "store.busy": 5,
};

/** Responds with `application/problem+json` (RFC 9457), and with `Retry-After` if the problem passes by itself. */
export function sendProblem(response: Response, problem: RequestProblem, errors?: ProblemDetails["errors"]): void {
  const wait = problem.retryAfter ?? retryAfter[problem.code];
  if (wait !== undefined) {
    response.set("Retry-After", String(wait));
  }
  if (problem.code === "sign-in.required") {
    response.set("WWW-Authenticate", 'Bearer realm="Stemma"');
  }
  const body = detailsOf(problem, errors);
  response.status(body.status).set("Cache-Control", "no-store").type("application/problem+json");
  response.send(JSON.stringify(body));
}

/** The body of a refusal. */
export function detailsOf(
  problem: RequestProblem,
  errors: ProblemDetails["errors"] = fieldErrorOf(problem),
): ProblemDetails {
  return {
    type: problemType(problem.code),
    code: problem.code,
    title: problemTitles[problem.code],
    status: problemStatus[problem.code],
    detail: detailOf(problem),
    errors,
    conflict: problem.conflict,
    suggested: problem.suggested,
  };
}

/** Message, place and remedy as sentences. */
function detailOf({ message, at, remedy }: RequestProblem): string {
  const place = at?.column === undefined ? "" : ` (line ${at.line ?? 1}, column ${at.column})`;
  const sentence = `${message.replace(/\.$/, "")}${place}.`;
  return remedy === undefined ? sentence : `${sentence} ${remedy}`;
}

function fieldErrorOf({ message, at }: RequestProblem): ProblemDetails["errors"] {
  return at?.field === undefined ? undefined : [{ field: at.field, message }];
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
