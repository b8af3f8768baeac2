import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import express, { type Request, type RequestHandler, type Response } from "express";
import { signInRequired } from "../people/refusals.ts";
import type { Identify } from "./caller.ts";
import { fileNotFoundPage, isPageWanted, notBuiltPage, sendPage } from "./page.ts";
import { sendProblem } from "./problem.ts";
import { nonceOf } from "./security.ts";
import { localPath } from "./sign-in-pages.ts";

/** Shows where to sign in, and remembers which page was asked for; a program gets a problem. */
function sendToSignIn(request: Request, response: Response): void {
  if (!isPageWanted(request)) {
    sendProblem(response.vary("Accept"), signInRequired);
    return;
  }
  const next = request.originalUrl === "/" ? "" : `?next=${encodeURIComponent(request.originalUrl)}`;
  response.set("Cache-Control", "no-store").vary("Accept").redirect(303, `/sign-in${next}`);
}

/** Files of the build: hashed assets and icons. Neither `..` nor the path of a page matches. */
const staticFile =
  /^\/(?:assets\/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:js|css|svg|png|ico|woff2?|webmanifest|json|map)$/;

/**
 * The built web app in `folder`. Assets have a hash in their name, so browsers keep them; they hold no data, so they
 * need no sign-in, and neither does the page where people sign in. Every other path is a page of the app.
 */
export function webApp(folder: string, identify: Identify): RequestHandler {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => {
      const isHashed = path.startsWith(join(folder, "assets"));
      response.setHeader("Cache-Control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  const index = join(folder, "index.html");
  const sendApp: RequestHandler = async (request, response) => {
    if (request.path.startsWith("/assets/")) {
      return sendPage(request, response, fileNotFoundPage);
    }
    const isSignedIn = (await identify(request)) !== undefined;
    if (request.path === "/sign-in" && isSignedIn) {
      return response.set("Cache-Control", "no-store").redirect(303, localPath(request.query["next"]));
    }
    if (request.path !== "/sign-in" && !isSignedIn) {
      return sendToSignIn(request, response);
    }
    if (!existsSync(index)) {
      return sendPage(request, response, notBuiltPage);
    }
    // The nonce is base64: it needs no escaping in an attribute.
    const html = readFileSync(index, "utf8").replaceAll("__CSP_NONCE__", nonceOf(response));
    response.set("Cache-Control", "no-store").type("html").send(html);
  };
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendProblem(response.set("Allow", "GET, HEAD"), {
        code: "request.method-not-allowed",
        message: "Pages can only be read",
      });
    }
    if (!staticFile.test(request.path)) {
      return sendApp(request, response, next);
    }
    files(request, response, (error?: unknown) =>
      error === undefined ? sendApp(request, response, next) : next(error),
    );
  };
}
