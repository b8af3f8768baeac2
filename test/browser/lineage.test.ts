import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { alertId } from "../../web/src/test/fixtures/lineage.ts";
import { workbenchApi } from "../../web/src/test/fixtures/workbench-api.ts";
import { opaqueId, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { violations } from "./axe.ts";
import { serveFakeApi } from "./fake-api.ts";
import { inBrowser, settled } from "./harness.ts";
import { incident, openAlert } from "./workbench-pages.ts";

const tree = (page: Page) => page.getByRole("tree", { name: "Process lineage" });
const row = (page: Page, name: RegExp) => tree(page).getByRole("treeitem", { name });
const selected = (page: Page) => tree(page).getByRole("treeitem", { selected: true });
const details = (page: Page) => page.getByRole("region", { name: /^Details/ });

inBrowser("the family tree", (visit) => {
  const openMadeUp = async (path = ""): Promise<Page> => {
    const page = await visit.open("/audit");
    await serveFakeApi(page, workbenchApi());
    await page.goto(new URL(`/alerts/${alertId}${path}`, page.url()).href);
    await settled(page);
    return page;
  };

  it("hangs a process below another of its possible parents, and back", async () => {
    const page = await openMadeUp();
    const child = row(page, /net1\.exe/);
    const level = Number(await child.getAttribute("aria-level"));
    await child.getByText("parent ambiguous").click();
    const fitting = details(page).getByRole("list", { name: "Parents that fit" });
    await fitting.getByText("shown").waitFor();
    expect(await violations(page)).toEqual([]);
    await fitting.getByRole("button", { name: "Hang it here: below cmd.exe 2828" }).click();
    await row(page, /net1\.exe.*parent chosen by mika/).waitFor();
    await expect.poll(() => row(page, /net1\.exe/).getAttribute("aria-level")).toBe(String(level - 1));
    await details(page).getByText("Chosen by mika").waitFor();
    await details(page).getByRole("button", { name: "Take the choice back" }).click();
    await row(page, /net1\.exe.*parent ambiguous/).waitFor();
    await expect.poll(() => row(page, /net1\.exe/).getAttribute("aria-level")).toBe(String(level));
  });

  it("selects the process that took the place of a placeholder, when an address names the old key", async () => {
    const page = await openMadeUp("?node=formerly");
    await tree(page)
      .getByRole("treeitem", { name: /net1\.exe/, selected: true })
      .waitFor();
    await details(page).getByText("net1.exe").first().waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("is seen by a colleague as it was left: opened, searched, marked; and undone step by step", async () => {
    const page = await openMadeUp();
    const before = await tree(page).getByRole("treeitem").count();
    await tree(page).getByText("36 more children of 37: load").click();
    await tree(page).getByText("24 more children of 37: load").waitFor();
    await page.keyboard.press("n");
    await row(page, /whoami\.exe.*new/).waitFor();
    await page.getByText(/compared with [\d,]+ other runs/).waitFor();
    await page.keyboard.press("f");
    await page.keyboard.type("svchost");
    await page.keyboard.press("Tab");
    await page.waitForURL(/find=svchost/);
    const lines = (of: Page) => tree(of).getByRole("treeitem").allTextContents();
    await expect.poll(async () => (await lines(page)).length).toBeLessThan(before);
    const seen = await lines(page);
    const colleague = await openMadeUp(new URL(page.url()).search);
    await colleague.getByText(/lines hidden by the filter/).waitFor();
    await expect.poll(() => lines(colleague)).toEqual(seen);
    expect(await violations(colleague)).toEqual([]);

    await tree(page).focus();
    await page.keyboard.press("z");
    await page.waitForURL((url) => !url.search.includes("find="));
    await page.keyboard.press("z");
    await page.waitForURL((url) => !url.search.includes("mark="));
    await page.keyboard.press("z");
    await tree(page).getByText("36 more children of 37: load").waitFor();
    await expect.poll(() => tree(page).getByRole("treeitem").count()).toBe(before);
    await expect.poll(() => page.getByRole("button", { name: /^Undo/ }).isDisabled()).toBe(true);
  });

  it("tells what is new beside other runs, and which relatives stayed quiet", async () => {
    const page = await openMadeUp();
    await details(page).getByText("Beside other runs").click();
    const kinds = details(page).getByRole("table", { name: "Kinds of children" });
    await kinds.getByRole("row", { name: /new whoami\.exe.*0 of 12.*0 of 200/ }).waitFor();
    await details(page)
      .getByText(/Usual, but not here/)
      .waitFor();
    await details(page).getByText("Quiet relatives").click();
    await details(page).getByText("2 of 2 processes that raised no alert").waitFor();
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

inBrowser("a work item over several hosts", (visit) => {
  it("is walked from the command on one host to what it caused on another, in tree and graph", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example", { height: 1400 });
    await openAlert(page, "srv-02", "adm-lena");
    const crumbs = page.getByRole("navigation", { name: "Where it happened" });
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
    await details(page).getByText("Across hosts").waitFor();
    await details(page)
      .getByRole("button", { name: /^WMIC\.exe \d+ on ws-07/ })
      .waitFor();
    await page.keyboard.press("g");
    await page.getByRole("img", { name: /^Process graph of \d+ processes/ }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save everything as SVG" }).click();
    const stream = await (await download).createReadStream();
    const svg = (await stream.toArray()).map(String).join("");
    for (const told of ["WMIC.exe", "ws-07.nordwind.example", "srv-02.nordwind.example", "WmiPrvSE.exe"]) {
      expect(svg).toContain(told);
    }
    expect(await violations(page)).toEqual([]);
  });

  it("lets go of one alert with a reason, and takes it back", async () => {
    const page = await visit.open("/queue");
    await incident(page, "srv-02", "adm-lena").getByRole("link").first().click();
    await page.getByRole("button", { name: /in this item$/ }).waitFor();
    await settled(page);
    await page.keyboard.press("i");
    const dialog = page.getByRole("dialog", { name: "Work item" });
    await dialog.getByText(/alerts that hang together by their lineage, on srv-02.*, srv-05.*, ws-07/).waitFor();
    const out = dialog.getByRole("button", { name: /^Take out: Remote WMI Command Attempt/ }).first();
    await out.click();
    await dialog.getByRole("textbox", { name: "Why it does not belong here" }).fill("a planned change");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Take it out" }).click();
    const apart = dialog.getByRole("list", { name: "Alerts that were taken out" });
    await apart.getByText("taken out by robin: a planned change").waitFor();
    await dialog.getByText("taken out of the work item").waitFor();
    await apart.getByRole("button", { name: /^Put back/ }).click();
    await apart.waitFor({ state: "detached" });
    await dialog.getByText("put back into the work item").waitFor();
  });
});

inBrowser(
  "a parent that the records leave open",
  (visit) => {
    it("is switched, told of in history and audit trail, and switched back", async () => {
      const { store, rules } = visit.product.workbench;
      const host = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
      await ingestEvents(store, rules.current.detector, [
        sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: host }),
        sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: host }),
        securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: host, commandLine: "cmd.exe /c ver" }),
      ]);
      const page = await visit.open("/queue");
      await page.getByRole("link", { name: "Process Execution via WMI" }).first().click();
      await row(page, /cmd\.exe.*parent ambiguous/).waitFor();
      await settled(page);
      const fitting = details(page).getByRole("list", { name: "Parents that fit" });
      await fitting.getByText("shown").waitFor();
      await fitting.getByRole("button", { name: /^Hang it here: below WmiPrvSE\.exe 10, started/ }).click();
      await row(page, /cmd\.exe.*parent chosen by robin/).waitFor();
      await page.getByRole("button", { name: "History" }).click();
      const history = page.getByRole("dialog", { name: "History of the alert" });
      await history.getByText("parent chosen").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await history.waitFor({ state: "detached" });
      await details(page).getByRole("button", { name: "Take the choice back" }).click();
      await row(page, /cmd\.exe.*parent ambiguous/).waitFor();
      await page.goto(new URL("/audit", page.url()).href);
      const trail = page.getByRole("table", { name: "Audit records" });
      await trail.getByRole("row", { name: /robin parent chosen/ }).waitFor();
      await trail.getByRole("row", { name: /robin choice of parent taken back/ }).waitFor();
      await page.getByText(/The chain of \d+ records is intact/).waitFor();
    });
  },
  { STEMMA_SAMPLE: "off" },
);
