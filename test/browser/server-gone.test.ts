import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";

inBrowser("a server that is gone", (visit) => {
  /** Nothing reaches the server until the returned function is called. */
  const leave = async (page: Page): Promise<() => Promise<void>> => {
    visit.expectComplaint(/net::ERR_/);
    // The router writes to the console what it could not load.
    visit.expectComplaint(/dynamically imported module/);
    await page.route("**/*", (route) => route.abort("connectionrefused"));
    return () => page.unroute("**/*");
  };
  const banner = (page: Page) => page.getByRole("alert").filter({ hasText: "The data shown may be outdated" });
  const failure = (page: Page) => page.locator("main").getByRole("alert");
  const navigation = (page: Page) => page.getByRole("navigation", { name: "Main" });

  it("is reported by a banner, which goes away by itself when the server answers again", async () => {
    const page = await visit.open("/playbooks");
    const comeBack = await leave(page);
    await banner(page).getByText("Server not reachable").waitFor();
    expect(await violations(page)).toEqual([]);
    await comeBack();
    await banner(page).waitFor({ state: "detached" });
  });

  it("keeps the frame on every page that is not loaded yet, and the page appears by itself", async () => {
    const page = await visit.open("/playbooks");
    const comeBack = await leave(page);
    const places = await navigation(page).getByRole("link").all();
    expect(places.length).toBeGreaterThan(10);
    for (const place of places) {
      if ((await place.getAttribute("href")) === "/playbooks") {
        continue;
      }
      await place.click();
      await heading(page, "Page not loaded").waitFor();
      await failure(page).getByText("Server not reachable").waitFor();
      expect(await page.getByText(/Unexpected Application Error|dynamically imported/).count()).toBe(0);
    }
    expect(await violations(page)).toEqual([]);
    await failure(page).getByRole("button", { name: "Try again" }).click();
    await navigation(page).getByRole("link", { name: "Hosts" }).click();
    await heading(page, "Page not loaded").waitFor();
    await comeBack();
    await heading(page, "Hosts").waitFor();
    await settled(page);
    await banner(page).waitFor({ state: "detached" });
  });

  it("keeps the alert when only the graph is missing, and draws it when the server is back", async () => {
    const page = await visit.open("/queue");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("tree", { name: "Process lineage" }).waitFor();
    await settled(page);
    const comeBack = await leave(page);
    await page.getByRole("tab", { name: "Graph" }).click();
    await page.getByText("so the graph could not be loaded").waitFor();
    await comeBack();
    await page.locator("main canvas").first().waitFor();
  });
});
