import { expect, it } from "vitest";
import { inBrowser } from "./harness.ts";

inBrowser("the queue as a list", (visit) => {
  it("loads further pages by itself until every incident is listed once", async () => {
    const page = await visit.open("/queue?group=none&limit=2");
    await page.getByText(/^\d\d of \d+ incidents/).waitFor();
    const counted = page.getByText(/^\d+ of \d+ incidents/);
    const isWhole = async () => {
      const [, shown, all] = /^(\d+) of (\d+)/.exec((await counted.textContent()) ?? "") ?? [];
      return shown === all;
    };
    while (!(await isWhole())) {
      await page.locator("article").last().scrollIntoViewIfNeeded();
    }
    const places = await page.locator("[data-index]").evaluateAll((rows) => rows.map((row) => row.dataset["index"]));
    expect(places.length).toBeGreaterThan(2);
    expect(new Set(places).size).toBe(places.length);
  });

  it("says when what comes next cannot be read, and tries again when asked", async () => {
    visit.expectComplaint(/status of 500/);
    const failed = { status: 500, contentType: "application/problem+json", body: "{}" };
    let broken = true;
    const page = await visit.open("/queue?group=none&limit=2", {
      prepare: (empty) =>
        empty.route(/\/api\/v1\/queue\?.*cursor=/, (route) => (broken ? route.fulfill(failed) : route.continue())),
    });
    const again = page.getByRole("button", { name: /Could not load more/ });
    await again.waitFor();
    broken = false;
    await again.click();
    await page.getByText(/^\d\d of \d+ incidents/).waitFor();
    await expect.poll(() => again.count()).toBe(0);
  });
});
