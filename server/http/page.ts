import type { Request, Response } from "express";
import { problemType, type RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { escapeHtml } from "../lib/escape-html.ts";
import { sendProblem } from "./problem.ts";
import { problemStatus } from "./problem-status.ts";
import { nonceOf } from "./security.ts";

/** Plain pages without script, shown where the web app cannot be. Each explains a problem. */

interface Page {
  readonly code: RequestProblemCode;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Where to go from here. */
  readonly link?: { readonly path: string; readonly text: string };
}

/** The look of the sign-in page of the web app (`web/src/ui/tokens.css`), which these pages cannot load. */
const style = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --surface: #ffffff; --line: #d8dee6; --text: #17202b; --text-soft: #4a5765;
  --accent: #0b5fa5; --on-accent: #ffffff; --shadow: 0 1px 2px rgb(16 24 40 / 8%), 0 4px 16px rgb(16 24 40 / 6%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1116; --surface: #141a21; --line: #27313c; --text: #e4eaf1; --text-soft: #a9b6c4;
    --accent: #6cb6f2; --on-accent: #06182a; --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 6px 20px rgb(0 0 0 / 35%);
  }
}
body {
  margin: 0; min-height: 100vh; padding: 24px 16px; box-sizing: border-box; display: grid; place-items: center;
  background: var(--ground); color: var(--text); font: 13px/1.5 "Inter Variable", Inter, system-ui, sans-serif;
}
main {
  width: min(372px, 100%); padding: 24px; box-sizing: border-box; border: 1px solid var(--line); border-radius: 10px;
  background: var(--surface); box-shadow: var(--shadow);
}
.mark { display: flex; gap: 9px; align-items: center; margin: 0 0 18px; font-size: 16px; font-weight: 680; }
h1 { margin: 0 0 12px; font-size: 20px; font-weight: 660; line-height: 1.3; letter-spacing: -.01em; }
p { margin: 8px 0; color: var(--text-soft); }
.mark, h1 { color: var(--text); }
code { font-family: "JetBrains Mono Variable", ui-monospace, monospace; font-size: 12px; }
.go {
  display: block; margin-top: 18px; padding: 8px 16px; border-radius: 4px; background: var(--accent);
  color: var(--on-accent); font-weight: 600; text-align: center; text-decoration: none;
}
.go:hover { opacity: .9; }
.go:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

/** Escaped text in which backticks mark code. */
function paragraph(text: string): string {
  return `<p>${escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>")}</p>`;
}

/** A page as HTML, its text escaped. `nonce` is the one of the response's Content-Security-Policy (base64). */
function render({ title, paragraphs, link }: Omit<Page, "code">, metas: readonly string[], nonce: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="/icon.svg">',
    ...metas,
    `<title>${escapeHtml(title)} · Stemma</title><style nonce="${escapeHtml(nonce)}">${style}</style></head>`,
    '<body><main><p class="mark"><img src="/icon.svg" alt="" width="28" height="28">Stemma</p>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...paragraphs.map(paragraph),
    ...(link === undefined ? [] : [`<a class="go" href="${escapeHtml(link.path)}">${escapeHtml(link.text)}</a>`]),
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
    .send(
      render(
        { title: "You are signed in", paragraphs: [], link: { path, text: "Open the workbench" } },
        [refresh],
        nonceOf(response),
      ),
    );
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
      .send(render(page, problemMetas(page.code), nonceOf(response)));
  } else {
    sendProblem(response, { code: page.code, message: page.paragraphs.join(" ") });
  }
}

const toSignIn = { path: "/sign-in", text: "Go to the sign-in page" };

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
    link: toSignIn,
  });
}

export const linkRefusedPage: Page = {
  code: "sign-in.invalid-link",
  title: "This sign-in link does not work any more",
  paragraphs: [
    "A link can be used once and only for some time, and a newer link replaces it.",
    "If you have a password or a passkey, sign in with it.",
    "Otherwise ask an administrator for a new link. If you started the server, press Enter in the terminal of `stemma serve`.",
  ],
  link: toSignIn,
};

export const tooManyAttemptsPage: Page = {
  code: "sign-in.rate-limited",
  title: "Too many attempts",
  paragraphs: ["Too many attempts from your address failed. Wait ten minutes, or use a valid sign-in link."],
  link: toSignIn,
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
  link: { path: "/", text: "Open the workbench" },
};
