import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { Handlers } from "../../web/src/test/fake-api.ts";
import { alertDetail } from "../../web/src/test/fixtures/alert.ts";
import { alertId, at, neighbourhood, nodes, processNode } from "../../web/src/test/fixtures/lineage.ts";
import { storeDown, workbenchApi } from "../../web/src/test/fixtures/workbench-api.ts";
import { violations } from "./axe.ts";
import { inBrowser, settled, tryAgain } from "./harness.ts";

/** Failing, empty and overfull states, which real data does not produce on demand: the API is fake. */
inBrowser("the workbench at its limits", (visit) => {
  const openMadeUp = (path: string, handlers: Handlers = {}) =>
    visit.openMadeUp(path, { ...workbenchApi(), ...handlers });
  const tree = (page: Page) => page.getByRole("tree", { name: "Process lineage" });
  const note = (page: Page) => page.getByRole("textbox", { name: "Note" });

  it("keeps note, pins and answer when saving fails, and after a reload", async () => {
    visit.expectComplaint(/status of 503/);
    let down = true;
    const server = workbenchApi();
    const page = await openMadeUp(`/alerts/${alertId}?step=command`, {
      ...server,
      answer: (request) => (down ? storeDown() : server.answer(request)),
    });
    await note(page).fill("the console writes to ADMIN$");
    await page.getByRole("button", { name: "Use suggestion" }).click();
    await page.getByText("Not saved yet.").waitFor();
    await page.getByRole("button", { name: "Save “raises concern”" }).click();
    await page.getByRole("alert").getByText("The store does not answer").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await settled(page);
    await expect.poll(() => note(page).inputValue()).toBe("the console writes to ADMIN$");
    const pinned = page.getByRole("list", { name: "Pinned evidence" }).getByRole("listitem");
    await expect.poll(() => pinned.count()).toBe(1);
    down = false;
    await page.getByRole("button", { name: "Save “raises concern”" }).click();
    await page.getByText(/Saved by mika/).waitFor();
    await expect.poll(() => note(page).inputValue()).toBe("the console writes to ADMIN$");
  });

  it("follows arrow keys at any pace, puts the selection into the address, and undoes a collapse", async () => {
    const page = await openMadeUp(`/alerts/${alertId}`);
    await tree(page).focus();
    const before = await tree(page).getByRole("treeitem").count();
    for (const key of ["Home", "ArrowDown", "ArrowDown", "ArrowLeft"]) {
      await page.keyboard.press(key);
    }
    await page.waitForURL(/node=svchost/);
    const selected = tree(page).getByRole("treeitem", { selected: true });
    await expect.poll(() => selected.getAttribute("aria-expanded")).toBe("false");
    await expect.poll(() => tree(page).getByRole("treeitem").count()).toBeLessThan(before);
    await page.keyboard.press("z");
    await tree(page)
      .getByRole("treeitem", { name: /net1\.exe/ })
      .waitFor();
    await page.keyboard.press("b");
    await page.getByRole("table", { name: "Processes of the lineage" }).waitFor();
    await page.waitForURL(/pane=table/);
    await page.reload();
    await settled(page);
    await expect.poll(() => page.locator('tr[aria-current="true"]').textContent()).toContain("svchost.exe");
  });

  it("loads more children in place and shows how many are left", async () => {
    const page = await openMadeUp(`/alerts/${alertId}`);
    await tree(page).getByText("36 of 37 children not loaded: load more").click();
    await tree(page).getByText("24 of 37 children not loaded: load more").waitFor();
    await tree(page).getByText("+ 9 × svchost.exe").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("works without a lineage: a failure offers a retry, and an alert without a process explains itself", async () => {
    visit.expectComplaint(/status of 503/);
    let down = true;
    const page = await openMadeUp(`/alerts/${alertId}`, { lineage: () => (down ? storeDown() : neighbourhood) });
    await page.getByRole("button", { name: /^3 What does the captured command do/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    down = false;
    await tryAgain(page.getByRole("button", { name: "Try again" }), () => tree(page).waitFor());

    const without = await openMadeUp(`/alerts/${alertId}`, {
      alert: () => ({ ...alertDetail, process: {}, path: [] }),
      lineage: () => ({ focus: "", nodes: [], sessions: [], truncations: [], childGroups: [], links: [] }),
    });
    await without.getByText("No process recorded for this alert").first().waitFor();
    expect(await violations(without)).toEqual([]);
  });

  it("shows 5,000 processes with hostile names, and draws no more rows than fit", async () => {
    const many = Array.from({ length: 5000 }, (_, index) =>
      processNode(`many-${index}`, index % 7 === 0 ? `${"x".repeat(300)}.exe` : `\u202eexe.${index}<b>`, index, {
        start: at(8),
        commandLine: `run ${"y".repeat(index % 300)}`,
        parent: { key: index < 40 ? "cmd" : `many-${Math.floor(index / 3)}`, certainty: "exact", why: "made up" },
      }),
    );
    const page = await openMadeUp(`/alerts/${alertId}`, {
      lineage: () => ({ ...neighbourhood, nodes: [...nodes, ...many] }),
    });
    await page.getByText("5,016 processes loaded").waitFor();
    await expect.poll(() => tree(page).getByRole("treeitem").count()).toBeLessThan(120);
    await page.keyboard.press("g");
    await page.getByRole("img", { name: /Process graph/ }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("saves no exception before the dry run of this very draft, none that is refused, and none that is broad without a reason", async () => {
    const { exceptionDryRun } = workbenchApi();
    const dryRun = Promise.withResolvers<void>();
    const page = await openMadeUp(`/exceptions/new?alert=${alertId}`, {
      exceptionDryRun: async (request) => {
        // The page opens with one dry run; that of the draft with its reason is held back.
        if (request.body.reason === "agreed") {
          await dryRun.promise;
        }
        return exceptionDryRun(request);
      },
    });
    const save = page.getByRole("button", { name: /^Save/ });
    const status = page.locator("footer").getByRole("status");
    await status.getByText("Enter a reason").waitFor();
    await page.getByRole("textbox", { name: "Reason" }).fill("agreed");
    await status.getByText(/dry run of this draft first/).waitFor();
    expect(await save.isDisabled()).toBe(true);
    dryRun.resolve();
    await status.getByText(/Shadow mode: hits/).waitFor();
    await expect.poll(() => save.isEnabled()).toBe(true);

    await page.getByRole("button", { name: "Remove host.name" }).click();
    await status.getByText("Enter a reason for the breadth").waitFor();
    expect(await save.isDisabled()).toBe(true);
    await page.getByText("Would have hidden 1 alert judged malicious").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Reason for the breadth" }).fill("the whole site");
    await status.getByText(/Shadow mode: hits/).waitFor();

    await page.getByRole("button", { name: "Remove process.command_line" }).click();
    await status.getByText("Too broad to save").waitFor();
    await expect.poll(() => save.isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
  });
});
