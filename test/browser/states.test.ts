import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled, tryAgain } from "./harness.ts";

const failed = {
  status: 500,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title: "Internal Server Error", status: 500, detail: "Number 4711." }),
};

inBrowser("a page that cannot be read", (visit) => {
  const failure = (page: Page) => page.locator("main").getByRole("alert");
  const titleOf = (page: Page, title: string) => page.waitForFunction(`document.title === ${JSON.stringify(title)}`);

  it.each([
    ["queue", "/queue", "Queue", "Queue · Stemma"],
    ["host", "/hosts/srv-02.nordwind.example", "srv-02.nordwind.example", "srv-02.nordwind.example · Stemma"],
    ["rules", "/rules", "Rules", "Rules · Stemma"],
    ["rule", "/rules/12f07955-1674-44f7-86b5-c35da0a6f41a", "Rule", "Suspicious Cmd Execution via WMI · Stemma"],
    ["proposals", "/proposals", "Proposals", "Proposals · Stemma"],
    ["shift report", "/report", "Shift report", "Shift report · Stemma"],
    ["audit trail", "/audit", "Audit trail", "Audit trail · Stemma"],
  ])("the %s says so below its heading and is read when it is tried again", async (_, path, before, title) => {
    visit.expectComplaint(/status of 500/);
    const answers = (url: URL) => url.pathname.startsWith("/api/v1/") && url.pathname !== "/api/v1/me";
    const page = await visit.open(path, {
      prepare: (empty) => empty.route(answers, (route) => route.fulfill(failed)),
    });
    await heading(page, before).waitFor({ state: "attached" });
    await failure(page).getByText("Number 4711.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute(answers);
    await tryAgain(failure(page).getByRole("button", { name: "Try again" }), () =>
      failure(page).waitFor({ state: "detached" }),
    );
    await titleOf(page, title);
  });

  it("keeps its message while it is tried again, instead of a page that seems to load", async () => {
    visit.expectComplaint(/net::ERR_FAILED/);
    const page = await visit.open("/queue", {
      prepare: (empty) =>
        empty.route(
          (url) => url.pathname === "/api/v1/queue",
          (route) => route.abort(),
        ),
    });
    await failure(page).getByText("Server not reachable").waitFor();
    await failure(page).getByRole("button", { name: "Try again" }).click();
    expect(await failure(page).getByText("Server not reachable").isVisible()).toBe(true);
  });

  it("says on a page that was read that it may be old", async () => {
    visit.expectComplaint(/status of 500/);
    const page = await visit.open("/hosts");
    await page.route(
      (url) => url.pathname === "/api/v1/hosts",
      (route) => route.fulfill(failed),
    );
    // The page reads again when something has changed.
    const { items } = await (await page.request.get(new URL("/api/v1/queue?limit=1", page.url()).href)).json();
    const alert = `/api/v1/alerts/${items[0].alerts[0].id}/transition`;
    const changed = await page.request.post(new URL(alert, page.url()).href, {
      headers: { origin: new URL(page.url()).origin },
      data: { to: "acknowledged", note: "" },
    });
    expect(changed.status()).toBe(200);
    await page.getByText("Data may be outdated: Number 4711.").waitFor();
    await page.getByRole("table", { name: "Hosts" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it.each([
    ["alert", "/alerts/gone", "Alert", "Back to the queue", "Queue"],
    ["rule", "/rules/gone", "Rule", "All rules", "Rules"],
    ["host", "/hosts/gone", "gone", "All hosts", "Hosts"],
    ["exception", "/exceptions/gone", "Exception", "All exceptions", "Exceptions"],
  ])("an address of no %s has a heading and leads back", async (_, path, name, back, there) => {
    visit.expectComplaint(/status of 404/);
    const page = await visit.open(path);
    await heading(page, name).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: back, exact: true }).click();
    await heading(page, there).waitFor({ state: "attached" });
    await settled(page);
  });

  it("an exception without an alert leads to the queue", async () => {
    const page = await visit.open("/exceptions/new");
    await heading(page, "New exception").waitFor();
    await page.getByRole("link", { name: "Go to queue", exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
