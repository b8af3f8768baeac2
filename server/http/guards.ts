import type { RequestHandler } from "express";
import { callerOf, type Identify, setCaller } from "./caller.ts";
import { cookieOf } from "./client.ts";
import { authorityOf } from "./forwarding.ts";
import { signInRequiredFor, tokenOf } from "./identify.ts";
import { sendProblem } from "./problem.ts";
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
  return (request, response, next) => {
    if (callerOf(response) !== undefined) {
      return next();
    }
    sendProblem(response, signInRequiredFor(request));
  };
}

/**
 * Every request but a plain read must come from this very origin. Service tokens need no origin: no page of another
 * site can send one, whereas browsers send cookies by themselves.
 */
export function sameOrigin(cookieName: string): RequestHandler {
  return (request, response, next) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const isProgram = tokenOf(request) !== undefined && cookieOf(request.headers.cookie, cookieName) === undefined;
    const reason =
      isRead || isProgram ? undefined : crossOriginReason({ ...request.headers, host: authorityOf(request) });
    if (reason === undefined) {
      return next();
    }
    sendProblem(response, { code: "request.cross-origin", message: reason });
  };
}
