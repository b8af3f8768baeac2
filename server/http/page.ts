/** Plain pages that need no script and no stylesheet: shown where the web app cannot be. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A page with a title and paragraphs, all of it text. */
export function plainPage(title: string, paragraphs: readonly string[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)} · Stemma</title></head><body><main><h1>${escapeHtml(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    "</main></body></html>\n",
  ].join("\n");
}

export const signInNeeded = plainPage("Sign in", [
  "This is Stemma. You are not signed in, or your session has ended.",
  "Open the sign-in link that the server printed when it started. Press Enter in the terminal where it runs to get a new link.",
]);

export const linkRefused = plainPage("This sign-in link does not work any more", [
  "A link can be used once and for 15 minutes, and a newer link replaces it.",
  "Press Enter in the terminal where the server runs to get a new link.",
]);

export const tooManyAttempts = plainPage("Too many attempts", [
  "There were too many sign-in attempts in a short time. Wait a minute, then use a new link.",
]);

export const notBuilt = plainPage("The web app has not been built", [
  "The server runs, but the folder web/dist is missing.",
  "Run `npm run build`, or start with `npm start`, which builds it first.",
]);
