import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Violations that axe finds on the current page: one line for each rule and element. Everything in the light theme;
 * in the dark one the contrast, which is all that the theme changes.
 */
export async function violations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in window"))) {
    await page.evaluate(source);
  }
  const found: string[] = [];
  for (const [theme, rules] of [
    ["light", "undefined"],
    ["dark", "['color-contrast']"],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`html[data-mantine-color-scheme="${theme}"]`).waitFor();
    // `axe` is what the script above puts into the page.
    const results: AxeResults = await page.evaluate(`axe.run({ runOnly: ${rules}, resultTypes: ["violations"] })`);
    for (const { id, nodes } of results.violations) {
      found.push(
        ...nodes.map(({ target, failureSummary }) => `${theme} ${id}: ${String(target)} ${failureSummary ?? ""}`),
      );
    }
  }
  return found;
}
