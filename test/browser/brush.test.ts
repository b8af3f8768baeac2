import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { inBrowser, settled } from "./harness.ts";

const chart = (page: Page) => page.getByRole("group", { name: "Alerts over time" });
const footer = (page: Page) => page.getByText(/^\d+ of \d+ (incidents?|rows).*\d+ alerts?$/);
const alertsShown = async (page: Page) => Number(/(\d+) alerts?$/.exec((await footer(page).textContent()) ?? "")?.[1]);
/** The time in the address; undefined: all times. */
function timeOf(page: Page): { readonly from: number; readonly to: number } | undefined {
  const { searchParams } = new URL(page.url());
  const [from, to] = [searchParams.get("from"), searchParams.get("to")];
  return from === null || to === null ? undefined : { from: Date.parse(from), to: Date.parse(to) };
}

/** Drags between two places of the axis, as shares of its length; without `to`, a click. */
async function drag(page: Page, from: number, to?: number): Promise<void> {
  const box = await chart(page)
    .getByTitle(/^Drag to show/)
    .boundingBox();
  if (box === null) {
    throw new Error("the histogram is not on the page");
  }
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + from * box.width, y);
  await page.mouse.down();
  if (to !== undefined) {
    await page.mouse.move(box.x + ((from + to) / 2) * box.width, y);
    await page.mouse.move(box.x + to * box.width, y);
  }
}

inBrowser("the brush over the queue's histogram", (visit) => {
  it("shows the alerts of the time that is dragged, keeps it in the address, and gives it up", async () => {
    const page = await visit.open("/queue");
    const all = await alertsShown(page);
    await drag(page, 0.5, 0.98);
    await chart(page)
      .getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d to /)
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await page.mouse.up();
    await expect.poll(() => timeOf(page)).toBeDefined();
    const time = timeOf(page);
    await settled(page);
    const chosen = page.getByRole("button", { name: /^\d{4}-\d\d-\d\d \d\d:\d\d to \d{4}/ });
    await chosen.waitFor();
    await expect.poll(() => alertsShown(page)).toBeLessThan(all);
    expect(await violations(page)).toEqual([]);

    await page.reload();
    await chosen.waitFor();
    expect(timeOf(page)).toEqual(time);
    expect(await alertsShown(page)).toBeLessThan(all);
    await chosen.click();
    await expect.poll(() => timeOf(page)).toBeUndefined();
    await expect.poll(() => alertsShown(page)).toBe(all);
    await page.goBack();
    await expect.poll(() => timeOf(page)).toEqual(time);
  });

  it("gives up a drag at Escape, and shows the time of one bar after a click", async () => {
    const page = await visit.open("/queue");
    await drag(page, 0.2, 0.6);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await chart(page)
      .getByText(/^highest /)
      .waitFor();
    expect(timeOf(page)).toBeUndefined();
    const bars = await chart(page).getByRole("img").count();
    await drag(page, 0.5);
    await page.mouse.up();
    await expect.poll(() => timeOf(page)).toBeDefined();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await expect.poll(() => timeOf(page)).toBeUndefined();
    expect(bars).toBeGreaterThan(10);
  });

  it("is used by keys, on a narrow page, too", async () => {
    const page = await visit.open("/queue", { width: 420, height: 900 });
    const [begin, end] = [
      chart(page).getByRole("slider", { name: "Beginning of the time shown" }),
      chart(page).getByRole("slider", { name: "End of the time shown" }),
    ];
    await begin.focus();
    const earliest = await begin.getAttribute("aria-valuetext");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await begin.getAttribute("aria-valuenow")).toBe("2");
    expect(await begin.getAttribute("aria-valuetext")).not.toBe(earliest);
    await end.focus();
    await page.keyboard.press("ArrowDown");
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await page.keyboard.press("Enter");
    await expect.poll(() => timeOf(page)).toBeDefined();
    await end.focus();
    await page.keyboard.press("Escape");
    await expect.poll(() => timeOf(page)).toBeUndefined();
  });
});
