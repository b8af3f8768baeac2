import { expect, it } from "vitest";
import { queuePage } from "#contracts/queue";
import { inBrowser, settled } from "./harness.ts";
import { openStep, verdictBar } from "./workbench-pages.ts";

const rule = "12f07955-1674-44f7-86b5-c35da0a6f41a";

inBrowser("the dump of LSASS in the sample", (visit) => {
  it("is not explained away by bare keys: 2 and Enter save nothing against the evidence", async () => {
    visit.expectComplaint(/status of 409/);
    const page = await visit.open("/queue");
    const response = await page.request.get(
      new URL(`/api/v1/queue?group=none&limit=500&rule=${rule}`, page.url()).href,
    );
    const alerts = queuePage.parse(await response.json()).items.flatMap((item) => item.alerts);
    const dump = alerts.find(({ process }) => process.commandLine?.includes("MiniDump") === true);
    await page.goto(new URL(`/alerts/${dump?.id}`, page.url()).href);
    await page.getByRole("tree", { name: "Process lineage" }).waitFor();
    await settled(page);
    const steps = page.locator("[data-steps]");
    const needed = page.getByRole("alert", { name: "Reason needed" });
    const saved = page.getByRole("button", { name: "Next question" });
    const note = page.locator("textarea[aria-label='Note']");
    let refused = 0;
    for (let step = 1; step <= 6; step += 1) {
      const name = new RegExp(`^${step} `);
      const button = steps.getByRole("button", { name });
      await openStep(button);
      await page.keyboard.press("2");
      await needed.or(saved).first().waitFor();
      if (await needed.isVisible()) {
        refused += 1;
        await page.locator("textarea[aria-label='Note']:focus").waitFor();
        const lowers = page.getByRole("group", { name: /^Answer to: / }).getByRole("button", { name: /^lowers/ });
        expect(await lowers.getAttribute("aria-pressed")).toBe("true");
        // Keys go into the note now: none of them saves.
        await page.keyboard.press("Enter");
        await page.keyboard.press("2");
        await page.keyboard.press("Control+Enter");
        await expect.poll(() => note.inputValue()).toContain("2");
        await needed.waitFor();
      }
    }
    expect(refused).toBeGreaterThan(2);
    await page.getByRole("tab", { name: new RegExp(`^Steps ${6 - refused}/6`) }).waitFor();
    await verdictBar(page).getByText("not decided yet").waitFor();

    await note.focus();
    await note.fill("The backup agent does this every night");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Against the suggestion:").first().waitFor();
    await page.getByRole("tab", { name: new RegExp(`^Steps ${7 - refused}/6`) }).waitFor();

    await verdictBar(page).getByRole("button", { name: "Close…" }).click();
    const dialog = page.getByRole("dialog", { name: /^Close / });
    await dialog.getByRole("radio", { name: /^This alert/ }).check();
    await dialog.getByRole("radio", { name: "Benign" }).check();
    await dialog.getByRole("button", { name: /^Close alert$/ }).click();
    const against = dialog.getByRole("button", { name: "Close against the verdict" });
    await against.waitFor();
    await dialog.getByRole("textbox", { name: /Your reason/ }).fill("ok");
    await against.click();
    await dialog
      .getByRole("alert")
      .getByText(/reason why you close against the verdict is missing/)
      .waitFor();
    await dialog.getByRole("textbox", { name: /Your reason/ }).fill("The backup agent does this every night");
    await against.click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("against the verdict", { exact: true }).first().waitFor();

    await page.goto(new URL("/queue?status=closed&group=none", page.url()).href);
    await page.getByRole("article").getByText("against the verdict", { exact: true }).waitFor();
  });
});
