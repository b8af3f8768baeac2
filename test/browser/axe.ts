import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with the page as it stands, in both themes: one line for each rule and element. */
export async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`html[data-mantine-color-scheme="${theme}"]`).waitFor();
    if (!(await page.evaluate("'axe' in window"))) {
      await page.evaluate(source);
    }
    // `axe` is what the script above puts into the page.
    const results: AxeResults = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
    for (const { id, nodes } of results.violations) {
      found.push(
        ...nodes.map(({ target, failureSummary }) => `${theme} ${id}: ${String(target)} ${failureSummary ?? ""}`),
      );
    }
  }
  return found;
}
