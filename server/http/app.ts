import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import { rateLimit } from "express-rate-limit";
import type { Logger } from "pino";
import { BadRequestError } from "../lib/bad-request-error.ts";
import { StoreFailure } from "../store/failure.ts";
import { openApi } from "./openapi.ts";
import { linkRefused, notBuilt, notFound, render, signInNeeded, tooManyAttempts } from "./page.ts";
import { apiError, apiErrorOf, sendProblem } from "./problem.ts";
import { apiRouter, type Handlers } from "./router.ts";
import { crossOriginReason, hostNameOf } from "./same-origin.ts";
import { securityHeaders } from "./security.ts";
import { cookieOf, type SignIn } from "./sign-in.ts";

export interface AppParts {
  readonly handlers: Handlers;
  readonly signIn: SignIn;
  readonly log: Logger;
  /** The actor of every change. */
  readonly analyst: string;
  readonly version: string;
  /** Lower-case names that a `Host` header may carry: see `allowedHostNames`. */
  readonly hostNames: ReadonlySet<string>;
  /** Cookies are shared by all ports of a host, so the name tells servers apart. */
  readonly cookieName: string;
  /** Browsers reach the server by https (through a proxy). */
  readonly secure: boolean;
  /** Milliseconds. */
  readonly sessionLifetime: number;
  readonly checkAnswers: boolean;
  /** The folder of the built web app. */
  readonly web: string;
}

const bodyLimit = "1mb";

/** The whole HTTP side: security headers, sign-in, the API of the route table, the web app. Owns no socket. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.set("etag", false);
  app.use(...securityHeaders(parts.secure), logged(parts.log), knownHost(parts.hostNames));
  app.get("/sign-in", signInLimit(), signInPage(parts));

  app.use("/api", signedIn(parts), sameOrigin());
  app.get("/api/openapi.json", (_request, response) => {
    response.json(openApi(parts.version));
  });
  app.use(express.json({ limit: bodyLimit, strict: true }));
  app.use(apiRouter(parts.handlers, parts.analyst, parts.checkAnswers));
  app.use("/api", (request, response) => {
    sendProblem(
      response,
      apiError(404, `The API has no ${request.method} ${request.originalUrl.split("?")[0]?.slice(0, 200)}.`),
    );
  });

  app.use(webApp(parts));
  app.use(failed(parts.log));
  return app;
}

/** The nonce that the security headers put into the policy of this answer. */
function nonceOf(response: Response): string {
  return String(response.locals["nonce"]);
}

/** One line per answer: ids, status and time. Never the path's query, a body or a cookie. */
function logged(log: Logger): RequestHandler {
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

function knownHost(names: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    const name = hostNameOf(request.headers.host ?? "");
    if (name !== undefined && names.has(name)) {
      return next();
    }
    sendProblem(
      response,
      apiError(421, "This server does not answer under that host name. Add it to STEMMA_HOSTNAMES if it is yours."),
    );
  };
}

function signInLimit(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: 30,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    handler: (_request, response) => {
      response
        .status(429)
        .type("html")
        .send(render(tooManyAttempts, nonceOf(response)));
    },
  });
}

function signInPage(parts: AppParts): RequestHandler {
  return (request, response) => {
    response.set("Cache-Control", "no-store");
    if (request.method !== "GET") {
      // A HEAD request looks whether the link is there (previews, scanners): it must not use it up.
      return sendProblem(response.set("Allow", "GET"), apiError(405, "A sign-in link can only be opened."));
    }
    const { token } = request.query;
    const session = typeof token === "string" ? parts.signIn.redeem(token) : undefined;
    if (session === undefined) {
      parts.log.warn({ event: "sign-in.refused", id: response.locals["id"] });
      response
        .status(401)
        .type("html")
        .send(render(linkRefused, nonceOf(response)));
      return;
    }
    parts.log.info({ event: "sign-in.done", id: response.locals["id"] });
    response.cookie(parts.cookieName, session, {
      httpOnly: true,
      sameSite: "strict",
      path: "/",
      secure: parts.secure,
      maxAge: parts.sessionLifetime,
    });
    response.redirect(303, "/");
  };
}

