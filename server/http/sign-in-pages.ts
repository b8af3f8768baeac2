import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { openLink, type SignInContext } from "../people/sign-in.ts";
import { clientOf, type SessionCookie } from "./client.ts";
import type { Metrics } from "./monitoring/metrics.ts";
import { linkRefusedPage, sendContinue, sendPage, tooManyAttemptsPage } from "./page.ts";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";

/**
 * `GET /sign-in?token=…`: exchanges a link for a session cookie. Without a token the page of the web app is next, where
 * people sign in otherwise.
 */
export function signInLinks(
  people: SignInContext,
  cookie: SessionCookie,
  log: Logger,
  metrics: Pick<Metrics, "countSignIn">,
): RequestHandler {
  return async (request, response, next) => {
    const { token } = request.query;
    if (token === undefined) {
      return next();
    }
    response.set("Cache-Control", "no-store");
    if (request.method !== "GET") {
      // Previews and scanners send HEAD to see whether the link exists: that must not use it up.
      return sendProblem(response.set("Allow", "GET"), {
        code: "request.method-not-allowed",
        message: "A sign-in link can only be opened",
      });
    }
    const client = clientOf(request, response, cookie);
    const signedIn = await openLink(people, String(token), client);
    if (!signedIn.ok) {
      const { code, retryAfter } = signedIn.error;
      metrics.countSignIn("link", code === "sign-in.rate-limited" ? "limited" : "refused");
      log.warn({ event: "sign-in.refused", id: requestIdOf(response), method: "link", address: client.address, code });
      if (retryAfter !== undefined) {
        response.set("Retry-After", String(retryAfter));
      }
      return sendPage(request, response, code === "sign-in.rate-limited" ? tooManyAttemptsPage : linkRefusedPage);
    }
    client.signIn(signedIn.value.secret);
    enter(request, response, "/");
  };
}

/**
 * Goes on to a page of the app after signing in. Browsers do not send a `SameSite=Strict` cookie along a redirect that
 * another site began (a link in a web mail, the identity provider), so there a page of this site goes on.
 */
export function enter(request: Request, response: Response, path: string): void {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "none" || site === "same-origin") {
    response.redirect(303, path);
  } else {
    sendContinue(response, path);
  }
}

/** A path of this server from a query parameter or cookie, for going on after signing in; `/` for anything else. */
export function localPath(text: unknown): string {
  const base = "http://server.invalid";
  if (typeof text !== "string" || !/^\/(?![/\\])/.test(text) || !URL.canParse(text, base)) {
    return "/";
  }
  const { origin, pathname, search, hash } = new URL(text, base);
  return origin === base && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : "/";
}
