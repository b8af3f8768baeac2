import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { callerOf } from "./caller.ts";
import { clientAddressOf } from "./forwarding.ts";

/** The id of a request in the log. */
export function requestIdOf(response: Response): string {
  return String(response.locals["id"]);
}

/** What counts requests. */
export interface RequestObserver {
  requestStarted(): void;
  /** `status` 499: the client went away before the response was sent. */
  requestEnded(method: string, route: string, status: number, seconds: number): void;
}

/** Status of a request whose client went away, as nginx counts it. */
const clientGone = 499;

/**
 * Logs and counts every request: route, status, time, and the account that sent it. Never the path, its query, a body
 * or a cookie.
 */
export function requestLog(log: Logger, observer: RequestObserver, isStopping: () => boolean): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const id = randomUUID();
    response.locals["id"] = id;
    observer.requestStarted();
    if (isStopping()) {
      response.set("Connection", "close");
    }
    response.once("close", () => {
      const milliseconds = performance.now() - started;
      const status = response.writableFinished ? response.statusCode : clientGone;
      const route = routeOf(request);
      observer.requestEnded(request.method, route, status, milliseconds / 1000);
      log.info({
        event: "http.request",
        id,
        account: callerOf(response)?.actor.origin.account,
        address: clientAddressOf(request),
        method: request.method,
        route,
        status,
        milliseconds: Math.round(milliseconds),
      });
    });
    next();
  };
}

/** The pattern of the route; a fixed word for what has none. */
function routeOf(request: Request): string {
  const route: unknown = request.route?.path;
  if (typeof route === "string") {
    return route;
  }
  return request.originalUrl.startsWith("/api/") ? "unknown" : "page";
}
