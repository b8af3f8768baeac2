import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { inBrowser, settled } from "./harness.ts";
import { eachQuery, openAlert, openStep } from "./workbench-pages.ts";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const boxOf = async (part: Locator): Promise<Box> =>
  (await part.boundingBox()) ?? expect.fail(`is not on the page: ${String(part)}`);

const within = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x - 1 &&
  inner.y >= outer.y - 1 &&
  inner.x + inner.width <= outer.x + outer.width + 1 &&
  inner.y + inner.height <= outer.y + outer.height + 1;

const overlap = (a: Box, b: Box): boolean =>
  a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y + 1 < b.y + b.height && b.y + 1 < a.y + a.height;

const steps = (page: Page): Locator => page.locator("[data-steps]").getByRole("button");
const question = (page: Page): Locator =>
  page.getByRole("tabpanel", { name: /^Steps/ }).getByRole("heading", { level: 2 });
const answers = (page: Page): Locator => page.getByRole("group", { name: /^Answer to: / });

/** What has to be in sight together at a step, from top to bottom. */
async function partsOf(page: Page, query: Locator | undefined): Promise<Readonly<Record<string, Box>>> {
  const parts: Record<string, Box> = {
    question: await boxOf(question(page)),
    values: await boxOf(page.getByLabel("Values to look at")),
  };
  if (query !== undefined) {
    parts["outcome"] = await boxOf(query.locator("[data-outcome]"));
    const rows = query.getByRole("row");
    const found = await rows.count();
    for (let row = 0; row < Math.min(3, found); row += 1) {
      const { y, height } = await boxOf(rows.nth(row));
      parts[`row ${row}`] = { ...(await boxOf(query.getByRole("region", { name: /^Rows of/ }))), y, height };
    }
    if (found === 0) {
      parts["reason"] = await boxOf(query.locator("p").first());
    }
    parts["coverage"] = await boxOf(query.getByRole("img"));
  }
  parts["suggestion"] = await boxOf(page.getByText(/^(Suggested:|The evidence suggests)/));
  parts["answers"] = await boxOf(answers(page));
  parts["note"] = await boxOf(page.getByRole("textbox", { name: "Note" }));
  return parts;
}

/** Parts that are out of sight, that another one covers, or that overlap. */
function faultsOf(parts: Readonly<Record<string, Box>>, pane: Box): readonly string[] {
  const entries = Object.entries(parts);
  return [
    ...entries.filter(([, box]) => !within(box, pane)).map(([name, box]) => `${name} is cut: ${JSON.stringify(box)}`),
    ...entries.flatMap(([name, box], at) =>
      entries
        .slice(at + 1)
        .filter(([, other]) => overlap(box, other))
        .map(([other]) => `${name} and ${other} overlap`),
    ),
  ];
}

