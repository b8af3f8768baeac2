import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { alertId } from "../../web/src/test/fixtures/lineage.ts";
import { workbenchApi } from "../../web/src/test/fixtures/workbench-api.ts";
import { opaqueId, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { violations } from "./axe.ts";
import { inBrowser, settled } from "./harness.ts";
import { incident, openAlert } from "./workbench-pages.ts";

const tree = (page: Page) => page.getByRole("tree", { name: "Process lineage" });
const row = (page: Page, name: RegExp) => tree(page).getByRole("treeitem", { name });
const selected = (page: Page) => tree(page).getByRole("treeitem", { selected: true });
const details = (page: Page) => page.getByRole("region", { name: /^Details/ });

inBrowser("the lineage of a process", (visit) => {
  const openMadeUp = (query = "") => visit.openMadeUp(`/alerts/${alertId}${query}`, workbenchApi());

  it("moves a process to another possible parent and back", async () => {
    const page = await openMadeUp();
    const child = row(page, /net1\.exe/);
    const level = Number(await child.getAttribute("aria-level"));
    await child.getByText("parent ambiguous").click();
    const possible = details(page).getByRole("list", { name: "Possible parents" });
    await possible.getByText("current").waitFor();
    expect(await violations(page)).toEqual([]);
    await possible.getByRole("button", { name: "Choose as parent: cmd.exe 2828" }).click();
    await row(page, /net1\.exe.*parent chosen by mika/).waitFor();
    await expect.poll(() => row(page, /net1\.exe/).getAttribute("aria-level")).toBe(String(level - 1));
    await details(page).getByText("Chosen by mika").waitFor();
    await details(page).getByRole("button", { name: "Restore computed parent" }).click();
    await row(page, /net1\.exe.*parent ambiguous/).waitFor();
    await expect.poll(() => row(page, /net1\.exe/).getAttribute("aria-level")).toBe(String(level));
  });

  it("selects the process that replaced a placeholder whose key is in the address", async () => {
    const page = await openMadeUp("?node=formerly");
    await tree(page)
      .getByRole("treeitem", { name: /net1\.exe/, selected: true })
      .waitFor();
    await details(page).getByText("net1.exe").first().waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("looks the same to a colleague who opens its address, and is undone step by step", async () => {
    const page = await openMadeUp();
    const before = await tree(page).getByRole("treeitem").count();
    await tree(page).getByText("36 of 37 children not loaded: load more").click();
    await tree(page).getByText("24 of 37 children not loaded: load more").waitFor();
    await page.keyboard.press("n");
    await row(page, /whoami\.exe.*first seen/).waitFor();
    await page.getByText(/compared with [\d,]+ other runs/).waitFor();
    await page.keyboard.press("f");
    await page.keyboard.type("svchost");
    await page.keyboard.press("Tab");
    await page.waitForURL(/find=svchost/);
    const rows = (of: Page) => tree(of).getByRole("treeitem").allTextContents();
    await expect.poll(async () => (await rows(page)).length).toBeLessThan(before);
    const shared = await rows(page);
    const colleague = await openMadeUp(new URL(page.url()).search);
    await colleague.getByText(/rows hidden by the filter/).waitFor();
    await expect.poll(() => rows(colleague)).toEqual(shared);
    expect(await violations(colleague)).toEqual([]);

    await tree(page).focus();
    await page.keyboard.press("z");
    await page.waitForURL((url) => !url.search.includes("find="));
    await page.keyboard.press("z");
    await page.waitForURL((url) => !url.search.includes("mark="));
    await page.keyboard.press("z");
    await tree(page).getByText("36 of 37 children not loaded: load more").waitFor();
    await expect.poll(() => tree(page).getByRole("treeitem").count()).toBe(before);
    await expect.poll(() => page.getByRole("button", { name: /^Undo/ }).isDisabled()).toBe(true);
  });

  it("compares a process with other runs and lists related processes without alerts", async () => {
    const page = await openMadeUp();
    await details(page).getByText("Compared with other runs").click();
    const children = details(page).getByRole("table", { name: "Child processes" });
    await children.getByRole("row", { name: /first seen whoami\.exe.*0 of 12.*0 of 200/ }).waitFor();
    await details(page)
      .getByText(/Common, but missing here/)
      .waitFor();
    await details(page).getByText("Related processes without alerts").click();
    await details(page).getByText("2 of 2 processes, most reasons first.").waitFor();
    await details(page)
      .getByRole("button", { name: /^Pin mmc\.exe/ })
      .click();
    await page
      .getByRole("list", { name: "Pinned evidence" })
      .getByText(/mmc\.exe/)
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

inBrowser("an incident across several hosts", (visit) => {
  it("leads from a command on one host to the processes it caused on another, in tree and graph", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example", { height: 1400 });
    await openAlert(page, "srv-02", "adm-lena");
    const crumbs = page.getByRole("navigation", { name: "Process path" });
    await crumbs.getByRole("link", { name: "ws-07.nordwind.example" }).waitFor();
    await crumbs.getByRole("button", { name: "WMIC.exe" }).first().click();
    await tree(page).focus();
    await expect.poll(() => selected(page).textContent()).toMatch(/WMIC\.exe/);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => selected(page).textContent()).toMatch(/logon to srv-02/);
    await page.keyboard.press("Enter");
    await tree(page)
      .getByRole("treeitem", { selected: true, name: /cmd\.exe.*from ws-07/ })
      .waitFor();
    await details(page).getByText("Logons across hosts").waitFor();
    await details(page)
      .getByRole("button", { name: /^WMIC\.exe \d+ on ws-07/ })
      .waitFor();
    await page.keyboard.press("g");
    await page.getByRole("img", { name: /^Process graph of \d+ processes/ }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the whole graph as SVG" }).click();
    const stream = await (await download).createReadStream();
    const svg = (await stream.toArray()).map(String).join("");
    for (const text of ["WMIC.exe", "ws-07.nordwind.example", "srv-02.nordwind.example", "WmiPrvSE.exe"]) {
      expect(svg).toContain(text);
    }
    expect(await violations(page)).toEqual([]);
  });

  it("removes an alert with a reason and restores it", async () => {
    const page = await visit.open("/queue");
    await incident(page, "srv-02", "adm-lena").getByRole("link").first().click();
    // Until then the queue is shown, whose row has a button of that name.
    await page.getByRole("tree", { name: "Process lineage" }).waitFor();
    await settled(page);
    await page.getByRole("button", { name: /^33 alerts/ }).click();
    const dialog = page.getByRole("dialog", { name: "Incident" });
    await dialog.getByText(/alerts of one activity, on srv-02.*, srv-05.*, ws-07/).waitFor();
    const remove = dialog
      .getByRole("button", { name: /^Remove from this incident: Remote WMI Command Attempt/ })
      .first();
    await remove.click();
    await dialog.getByRole("textbox", { name: "Reason for removal" }).fill("a planned change");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Remove", exact: true }).click();
    const removed = dialog.getByRole("list", { name: "Removed alerts" });
    await removed.getByText("removed by robin: a planned change").waitFor();
    await removed.getByRole("button", { name: /^Restore/ }).click();
    await removed.waitFor({ state: "detached" });
    await dialog.getByRole("tab", { name: "History" }).click();
    await dialog.getByText("removed from the incident").waitFor();
    await dialog.getByText("restored to the incident").waitFor();
  });
});

inBrowser(
  "an ambiguous parent",
  (visit) => {
    it("is chosen and restored, which history and audit trail show", async () => {
      const { store, rules } = visit.product.workbench;
      const host = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
      await ingestEvents(store, rules.current.detector, [
        sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: host }),
        sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: host }),
        securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: host, commandLine: "cmd.exe /c ver" }),
      ]);
      // The incident of the former parent is gone, which a page that is refreshing at that moment is told.
      visit.expectComplaint(/status of 404 .*\/api\/v1\/incidents\//);
      const page = await visit.open("/queue");
      await page.getByRole("link", { name: "Process Execution via WMI" }).first().click();
      await row(page, /cmd\.exe.*parent ambiguous/).waitFor();
      await settled(page);
      const possible = details(page).getByRole("list", { name: "Possible parents" });
      await possible.getByText("current").waitFor();
      await possible.getByRole("button", { name: /^Choose as parent: WmiPrvSE\.exe 10, started/ }).click();
      await row(page, /cmd\.exe.*parent chosen by robin/).waitFor();
      await page.getByRole("region", { name: "Alert", exact: true }).getByRole("button").click();
      const history = page.getByRole("dialog", { name: "Alert history" });
      await history.getByText("parent chosen").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await history.waitFor({ state: "detached" });
      await details(page).getByRole("button", { name: "Restore computed parent" }).click();
      await row(page, /cmd\.exe.*parent ambiguous/).waitFor();
      await page.goto(new URL("/audit", page.url()).href);
      const trail = page.getByRole("table", { name: "Audit records" });
      await trail.getByRole("row", { name: /robin.*parent chosen/ }).waitFor();
      await trail.getByRole("row", { name: /robin.*choice of parent reverted/ }).waitFor();
      await page.getByText(/Audit chain verified \(\d+ records\)/).waitFor();
    });
  },
  { STEMMA_SAMPLE: "off" },
);
