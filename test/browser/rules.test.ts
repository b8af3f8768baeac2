import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled, type Visit } from "./harness.ts";

const toml = (version: number, name: string) =>
  `[rule]\nrule_id = "journey"\nname = "Journey"\nversion = ${version}\nseverity = "low"\nrisk_score = 21\ntype = "eql"\nlanguage = "eql"\nquery = '''\nprocess where process.name : "${name}"\n'''\n`;

/** A rule folder next to the database, with one rule. */
async function ruleFolder(visit: Visit, name: string): Promise<string> {
  const folder = join(visit.product.folder, name);
  await mkdir(folder);
  await writeFile(join(folder, "journey.toml"), toml(1, "cmd.exe"));
  return folder;
}

inBrowser("rules as people manage them", (visit) => {
  it.each([
    ["the list", "/rules?severity=high&sort=alerts", "Rules"],
    ["the quality report", "/rules/report?finding=silent", "Rule quality"],
    ["the folders", "/rules/folders", "Rule folders"],
    ["the editor", "/rules/new", "New rule"],
    ["a comparison of nothing", "/rules/compare", "Compare rules"],
  ])("%s can be used by everybody, in the dark and on a small screen too", async (_, path, title) => {
    const page = await visit.open(path, { theme: "dark", width: 420 });
    await heading(page, title).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a folder is added, its rule is changed and reloaded, and both versions are compared in text and hits", async () => {
    const folder = await ruleFolder(visit, "compared");
    const page = await visit.open("/rules/folders");
    await page.getByRole("textbox", { name: /Folder to add/ }).fill(folder);
    await page.getByRole("textbox", { name: /Note/ }).fill("our own");
    await page.getByRole("button", { name: "Add folder" }).click();
    await page.getByRole("button", { name: `Remove ${folder}` }).waitFor();
    await writeFile(join(folder, "journey.toml"), toml(2, "powershell.exe"));
    await page.getByRole("button", { name: "Reload all" }).click();
    await page
      .getByRole("row", { name: new RegExp(folder) })
      .getByRole("link", { name: "1" })
      .click();
    await page.getByRole("link", { name: "Journey" }).click();
    await heading(page, "Journey").waitFor();
    await page.getByRole("table", { name: "Versions" }).getByRole("cell", { name: "previous" }).waitFor();
    await page.getByRole("button", { name: "Compare side by side" }).click();
    await page.getByRole("region", { name: "Text" }).getByText('process where process.name : "cmd.exe"').waitFor();
    await page.getByRole("button", { name: "Run both" }).click();
    await page.getByText("counts are exact").waitFor();
    const rows = page.getByRole("table", { name: "Hits of left only" }).getByRole("row");
    await expect.poll(() => rows.count()).toBeGreaterThan(1);
    expect(await violations(page)).toEqual([]);
  });

  it("a folder that is not there is refused in words, and what was typed is kept", async () => {
    visit.expectComplaint(/status of 400/);
    const page = await visit.open("/rules/folders");
    const path = page.getByRole("textbox", { name: /Folder to add/ });
    const missing = join(visit.product.folder, "missing");
    await path.fill(missing);
    await page.getByRole("textbox", { name: /Note/ }).fill("our own");
    await page.getByRole("button", { name: "Add folder" }).click();
    await page
      .getByRole("alert")
      .getByText(/no such folder on the server/)
      .waitFor();
    expect(await path.inputValue()).toBe(missing);
    expect(await violations(page)).toEqual([]);
  });

  it("the filters of the list open by key and can be used by everybody", async () => {
    const page = await visit.open("/rules");
    await page.getByRole("combobox", { name: "Language" }).press("ArrowDown");
    await page.getByRole("option", { name: /^Sigma \(\d+\)$/ }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a rule is disabled and enabled again, and the audit trail records both", async () => {
    const page = await visit.open("/rules?text=comsvcs");
    const toggle = page.getByRole("switch", { name: /comsvcs.* enabled/ });
    await toggle.click({ force: true });
    await page.getByRole("textbox", { name: /Note/ }).fill("too loud");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await expect.poll(() => toggle.isChecked()).toBe(false);
    await page.getByRole("link", { name: /comsvcs/ }).click();
    await page.getByText("This rule is disabled").waitFor();
    await page.getByRole("switch", { name: "Enabled" }).click({ force: true });
    await page.getByRole("textbox", { name: /Note/ }).fill("quiet again");
    await page.getByRole("dialog").getByRole("button", { name: "Enable" }).click();
    await page.getByText("This rule is disabled").waitFor({ state: "detached" });
    await page.goto(new URL("/audit", visit.product.workbench.url).href);
    await settled(page);
    await page.getByText("rule enabled").first().waitFor();
    await page.getByText("rule disabled").first().waitFor();
  });

  it("the page of a rule shows its structure, shared indicators, and the event types that can satisfy it", async () => {
    const page = await visit.open("/rules/f59668de-caa0-4b84-94c1-3a1549e1e798");
    await heading(page, "WMIC Remote Command").waitFor();
    await settled(page);
    await page.getByRole("region", { name: "Stages and predicates" }).getByText('process.name : "WMIC.exe"').waitFor();
    await page.getByRole("table", { name: "Exclusions" }).getByText("*/node:localhost*").waitFor();
    await page
      .getByRole("table", { name: "Data-source coverage" })
      .getByRole("cell", { name: "security 4688" })
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page
      .getByRole("row", { name: /WMIC\.exe/ })
      .getByRole("link")
      .first()
      .click();
    await page.getByText("Rules with indicator").waitFor();
    await page.getByRole("link", { name: "Remote WMI Command Attempt" }).waitFor();
  });

  it("the guide of a rule's author is laid out as far as it is safe, its beginning first, and references are links", async () => {
    const folder = await ruleFolder(visit, "guided");
    const guide = `## Triage\n\n[words](javascript:alert(1)) [handbook](https://example.com/book) <img src=x onerror=alert(1)> hidden\u202Esign\n\n${"- Ask whether it was planned, and by whom it was.\n".repeat(60)}\n## Last resort\n\nIsolate the host.`;
    const more = `references = ["https://example.org/report", "a book"]\nnote = '''\n${guide}\n'''\n`;
    await writeFile(
      join(folder, "guided.toml"),
      toml(1, "guided.exe").replace("[rule]", `[rule]\n${more}`).replace('"journey"', '"guided"'),
    );
    await visit.product.workbench.rules.addFolder(folder, { actor: { name: "robin" }, note: "a test" });
    const page = await visit.open("/rules/guided");
    const region = page.getByRole("region", { name: "Guide" });
    await region.getByRole("heading", { level: 3, name: "Triage" }).waitFor();
    await region.getByText("[words](javascript:alert(1))").waitFor();
    await region.getByText("<img src=x onerror=alert(1)>").waitFor();
    await region.getByText("U+202E", { exact: true }).waitFor();
    const links = await region.locator("a[target]").all();
    expect(await Promise.all(links.map((link) => link.getAttribute("href")))).toEqual(["https://example.com/book"]);
    expect(await links[0]?.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(await region.locator("img").count()).toBe(0);
    const last = region.getByRole("heading", { level: 3, name: "Last resort" });
    expect(await last.count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await region.getByRole("button", { name: /^Show all [\d,]+ characters$/ }).click();
    await last.waitFor();
    const references = page.getByRole("region", { name: "References" });
    expect(await references.getByRole("link").count()).toBe(1);
    await references.getByText("a book").waitFor();
  });

  it("a draft is checked while it is typed, tried on the stored events, and saved into a folder", async () => {
    const folder = await ruleFolder(visit, "written");
    await visit.product.workbench.rules.addFolder(folder, { actor: { name: "robin" }, note: "a test" });
    const page = await visit.open("/rules/new");
    const editor = page.getByRole("textbox", { name: "Rule", exact: true });
    await editor.fill("process where process.name = 1");
    await page.getByText(/^Line 1, column 28: /).waitFor();
    await page.locator(".cm-lintRange-error").waitFor();
    await editor.fill('process where process.parent.name : "WmiPrvSE.exe"');
    await page.getByText("No errors.").waitFor();
    await expect.poll(() => page.locator(".cm-lintRange-error").count()).toBe(0);
    await editor.press("Control+Enter");
    await page.getByText("counts are exact").waitFor();
    const hits = page.getByRole("table", { name: "Hits" }).getByRole("row");
    await expect.poll(() => hits.count()).toBeGreaterThan(1);
    await editor.press("Control+End");
    await editor.pressSequentially(" and process.na");
    await page.getByRole("option", { name: "process.name", exact: true }).waitFor();
    await page.getByText("The rule has changed since. These are the hits of the previous text.").waitFor();
    expect(await violations(page)).toEqual([]);
    await editor.fill('process where process.parent.name : "WmiPrvSE.exe"');
    await page.getByText("The rule has changed since").waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Started over WMI");
    await page.getByRole("combobox", { name: "Rule folder" }).click();
    await page.getByRole("option", { name: folder }).click();
    const name = page.getByRole("textbox", { name: "File name" });
    await expect.poll(() => name.inputValue()).toBe("started_over_wmi.toml");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Note" }).fill("seen in incident 17");
    await page.getByRole("button", { name: "Save and load" }).click();
    await page.getByRole("link", { name: "Open rule" }).click();
    await heading(page, "Started over WMI").waitFor();
    expect(await readFile(join(folder, "started_over_wmi.toml"), "utf8")).toContain(
      'process.parent.name : "WmiPrvSE.exe"',
    );
  });
});
