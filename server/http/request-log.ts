import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";
import type { Logger } from "pino";

/** The id of a request in the log. */
export function requestIdOf(response: Response): string {
  return String(response.locals["id"]);
}

/** Logs one line per response: route, status and time. Never the path, its query, a body or a cookie. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const id = randomUUID();
    response.locals["id"] = id;
    response.on("finish", () => {
      const route: unknown = request.route?.path;
      log.info({
        event: "http.request",
        id,
        method: request.method,
        route: typeof route === "string" ? route : undefined,
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - started),
      });
    });
    next();
  };
}
