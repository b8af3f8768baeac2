import { existsSync } from "node:fs";

/** The one without windows of its own starts in a third of the time. */
const known = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

/** The browser for benches and tests of pages, which may not be there: `CHROMIUM`, or where Debian puts it. */
export function chromiumPath(): string {
  return process.env["CHROMIUM"] ?? known.find((path) => existsSync(path)) ?? "/usr/bin/chromium";
}
