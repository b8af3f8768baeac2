import type { RequestHandler } from "express";
import { sendProblem } from "./problem.ts";
import { crossOriginReason, hostNameOf } from "./same-origin.ts";

/** Middleware that refuses requests before anything reads them. */

/** Only host names of this server, in lower case: see `allowedHostNames`. */
export function knownHost(names: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    const name = hostNameOf(request.headers.host ?? "");
    if (name !== undefined && names.has(name)) {
      return next();
    }
    sendProblem(response, {
      code: "request.unknown-host",
      message: "This server does not respond under that host name",
      remedy: "Add it to STEMMA_HOSTNAMES if it is yours.",
    });
  };
}

export function signedIn(isSignedIn: (cookies: string | undefined) => boolean): RequestHandler {
  return (request, response, next) => {
    if (isSignedIn(request.headers.cookie)) {
      return next();
    }
    sendProblem(response, {
      code: "sign-in.required",
      message: "Sign in first: open the link that the server printed when it started",
    });
  };
}

/** Every request but a plain read must come from this very origin. */
export function sameOrigin(): RequestHandler {
  return (request, response, next) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const reason = isRead ? undefined : crossOriginReason(request.headers);
    if (reason === undefined) {
      return next();
    }
    sendProblem(response, { code: "request.cross-origin", message: reason });
  };
}
