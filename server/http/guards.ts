import type { RequestHandler } from "express";
import { callerOf, type Identify, setCaller } from "./caller.ts";
import { authorityOf } from "./forwarding.ts";
import { sendProblem, signInRequired } from "./problem.ts";
import { crossOriginReason, hostNameOf } from "./same-origin.ts";

/** Middleware that refuses requests before anything reads them. */

/** Only host names of this server, in lower case: see `allowedHostNames`. */
export function knownHost(names: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    const name = hostNameOf(authorityOf(request) ?? "");
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

/** Finds out who sends the request. Whether that is enough for a route is decided by the router. */
export function identified(identify: Identify): RequestHandler {
  return async (request, response, next) => {
    setCaller(response, await identify(request));
    next();
  };
}

/** For what is not in the route table: anybody who is signed in. */
export function signedIn(): RequestHandler {
  return (_request, response, next) => {
    if (callerOf(response) !== undefined) {
      return next();
    }
    sendProblem(response, signInRequired);
  };
}

/** Every request but a plain read must come from this very origin. */
export function sameOrigin(): RequestHandler {
  return (request, response, next) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const reason = isRead ? undefined : crossOriginReason({ ...request.headers, host: authorityOf(request) });
    if (reason === undefined) {
      return next();
    }
    sendProblem(response, { code: "request.cross-origin", message: reason });
  };
}
