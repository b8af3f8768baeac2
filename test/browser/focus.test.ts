import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { inBrowser } from "./harness.ts";

const query = encodeURIComponent('process where process.parent.name : "WmiPrvSE.exe"');

/**
 * The focused element: its accessible name as far as the markup gives it, and whether the element, its surroundings or
 * a part of it shows the focus. Runs in the page.
 */
const focused = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return undefined;
  const named = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
  const name = element.getAttribute("aria-label") || named || element.labels?.[0]?.textContent || element.textContent || element.querySelector("img[alt], [aria-label]")?.getAttribute("alt") || element.title;
  const rings = (one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const around = [element, element.parentElement, element.parentElement?.parentElement, element.nextElementSibling, ...element.querySelectorAll("[aria-selected=true]"), element.closest(".cm-editor")];
  return { name: name.trim(), place: element.outerHTML.slice(0, 160), shown: around.some((one) => one && rings(one)) };
})()`;

interface Focused {
  readonly name: string;
  readonly place: string;
  readonly shown: boolean;
}

/** An editor shows the focus with a delay. */
async function isShownSoon(page: Page): Promise<boolean> {
  const isShown = async () => (await page.evaluate<Focused | undefined>(focused))?.shown === true;
  return expect
    .poll(isShown)
    .toBe(true)
    .then(
      () => true,
      () => false,
    );
}

inBrowser("the focus", (visit) => {
  /** Presses Tab until the focus returns to the page, at most `most` times; returns the faults of each stop. */
  async function walk(page: Page, most: number): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (let stop = 0; stop < most; stop++) {
      await page.keyboard.press("Tab");
      const at: Focused | undefined = await page.evaluate(focused);
      if (at === undefined) {
        expect(stop).toBeGreaterThan(12);
        break;
      }
      if (at.name === "") {
        wrong.push(`no name: ${at.place}`);
      }
      if (!at.shown && !(await isShownSoon(page))) {
        wrong.push(`not shown: ${at.place}`);
      }
    }
    return wrong;
  }

  it.each([
    ["queue", "/queue"],
    ["host", "/hosts/srv-02.nordwind.example"],
    ["rules", "/rules"],
    ["rule", "/rules/12f07955-1674-44f7-86b5-c35da0a6f41a"],
    ["editor", "/rules/new"],
    ["hunt", `/hunt?language=eql&query=${query}`],
  ])("is visible and named at every stop of the %s", async (_, path) => {
    const page = await visit.open(path);
    expect(await walk(page, 45)).toEqual([]);
  });

  it("is visible and named at every stop of an alert and of its exception builder", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await page.getByRole("article").getByRole("link").first().click();
    await page.getByRole("tree", { name: "Process lineage" }).waitFor();
    expect(await walk(page, 70)).toEqual([]);
    await page.getByRole("button", { name: "Exception…" }).click();
    await page.getByText(/stored events match/).waitFor();
    expect(await walk(page, 45)).toEqual([]);
  });
});
