import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { violations } from "./axe.ts";
import { inBrowser, settled, type Visit } from "./harness.ts";
import { giveReason, openAlert, verdictBar } from "./workbench-pages.ts";

const others = (page: Page) => page.getByRole("list", { name: "Also looking at this incident" });
const answerForm = (page: Page) => page.getByRole("group", { name: /^Answer to: / });
const note = (page: Page) => page.getByRole("main").getByRole("textbox", { name: "Note", exact: true });

/** A browser in which somebody new is signed in. */
async function signInAs(visit: Visit, admin: Page, name: string, role: string): Promise<Page> {
  const { origin } = new URL(admin.url());
  const added = await admin.request.post(`${origin}/api/v1/people`, {
    headers: { origin },
    data: { userName: name.toLowerCase().replace(" ", "-"), name, role },
  });
  expect(added.status()).toBe(200);
  const page = await visit.openEmpty();
  await page.goto((await added.json()).link);
  await settled(page);
  return page;
}

/** Opens the same alert at the same step. */
async function join(page: Page, other: Page): Promise<void> {
  await page.goto(other.url());
  await page.getByRole("tree", { name: "Process lineage" }).waitFor();
  await settled(page);
}

inBrowser("two people on one incident", (visit) => {
  it("see each other and what the other does, and nobody overwrites the other unseen", async () => {
    // The refusals.
    visit.expectComplaint(/status of 409/);
    const robin = await visit.open("/queue");
    const kim = await signInAs(visit, robin, "Kim Sand", "analyst");
    await openAlert(robin, "srv-02", "adm-lena");
    await answerForm(robin).waitFor();
    await join(kim, robin);

    await others(robin).getByText("Kim Sand, since").waitFor();
    await others(kim).getByText("robin, since").waitFor();
    expect(await others(robin).getByRole("listitem").count()).toBe(1);
    expect(await violations(robin)).toEqual([]);

    // Kim writes a note about the first question, which Robin answers meanwhile.
    await note(kim).fill("seen at the desk of the user");
    await robin.keyboard.press("2");
    await giveReason(robin, robin.getByRole("button", { name: "Next question" }));
    await kim.getByRole("tab", { name: /^Steps 1\/6$/ }).waitFor();
    await answerForm(kim)
      .getByRole("button", { name: /^raises/ })
      .click();
    await kim.getByText("robin answered").waitFor();
    expect(await note(kim).inputValue()).toBe("seen at the desk of the user");
    expect(await violations(kim)).toEqual([]);
    await kim.getByRole("button", { name: "Keep theirs" }).click();

    // Kim is about to close the incident when Robin answers another question.
    await verdictBar(kim).getByRole("button", { name: "Close…" }).click();
    const dialog = kim.getByRole("dialog", { name: /^Close / });
    await dialog.getByRole("radio", { name: /^Benign/ }).check();
    await dialog.getByRole("textbox", { name: "Note" }).fill("planned work");
    await robin.getByRole("button", { name: "Next question" }).click();
    await robin.keyboard.press("1");
    await giveReason(robin, robin.getByRole("button", { name: "Next question" }));
    await kim.getByRole("tab", { name: /^Steps 2\/6$/, includeHidden: true }).waitFor();
    await dialog.getByRole("button", { name: /^Close (alert|\d+ alerts)$/ }).click();
    await dialog.getByText("Changed by somebody else").waitFor();
    await dialog.getByText(/^robin answered/).waitFor();
    expect(await dialog.getByRole("textbox", { name: "Note" }).inputValue()).toBe("planned work");
    expect(await violations(kim)).toEqual([]);
    await dialog.getByRole("button", { name: "Keep theirs" }).click();

    await kim.close();
    await others(robin).waitFor({ state: "detached" });
  });

  it("are told of alerts that another process adds, and rows move only when asked", async () => {
    const page = await visit.open("/queue");
    const opened = await openSqliteStore(visit.product.config.store);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const store = opened.value;
    try {
      const [alert] = (await store.alerts.find({ limit: 1, buildingBlock: false })).items;
      if (alert === undefined) {
        throw new Error("the sample has no alerts");
      }
      const added = { ...alert, id: "added", host: "added.example", processKey: "added", rootKey: "added" };
      await store.write(({ alerts }) => alerts.put({ ...added, originRootKey: undefined, status: "open" }));
    } finally {
      await store.close();
    }
    const news = page.getByRole("button", { name: "1 new alert: show" });
    await news.waitFor();
    expect(await page.getByRole("article").filter({ hasText: "added.example" }).count()).toBe(0);
    await news.click();
    await news.waitFor({ state: "detached" });
  });

  it("see on the page of a rule that the other has turned it off, and keep what they were asked", async () => {
    const path = "/rules/12f07955-1674-44f7-86b5-c35da0a6f41a";
    const robin = await visit.open(path);
    const ines = await signInAs(visit, robin, "Ines Vogt", "author");
    await ines.goto(robin.url());
    const state = (page: Page) => page.getByRole("switch", { name: "Enabled" });
    const dialog = (page: Page) => page.getByRole("dialog", { name: /^Disable / });
    await state(ines).focus();
    await ines.keyboard.press("Space");
    await state(robin).focus();
    await robin.keyboard.press("Space");
    await dialog(robin).getByRole("textbox", { name: "Note" }).fill("too loud");
    await dialog(robin).getByRole("button", { name: "Disable" }).click();
    await ines.getByText("This rule is disabled and raises no alerts.").waitFor();

    visit.expectComplaint(/status of 409/);
    await dialog(ines).getByRole("textbox", { name: "Note" }).fill("too many alerts");
    await dialog(ines).getByRole("button", { name: "Disable" }).click();
    await dialog(ines).getByText("Changed by somebody else").waitFor();
    expect(await dialog(ines).getByRole("textbox", { name: "Note" }).inputValue()).toBe("too many alerts");
    expect(await violations(ines)).toEqual([]);
  });

  it("have one stream per browser, however many tabs are open, and the next tab takes it over", async () => {
    const admin = await visit.open("/queue");
    const first = await signInAs(visit, admin, "Tom Berg", "viewer");
    const streams: string[] = [];
    first.context().on("request", (request) => {
      if (request.url().includes("/api/v1/changes")) {
        streams.push(request.url());
      }
    });
    await first.reload();
    await settled(first);
    await expect.poll(() => streams.length).toBe(1);
    const tabs: Page[] = [];
    for (let count = 0; count < 7; count += 1) {
      const tab = await first.context().newPage();
      await tab.goto(first.url());
      await settled(tab);
      tabs.push(tab);
    }
    expect(streams.length).toBe(1);

    // What somebody else does shows in a tab that has no stream of its own.
    const last = tabs.at(-1) ?? first;
    await openAlert(admin, "srv-02", "svc-inventory");
    await last.bringToFront();
    await last.goto(admin.url());
    await others(last).getByText("robin, since").waitFor();
    await others(admin).getByText("Tom Berg, since").waitFor();
    await first.close();
    await admin.keyboard.press("1");
    await giveReason(admin, admin.getByRole("button", { name: "Next question" }));
    await last.getByRole("tab", { name: /^Steps 1\// }).waitFor();
    await others(last).getByText("robin, since").waitFor();
  });
});