inBrowser("the playbook pane", (visit) => {
  it("has question, values, first results and answers in sight together at every step, in 1280 × 800", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    const faults: string[] = [];
    expect(await steps(page).count()).toBe(6);
    let seen = 0;
    for (let at = 0; at < 6; at += 1) {
      await openStep(steps(page).nth(at));
      await settled(page);
      const check = async (query: Locator | undefined) => {
        await query?.locator("[data-outcome]").waitFor();
        await page.getByText(/^(Suggested:|The evidence suggests)/).waitFor();
        const parts = await partsOf(page, query);
        const pane = await boxOf(page.getByRole("tabpanel", { name: /^Steps/ }));
        expect(within(pane, { x: 0, y: 0, width: 1280, height: 800 })).toBe(true);
        faults.push(...faultsOf(parts, pane).map((fault) => `step ${at + 1}: ${fault}`));
        seen += Number(query !== undefined);
      };
      await eachQuery(page, check);
      if ((await page.getByRole("region", { name: /^Query: / }).count()) === 0) {
        await check(undefined);
      }
    }
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    expect(seen).toBe(5);
  });

  it("does not move when results and suggestion arrive", async () => {
    const held = Promise.withResolvers<void>();
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    for (const late of ["**/playbook/queries/**", "**/suggestion**"]) {
      await page.route(late, async (route) => {
        await held.promise;
        await route.continue();
      });
    }
    await openAlertWithoutWaiting(page);
    const places = async () =>
      Promise.all(
        [
          question(page),
          page.getByLabel("Values to look at"),
          page.getByRole("region", { name: /^Query: / }),
          answers(page),
          page.getByRole("textbox", { name: "Note" }),
        ].map(boxOf),
      );
    // Its incident has what the answer counts for.
    await page.getByRole("button", { name: /^For / }).waitFor();
    const before = await places();
    held.resolve();
    await page
      .getByRole("region", { name: /^Query: / })
      .locator("[data-outcome]")
      .waitFor();
    await page.getByRole("complementary", { name: "Suggestion" }).waitFor();
    expect(await places()).toEqual(before);
  });

  it.each([
    [420, 800],
    [640, 400],
    [1920, 1080],
  ])("is one column or more that can be used in %i × %i", async (width, height) => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example", { width, height });
    await openAlertWithoutWaiting(page);
    if (width < 900) {
      await page.getByRole("tab", { name: "Playbook" }).click();
    }
    await answers(page).waitFor();
    await settled(page);
    for (const part of [
      question(page),
      page.getByRole("row").nth(1),
      answers(page).getByRole("button").first(),
      page.getByRole("textbox", { name: "Note" }),
    ]) {
      await part.scrollIntoViewIfNeeded();
      const box = await boxOf(part);
      expect(box.y + box.height / 2).toBeLessThan(height);
      // Nothing lies over it: a click would reach it.
      await part.click({ trial: true, position: { x: 12, y: box.height / 2 }, timeout: 20_000 });
    }
    expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  it("keeps the row with the focus in sight, below the heads of the columns", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await openStep(steps(page).nth(5));
    const region = page.getByRole("region", { name: /^Rows of/ });
    await region.waitFor();
    await page.keyboard.press("r");
    for (const key of ["End", "k", "k", "PageUp", "k", "k", "k", "k", "PageDown", "PageDown", "k", "Home"]) {
      await page.keyboard.press(key);
      const row = await boxOf(region.locator("[data-row]:focus"));
      const head = await boxOf(region.getByRole("row").first().getByRole("columnheader").nth(1));
      const around = await boxOf(region);
      expect(row.y, key).toBeGreaterThanOrEqual(head.y + head.height - 1);
      expect(row.y + row.height, key).toBeLessThanOrEqual(around.y + around.height + 1);
    }
  });

  it("opens a row in tree, timeline and Hunt by one key each, and Escape and Back return to it", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await openStep(steps(page).nth(4));
    const row = page.getByRole("row", { name: /nwupd\.exe/ });
    await row.waitFor();
    await page.keyboard.press("r");
    await page.keyboard.press("j");
    const isFocused = async () => (await row.and(page.locator(":focus")).count()) === 1;
    await expect.poll(isFocused).toBe(true);

    await page.keyboard.press("t");
    await page.getByRole("treeitem", { name: /nwupd\.exe/, selected: true }).waitFor();
    await page.locator("[role=tree]:focus").waitFor();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Escape");
    await expect.poll(isFocused).toBe(true);
    expect(page.url()).toContain("/alerts/");
    await page.getByRole("treeitem", { name: /cmd\.exe/, selected: true }).waitFor();

    await page.keyboard.press("l");
    await page.locator("[role=listbox]:focus").waitFor();
    await page.getByRole("option", { name: /nwupd\.exe/, selected: true }).waitFor();
    await page.goBack();
    await expect.poll(isFocused).toBe(true);
    await page.getByRole("tab", { name: "Tree", selected: true }).waitFor();

    await page.keyboard.press("q");
    await page.getByRole("heading", { level: 1, name: "Hunt" }).waitFor({ state: "attached" });
    await page.getByRole("table").getByText("nwupd.exe").first().waitFor();
    await page.goBack();
    await row.waitFor();
    await expect.poll(isFocused).toBe(true);

    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    for (const title of ["in the tree", "in the timeline"]) {
      await help.getByText(`Show the row of a result ${title}`).waitFor();
    }
    await help.getByText("Open the row of a result in Hunt").waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find anything" }).fill("row of a result in the timeline");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Timeline", selected: true }).waitFor();
  });
});

async function openAlertWithoutWaiting(page: Page): Promise<void> {
  const link = page
    .getByRole("article")
    .filter({ hasText: "NORDWIND\\adm-lena" })
    .filter({ hasText: "WmiPrvSE.exe › cmd.exe" })
    .getByRole("link", { name: "Suspicious Cmd Execution via WMI" })
    .first();
  await link.click();
  await page.waitForURL(/\/alerts\//);
}
