import type { Request, Response } from "express";
import { problemType } from "#contracts/problem";
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
function render({ code, title, paragraphs }: Page, nonce: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<meta name="problem-type" content="${problemType(code)}"><meta name="problem-code" content="${code}">`,
    `<title>${escapeHtml(title)} · Stemma</title><style nonce="${escapeHtml(nonce)}">${style}</style></head>`,
    `<body><main><p class="mark">Stemma</p><h1>${escapeHtml(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    "</main></body></html>\n",
  ].join("\n");
}

/** Responds with the page, or with its problem where the client asks for JSON. */
export function sendPage(request: Request, response: Response, page: Page): void {
  response.set("Cache-Control", "no-store").vary("Accept");
  if (request.accepts(["html", "application/problem+json", "json"]) === "html") {
    response
      .status(problemStatus[page.code])
      .type("html")
      .send(render(page, nonceOf(response)));
  } else {
    sendProblem(response, { code: page.code, message: page.paragraphs.join(" ") });
  }
}

export const signInPage: Page = {
  code: "sign-in.required",
  title: "Sign in",
  paragraphs: [
    "You are not signed in, or your session has ended.",
    "Open the sign-in link that the server printed when it started. Press Enter in the terminal where it runs to get a new link.",
  ],
};

export const linkRefusedPage: Page = {
  code: "sign-in.invalid-link",
  title: "This sign-in link does not work any more",
  paragraphs: [
    "A link can be used once and for 15 minutes, and a newer link replaces it.",
    "Press Enter in the terminal where the server runs to get a new link.",
  ],
};

export const tooManyAttemptsPage: Page = {
  code: "sign-in.rate-limited",
  title: "Too many attempts",
  paragraphs: ["There were too many sign-in attempts in a short time. Wait a minute, then use a new link."],
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
