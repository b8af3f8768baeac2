import type { RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { Logger } from "pino";
import { clientAddressOf } from "./forwarding.ts";
import { linkRefusedPage, sendPage, tooManyAttemptsPage } from "./page.ts";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";
import type { SignIn } from "./sign-in.ts";

export interface SessionCookie {
  /** Browsers share cookies between all ports of a host, so the name differs per port. */
  readonly name: string;
  /** Browsers reach the server by https, possibly through a proxy. */
  readonly secure: boolean;
  /** Milliseconds. */
  readonly lifetime: number;
}

/** At most 30 attempts a minute and address: enough for people, too few for guessing. */
export function signInLimit(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: 30,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request) => ipKeyGenerator(clientAddressOf(request)),
    // `forwarded` has decided whose headers count.
    validate: { xForwardedForHeader: false },
    handler: (request, response) => sendPage(request, response, tooManyAttemptsPage),
  });
}

/** `GET /sign-in?token=…`: exchanges a one-time link for a session cookie. */
export function signInRoute(signIn: SignIn, cookie: SessionCookie, log: Logger): RequestHandler {
  return (request, response) => {
    response.set("Cache-Control", "no-store");
    if (request.method !== "GET") {
      // Previews and scanners send HEAD to see whether the link exists: that must not use it up.
      return sendProblem(response.set("Allow", "GET"), {
        code: "request.method-not-allowed",
        message: "A sign-in link can only be opened",
      });
    }
    const { token } = request.query;
    const session = typeof token === "string" ? signIn.redeem(token) : undefined;
    if (session === undefined) {
      log.warn({ event: "sign-in.refused", id: requestIdOf(response) });
      return sendPage(request, response, linkRefusedPage);
    }
    log.info({ event: "sign-in.done", id: requestIdOf(response) });
    response.cookie(cookie.name, session, {
      httpOnly: true,
      sameSite: "strict",
      path: "/",
      secure: cookie.secure,
      maxAge: cookie.lifetime,
    });
    response.redirect(303, "/");
  };
}
