import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { heading, inBrowser, settled } from "./harness.ts";

/** How often Tab is pressed until the focus is in the first row of the page's list, or below it. */
async function stopsToFirstRow(page: Page, row: string): Promise<readonly string[]> {
  await page.locator(`main ${row}`).first().waitFor();
  const stops: string[] = [];
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    stops.push((await focused.getAttribute("aria-label")) ?? (await focused.textContent()) ?? "");
    if ((await page.locator(`main ${row}`).first().locator(":focus").count()) > 0) {
      return stops;
    }
  }
  return stops;
}

inBrowser("Tab", (visit) => {
  it.each([
    ["/queue", "Queue", "article"],
    ["/hosts", "Hosts", "tbody tr"],
    ["/users", "Users", "tbody tr"],
    ["/rules", "Rules", "tbody tr"],
    ["/hunt?language=eql&query=process+where+process.name+%3A+%22cmd.exe%22", "Hunt", "tbody tr"],
    ["/audit", "Audit trail", "tbody tr"],
    ["/people", "People", "tbody tr"],
  ])("reaches the first row of %s within ten stops", async (path, title, row) => {
    const page = await visit.open(path);
    await heading(page, title).waitFor({ state: "attached" });
    await settled(page);
    const stops = await stopsToFirstRow(page, row);
    expect(stops.length, stops.join(" | ")).toBeLessThanOrEqual(10);
  });
});
