import { expect, it } from "vitest";
import { heading, inBrowser, settled } from "./harness.ts";
import { openAlert } from "./workbench-pages.ts";

inBrowser("pivots", (visit) => {
  it("lead from an alert to its user, host and logon session, and back", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    const alertUrl = page.url();
    const crumbs = page.getByRole("navigation", { name: "Process path" });
    await crumbs.getByRole("link", { name: /session .* of NORDWIND\\adm-lena/ }).click();
    await heading(page, "NORDWIND\\adm-lena on srv-02.nordwind.example").waitFor();
    await settled(page);
    const chain = page.getByRole("list", { name: "From the opening logon to outbound logons" });
    await expect.poll(() => chain.textContent()).toMatch(/4624 #\d+.*NTLM from WS-07 · 10\.20\.4\.17/);
    const processes = page.getByRole("table", { name: "Processes" }).getByRole("row");
    await expect.poll(() => processes.count()).toBeGreaterThan(5);
    const sessionUrl = page.url();

    await page.getByRole("link", { name: "NORDWIND\\adm-lena" }).first().click();
    // The heading of the session has both names in it.
    await page.waitForURL(/\/users\//);
    await heading(page, "NORDWIND\\adm-lena").waitFor();
    const userUrl = page.url();
    await page.getByRole("link", { name: "srv-02.nordwind.example" }).first().click();
    await page.waitForURL(/\/hosts\//);
    await heading(page, "srv-02.nordwind.example").waitFor();
    const hostUrl = page.url();
    await page.goBack();
    await page.waitForURL(userUrl);
    await heading(page, "NORDWIND\\adm-lena").waitFor();

    for (const [url, title] of [
      [alertUrl, "Suspicious Cmd Execution via WMI"],
      [sessionUrl, "NORDWIND\\adm-lena on srv-02.nordwind.example"],
      [userUrl, "NORDWIND\\adm-lena"],
      [hostUrl, "srv-02.nordwind.example"],
    ] as const) {
      const fresh = await visit.open(new URL(url).pathname, { theme: "dark" });
      await heading(fresh, title).waitFor();
    }
  });

  it("lead from the session in which other credentials were used on to the one that they opened", async () => {
    const page = await visit.open("/users");
    await page.getByRole("link", { name: "NORDWIND\\tomas.eriksen" }).click();
    await heading(page, "NORDWIND\\tomas.eriksen").waitFor();
    const explicit = page.getByRole("row").filter({ hasText: "explicit credentials" });
    await explicit.getByRole("link", { name: "open" }).first().click();
    await heading(page, "NORDWIND\\tomas.eriksen on ws-07.nordwind.example").waitFor();
    const chain = page.getByRole("list", { name: "From the opening logon to outbound logons" });
    await chain
      .getByRole("link", { name: /on srv-02\.nordwind\.example/ })
      .first()
      .click();
    await heading(page, "NORDWIND\\adm-lena on srv-02.nordwind.example").waitFor();
    await page.goBack();
    await heading(page, "NORDWIND\\tomas.eriksen on ws-07.nordwind.example").waitFor();
  });
});
