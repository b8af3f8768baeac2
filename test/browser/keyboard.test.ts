import { expect, it } from "vitest";
import { heading, inBrowser, settled } from "./harness.ts";
import { giveReason } from "./workbench-pages.ts";

inBrowser("the keyboard alone", (visit) => {
  it("opens an alert from the queue, answers its steps, and opens help and finds a page", async () => {
    const page = await visit.open("/queue");
    const current = page.locator("article[aria-current=true]");
    const first = await current.textContent();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await expect.poll(() => current.textContent()).not.toBe(first);
    await page.keyboard.press("x");
    await page.getByRole("toolbar", { name: "Selected incidents" }).waitFor();
    await page.keyboard.press("x");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Steps 0/6" }).waitFor();
    await settled(page);

    const incident = page.getByRole("tab", { name: /^Incident / });
    const left = async () => Number(/(\d+) of/.exec((await incident.textContent()) ?? "")?.[1]);
    const all = await left();
    await page.keyboard.press("1");
    await giveReason(page, page.getByRole("button", { name: "Next question" }));
    await expect.poll(left).toBe(all - 1);
    const form = page.getByRole("group", { name: /^Answer to: / });
    const question = await form.getAttribute("aria-label");
    await page.keyboard.press("]");
    await expect.poll(() => form.getAttribute("aria-label")).not.toBe(question);
    await page.keyboard.press("3");
    await expect.poll(left).toBe(all - 2);
    await page.keyboard.press("b");
    await page.getByRole("tab", { name: "Table", selected: true }).waitFor();

    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.getByText("Next question").waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find anything" }).fill("go to hosts");
    await page.keyboard.press("Enter");
    await heading(page, "Hosts").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("q");
    await heading(page, "Queue").waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type("srv-02");
    await page.getByRole("group", { name: "Hosts" }).getByRole("option").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("listbox", { name: "Results" }).waitFor({ state: "detached" });
  });
});
