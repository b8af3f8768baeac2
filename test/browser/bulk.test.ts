import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { Batch } from "#contracts/batch";
import { violations } from "./axe.ts";
import { inBrowser, tryAgain } from "./harness.ts";

inBrowser("a batch over everything that matches", (visit) => {
  it("closes all of it and is undone, also after the page was loaded again", async () => {
    const page = await visit.open("/");
    const openCount = page.getByRole("button", { name: /^open \d+/ });
    await page.getByText(/^3 of 3 rows for 5 incidents, 64 alerts/).waitFor();
    await page
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    const bar = page.getByRole("toolbar", { name: "Selected incidents" });
    await bar.getByText("1 row selected, 33 alerts").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await bar.getByRole("button", { name: "Select all 5 incidents (64 alerts) that match" }).click();
    await bar.getByRole("button", { name: "Close…" }).click();
    const dialog = page.getByRole("dialog", { name: "Close" });
    await dialog.getByText("5 incidents with 64 alerts.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await dialog.getByRole("radio", { name: "Benign" }).check();
    await dialog.getByLabel("Your reason for closing against the verdict").fill("An exercise of the red team.");
    await dialog.getByRole("button", { name: "Close 64 alerts" }).click();

    const batch = page.getByRole("region", { name: "Batch" });
    await batch.getByText("64 alerts of 5 incidents closed.").waitFor();
    await expect.poll(() => openCount.textContent()).toMatch(/open\s*0$/);
    expect(await violations(page)).toEqual([]);

    await page.reload();
    await batch.getByText("64 alerts of 5 incidents closed.").waitFor();
    await page.locator("body").press("z");
    await batch.getByText("64 alerts of 5 incidents restored.").waitFor();
    await expect.poll(() => openCount.textContent()).toMatch(/open\s*64$/);
  });

  it("leaves what its verdict does not permit to close, and says how much and why", async () => {
    const page = await visit.open("/");
    await page
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    const bar = page.getByRole("toolbar", { name: "Selected incidents" });
    await bar.getByRole("button", { name: "Close…" }).click();
    const dialog = page.getByRole("dialog", { name: "Close" });
    await dialog.getByText("1 incident with 33 alerts.").waitFor();
    await dialog.getByRole("radio", { name: "Benign" }).check();
    await dialog.getByRole("button", { name: "Close 33 alerts" }).click();
    const batch = page.getByRole("region", { name: "Batch" });
    await batch.getByText("Nothing closed.").waitFor();
    await batch.getByText(/^33 alerts of 1 incident left: The verdict of its incident is not benign/).waitFor();

    await batch.getByRole("button", { name: /^Show: The verdict/ }).click();
    const list = page.getByRole("dialog", { name: "33 alerts left as they were" });
    await list.getByRole("button", { name: "Alerts", exact: true }).first().click();
    await list.getByRole("listitem").nth(32).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await list.getByRole("table").getByRole("link").first().click();
    await page.waitForURL(/\/alerts\//);
    await page.goBack();
    await list.getByRole("button", { name: "Select 33 alerts" }).click();
    const left = page.getByRole("toolbar", { name: "Selected: left by the batch" });
    await left.getByRole("button", { name: "Acknowledge…" }).click();
    await page.getByRole("button", { name: "Acknowledge 33 alerts" }).click();
    await batch.getByText("33 alerts of 1 incident acknowledged.").waitFor();
    await left.waitFor({ state: "detached" });
  });
});

inBrowser("a batch that runs", (visit) => {
  const running: Batch = {
    ...{ id: "b", action: { kind: "acknowledge", note: "" }, state: "running", actor: "robin", left: [] },
    ...{ startedAt: new Date().toISOString(), changedAt: new Date().toISOString() },
    ...{ covered: { incidents: 90, alerts: 2_000 }, done: { incidents: 20, alerts: 500 } },
    changed: { incidents: 20, alerts: 500 },
  };
  const isQueue = ({ pathname }: URL) => pathname === "/api/v1/queue";
  const batch = (page: Page) => page.getByRole("region", { name: "Batch" });

  it("is shown with a way to cancel while the queue loads, and when it cannot be read", async () => {
    visit.expectComplaint(/status of 500/);
    let answer: (() => Promise<void>) | undefined;
    const page = await visit.open("/hosts", {
      prepare: async (empty) => {
        await empty.route(
          ({ pathname }) => pathname === "/api/v1/batches",
          (route) => route.fulfill({ json: { items: [running], total: 1 } }),
        );
        await empty.route(isQueue, (route) => {
          answer = () => route.fulfill({ status: 500, contentType: "application/problem+json", body: "{}" });
        });
      },
    });
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Queue", exact: true }).click();
    await page.getByRole("status", { name: "Loading the queue" }).waitFor();
    await batch(page).getByText("500 of 2,000 alerts").waitFor();
    await batch(page).getByRole("button", { name: "Cancel" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await expect.poll(() => answer).toBeDefined();
    await answer?.();
    await page.getByRole("main").getByRole("alert").waitFor();
    await batch(page).getByText("500 of 2,000 alerts").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute(isQueue);
    await tryAgain(page.getByRole("button", { name: "Try again" }), () => page.getByRole("article").first().waitFor());
    await batch(page).getByText("500 of 2,000 alerts").waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
