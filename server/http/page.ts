import type { Request, Response } from "express";
import { problemType, type RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { sendProblem } from "./problem.ts";
import { problemStatus } from "./problem-status.ts";
import { nonceOf } from "./security.ts";

/** Plain pages without script, shown where the web app cannot be. Each explains a problem. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

interface Page {
  readonly code: RequestProblemCode;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

const style = `
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { max-width: 34rem; margin: 2rem; padding-left: 1.5rem; border-left: 4px solid #1c7ed6; }
h1 { font-size: 1.35rem; margin: 0 0 .75rem; }
p { margin: .5rem 0; }
.mark { font-size: .85rem; letter-spacing: .06em; text-transform: uppercase; opacity: .7; }
`;

/** A page as HTML, its text escaped. `nonce` is the one of the response's Content-Security-Policy (base64). */
function render(title: string, paragraphs: readonly string[], metas: readonly string[], nonce: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    ...metas,
    `<title>${escapeHtml(title)} · Stemma</title><style nonce="${escapeHtml(nonce)}">${style}</style></head>`,
    `<body><main><p class="mark">Stemma</p><h1>${escapeHtml(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    "</main></body></html>\n",
  ].join("\n");
}

function problemMetas(code: RequestProblemCode): readonly string[] {
  return [`<meta name="problem-type" content="${problemType(code)}"><meta name="problem-code" content="${code}">`];
}

/** Responds with a page that goes on to a path of this server by itself, as if the person had followed a link there. */
export function sendContinue(response: Response, path: string): void {
  const refresh = `<meta http-equiv="refresh" content="0;url=${escapeHtml(path)}">`;
  response
    .set("Cache-Control", "no-store")
    .status(200)
    .type("html")
    .send(render("You are signed in", ["The workbench opens."], [refresh], nonceOf(response)));
}

/** Whether the client is a browser that shows a page, rather than a program. */
export function isPageWanted(request: Request): boolean {
  return request.accepts(["html", "application/problem+json", "json"]) === "html";
}

/** Responds with the page, or with its problem where the client asks for JSON. */
export function sendPage(request: Request, response: Response, page: Page): void {
  response.set("Cache-Control", "no-store").vary("Accept");
  if (isPageWanted(request)) {
    response
      .status(problemStatus[page.code])
      .type("html")
      .send(render(page.title, page.paragraphs, problemMetas(page.code), nonceOf(response)));
  } else {
    sendProblem(response, { code: page.code, message: page.paragraphs.join(" ") });
  }
}

/** Responds to a browser that could not be signed in. */
export function sendRefusal(request: Request, response: Response, problem: RequestProblem): void {
  if (problem.retryAfter !== undefined) {
    response.set("Retry-After", String(problem.retryAfter));
  }
  const paragraphs = [problem.message, problem.remedy ?? "Go back to the sign-in page and try again."];
  sendPage(request, response, {
    code: problem.code,
    title: "You are not signed in",
    paragraphs: paragraphs.map((text) => `${text.replace(/\.$/, "")}.`),
  });
}

export const linkRefusedPage: Page = {
  code: "sign-in.invalid-link",
  title: "This sign-in link does not work any more",
  paragraphs: [
    "A link can be used once and only for some time, and a newer link replaces it.",
    "Ask an administrator for a new one. If you started the server, press Enter in its terminal.",
  ],
};

export const tooManyAttemptsPage: Page = {
  code: "sign-in.rate-limited",
  title: "Too many attempts",
  paragraphs: ["Too many attempts from your address failed. Wait ten minutes, or use a valid sign-in link."],
};

export const notBuiltPage: Page = {
  code: "web-app.not-built",
  title: "The web app has not been built",
  paragraphs: [
    "The server runs, but the folder web/dist is missing.",
    "Run `npm run build`, or start with `npm start`, which builds it first.",
  ],
};

export const fileNotFoundPage: Page = {
  code: "web-app.file-not-found",
  title: "Not found",
  paragraphs: ["This file is not part of the web app. Reload the page: the app may have been rebuilt."],
};