function isSignedIn(parts: AppParts, cookies: string | undefined): boolean {
  return parts.signIn.isSignedIn(cookieOf(cookies, parts.cookieName));
}

function signedIn(parts: AppParts): RequestHandler {
  return (request, response, next) => {
    if (isSignedIn(parts, request.headers.cookie)) {
      return next();
    }
    sendProblem(response, apiError(401, "Sign in first: open the link that the server printed when it started."));
  };
}

/** Every request that is not a plain read must come from this very origin. */
function sameOrigin(): RequestHandler {
  return (request, response, next) => {
    const reason =
      request.method === "GET" || request.method === "HEAD" ? undefined : crossOriginReason(request.headers);
    if (reason === undefined) {
      return next();
    }
    sendProblem(response, apiError(403, reason));
  };
}

/** What the build puts beside the pages: assets with a hash in their name, and icons. Neither `..` nor a page fits. */
const staticFile =
  /^\/(?:assets\/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:js|css|svg|png|ico|woff2?|webmanifest|json|map)$/;

/**
 * The built web app. Assets carry a hash in their name and are kept for good; they hold no data, so they need no sign-in.
 * Every other path is a page of the app.
 */
function webApp(parts: AppParts): RequestHandler {
  const files = express.static(parts.web, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => {
      response.setHeader(
        "Cache-Control",
        path.startsWith(join(parts.web, "assets")) ? "public, max-age=31536000, immutable" : "no-cache",
      );
    },
  });
  const index = join(parts.web, "index.html");
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendProblem(response, apiError(405, "Pages can only be read."));
    }
    const page = () => {
      response.set("Cache-Control", "no-store").type("html");
      if (/^\/assets\//.test(request.path)) {
        return response.status(404).send(render(notFound, nonceOf(response)));
      }
      if (!isSignedIn(parts, request.headers.cookie)) {
        return response.status(401).send(render(signInNeeded, nonceOf(response)));
      }
      if (!existsSync(index)) {
        return response.status(503).send(render(notBuilt, nonceOf(response)));
      }
      // The nonce is base64: it needs no escaping in an attribute.
      return response.send(readFileSync(index, "utf8").replaceAll("__CSP_NONCE__", nonceOf(response)));
    };
    if (!staticFile.test(request.path)) {
      return page();
    }
    files(request, response, (error?: unknown) => (error === undefined ? page() : next(error)));
  };
}

/** The last stop: what the body parser refused, what the path could not be decoded to, and bugs. */
function failed(log: Logger): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) {
      return next(error);
    }
    if (error instanceof BadRequestError) {
      return sendProblem(response, apiErrorOf(error.problem, 400));
    }
    if (error instanceof StoreFailure) {
      log.error({ event: "http.store-failed", id: String(response.locals["id"]), code: error.problem.code });
      return sendProblem(response, apiErrorOf(error.problem, 503));
    }
    const status = statusOf(error);
    if (status === 413) {
      return sendProblem(response, apiError(413, "The body is larger than 1 MiB."));
    }
    if (status !== undefined && status >= 400 && status < 500) {
      const what =
        status === 400
          ? "The request could not be read: malformed JSON or a malformed path."
          : "The request was refused.";
      return sendProblem(
        response,
        apiError(status, what, status === 400 ? [{ field: "body", message: "malformed" }] : undefined),
      );
    }
    const id = String(response.locals["id"]);
    log.error({ event: "http.failed", id, err: error });
    return sendProblem(response, apiError(500, `Something broke inside. The log has the details under the id ${id}.`));
  };
}

function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "status" in error && typeof error.status === "number"
    ? error.status
    : undefined;
}
