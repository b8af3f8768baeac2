import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";
import { openAlert, verdictBar } from "./workbench-pages.ts";

const hunt = (query: string) => `/hunt?${new URLSearchParams({ language: "eql", query })}`;

inBrowser("every page, light and dark", (visit) => {
  const plain: readonly (readonly [name: string, path: string, title: string | RegExp])[] = [
    ["the queue", "/queue", "Queue"],
    ["the queue that filters have emptied", "/queue?text=nothing+like+this", "Queue"],
    ["hosts", "/hosts", "Hosts"],
    ["a host", "/hosts/srv-02.nordwind.example", "srv-02.nordwind.example"],
    ["users", "/users", "Users"],
    ["a user", "/users/nordwind%5Cadm-lena", "NORDWIND\\adm-lena"],
    ["a hunt with results", hunt('process where process.parent.name : "WmiPrvSE.exe"'), "Hunt"],
    ["rules", "/rules", "Rules"],
    ["exceptions", "/exceptions", "Exceptions"],
    ["playbooks", "/playbooks", "Playbooks"],
    ["ingest", "/ingest", "Ingest"],
    ["the audit trail", "/audit", "Audit trail"],
    ["an address that leads nowhere", "/nowhere", "There is no such page"],
  ];

  it.each(plain)("%s can be used by everybody", async (_, path, title) => {
    const page = await visit.open(path);
    await heading(page, title).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a rule can be used by everybody", async () => {
    const page = await visit.open("/rules");
    await page.getByRole("link", { name: "Suspicious Cmd Execution via WMI" }).first().click();
    await heading(page, /^Suspicious Cmd Execution via WMI/).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a hunt that was not understood keeps the text, shows the place, and can be used by everybody", async () => {
    visit.expectComplaint(/status of 400/);
    const page = await visit.open("/hunt");
    await page.getByRole("textbox", { name: "Query" }).fill("process where process.parent.name == ");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page
      .getByRole("alert")
      .getByText(/line 1, column 3\d/)
      .waitFor();
    expect(await page.getByRole("textbox", { name: "Query" }).inputValue()).toBe(
      "process where process.parent.name == ",
    );
    expect(await violations(page)).toEqual([]);
  });

  it("the workbench, its dialogs, the session and the exception builder can be used by everybody", async () => {
    const found: Record<string, readonly string[]> = {};
    const check = async (page: Page, name: string) => {
      await settled(page);
      const violated = await violations(page);
      if (violated.length > 0) {
        found[name] = violated;
      }
    };
    const page = await visit.open("/queue");
    await openAlert(page, "srv-02", "adm-lena");
    await check(page, "tree");
    for (const view of ["Graph", "Table", "Timeline"]) {
      await page.getByRole("tab", { name: view }).click();
      await page.getByRole("tab", { name: view, selected: true }).waitFor();
      await check(page, view);
    }
    for (const part of ["Closing", "Response"]) {
      await page.getByRole("tab", { name: part }).click();
      await check(page, part);
    }
    for (const [button, title] of [
      ["Close…", "Close the alert"],
      ["Escalate…", "Escalate the alert"],
    ] as const) {
      await verdictBar(page).getByRole("button", { name: button }).click();
      await page.getByRole("dialog", { name: title }).waitFor();
      await check(page, title);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: title }).waitFor({ state: "detached" });
    }
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await check(page, "keyboard help");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Command or page" }).waitFor();
    await check(page, "palette");
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Command or page" }).waitFor({ state: "detached" });
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
  }, 180_000);
});
