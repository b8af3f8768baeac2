import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { verifyBundle } from "../../server/evidence/verify.ts";
import { heading, inBrowser } from "./harness.ts";
import { openAlert, verdictBar } from "./workbench-pages.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Saves what the action downloads, and returns its path. */
async function saved(page: Page, folder: string, action: () => Promise<void>): Promise<string> {
  const download = page.waitForEvent("download");
  await action();
  const file = await download;
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

inBrowser("the bundle of an incident", (visit) => {
  it("is saved by one button, verified as page and as JSON, and opened without the server", async () => {
    const { folder } = visit.product;
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await heading(page, "Suspicious Cmd Execution via WMI").waitFor();
    const html = await saved(page, folder, () => verdictBar(page).getByRole("button", { name: "Bundle" }).click());
    const dialog = page.getByRole("dialog", { name: "Evidence bundle of the incident" });
    await dialog.getByText(/^Saved as bundle-.*33 alerts/).waitFor();
    const json = await saved(page, folder, () => dialog.getByRole("button", { name: "Save as JSON too" }).click());
    for (const path of [html, json]) {
      expect(verifyBundle(readFileSync(path))).toMatchObject({ ok: true, bundle: { made: { by: "robin" } } });
    }
    expect(json).toBe(html.replace(/html$/, "json"));

    const file = await visit.openEmpty({ width: 420, height: 900 });
    await file.context().setOffline(true);
    await file.goto(pathToFileURL(html).href);
    await heading(file, "Suspicious Cmd Execution via WMI").waitFor();
    await file
      .getByRole("navigation", { name: "Contents" })
      .getByRole("link", { name: /^Alerts/ })
      .click();
    await expect.poll(() => file.evaluate("location.hash")).toBe("#alerts");
    const widths = "[document.documentElement.scrollWidth, innerWidth]";
    expect(await file.evaluate(widths)).toEqual([420, 420]);
    await file.evaluate(axe);
    for (const colorScheme of ["light", "dark"] as const) {
      await file.emulateMedia({ colorScheme });
      const { violations }: AxeResults = await file.evaluate("axe.run({ resultTypes: ['violations'] })");
      expect(violations.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html])).toEqual([]);
    }
  });

  it("is made by a key", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await heading(page, "Suspicious Cmd Execution via WMI").waitFor();
    await expect.poll(() => verdictBar(page).getByRole("button", { name: "Bundle" }).isEnabled()).toBe(true);
    const path = await saved(page, visit.product.folder, () => page.keyboard.press("h"));
    expect(verifyBundle(readFileSync(path)).ok).toBe(true);
  });
});
