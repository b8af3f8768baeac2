import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";
import { openAlert, verdictBar } from "./workbench-pages.ts";

inBrowser("the workbench, light and dark", (visit) => {
  it("is accessible: panes, dialogs, exception builder and session", async () => {
    const found: Record<string, readonly string[]> = {};
    const check = async (page: Page, name: string) => {
      await settled(page);
      const violated = await violations(page);
      if (violated.length > 0) {
        found[name] = violated;
      }
    };
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await check(page, "tree");
    for (const view of ["Graph", "Table", "Timeline"]) {
      await page.getByRole("tab", { name: view }).click();
      await page.getByRole("tab", { name: view, selected: true }).waitFor();
      await check(page, view);
    }
    await page.getByRole("button", { name: /^For / }).click();
    for (const part of [/^Incident /, "Closing", "Response"]) {
      await page.getByRole("tab", { name: part }).click();
      await check(page, String(part));
    }
    await page.getByRole("tab", { name: /^Steps/ }).click();
    await page.getByRole("button", { name: /^(Tags: |No tags|Add tags)/ }).click();
    await page.getByRole("button", { name: "Save tags" }).waitFor();
    await check(page, "tags");
    await page.keyboard.press("Escape");
    await page.keyboard.press("i");
    const drawer = page.getByRole("dialog", { name: "Incident" });
    for (const part of [/^Alerts/, /^Comments/, "History", "Merge"]) {
      await drawer.getByRole("tab", { name: part }).click();
      await check(page, `incident ${part}`);
    }
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    for (const [button, title] of [
      ["Acknowledge…", "Acknowledge incident"],
      ["Close…", "Close incident"],
      ["Escalate…", "Escalate incident"],
    ] as const) {
      await verdictBar(page).getByRole("button", { name: button }).click();
      await page.getByRole("dialog", { name: title }).waitFor();
      await check(page, title);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: title }).waitFor({ state: "detached" });
    }
    await verdictBar(page).getByRole("button", { name: /^Why/ }).click();
    await page.getByRole("dialog", { name: /^Why/ }).waitFor();
    await check(page, "why");
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Alert", exact: true }).getByRole("button").click();
    await page.getByRole("dialog", { name: "Alert history" }).waitFor();
    await check(page, "history");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const value = page.getByRole("region", { name: /^Details/ }).getByRole("button", { name: /srv-02/ });
    await value.first().click();
    await page.getByRole("menuitem", { name: "Pin as evidence" }).waitFor();
    await check(page, "menu of a value");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await check(page, "keyboard help");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("listbox", { name: "Results" }).waitFor();
    await check(page, "commands in the top bar");
    await page.getByRole("combobox", { name: "Find anything" }).fill("srv-02");
    await page.getByRole("group", { name: "Hosts" }).waitFor();
    await check(page, "search in the top bar");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("listbox", { name: "Results" }).waitFor({ state: "detached" });
    await verdictBar(page).getByRole("button", { name: "Exception…" }).click();
    await heading(page, "New exception").waitFor();
    await page
      .getByText("of this draft")
      .or(page.getByText(/stored events match/))
      .first()
      .waitFor();
    await check(page, "exception builder");
    await page.goBack();
    await page.getByRole("link", { name: /^session 0x/ }).click();
    await heading(page, "NORDWIND\\adm-lena on srv-02.nordwind.example").waitFor();
    await check(page, "session");
    expect(found).toEqual({});
  });
});
