import type { ErrorRequestHandler } from "express";
import type { Logger } from "pino";
import { isRequestProblem, type RequestProblem } from "#contracts/problem";
import { BadRequestError } from "../lib/bad-request-error.ts";
import { StoreFailure } from "../store/failure.ts";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";

/** The last middleware: what a handler threw and what Express could not parse, as problems. Bugs are logged. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      return next(error);
    }
    const id = requestIdOf(response);
    if (error instanceof StoreFailure) {
      log.error({ event: "http.store-failed", id, code: error.problem.code });
    }
    const problem = expectedProblem(error) ?? unreadableRequest(error);
    if (problem !== undefined) {
      return sendProblem(response, problem);
    }
    log.error({ event: "http.failed", id, err: error });
    const message = `Internal error. The log has the details under the id ${id}`;
    return sendProblem(response, { code: "server.internal-error", message });
  };
}

/** What a handler threw although it was expected: a store that fails, a request that nobody could check before. */
export function expectedProblem(error: unknown): RequestProblem | undefined {
  if (error instanceof StoreFailure) {
    return error.problem;
  }
  return error instanceof BadRequestError && isRequestProblem(error.problem) ? error.problem : undefined;
}

/** Errors of Express and its body parser carry the status that they mean. */
function unreadableRequest(error: unknown): RequestProblem | undefined {
  const status =
    typeof error === "object" && error !== null && "status" in error && typeof error.status === "number"
      ? error.status
      : 500;
  switch (status) {
    case 413:
      return { code: "request.too-large", message: "The body is larger than 2 MiB" };
    case 415:
      return {
        code: "request.unsupported-media-type",
        message: "The encoding of the body is not supported: send UTF-8",
      };
    default:
      if (status < 400 || status >= 500) {
        return undefined;
      }
      return error instanceof URIError
        ? { code: "request.malformed", message: "The path has a malformed percent-encoding", at: { field: "path" } }
        : { code: "request.malformed", message: "The body is malformed JSON", at: { field: "body" } };
  }
}
