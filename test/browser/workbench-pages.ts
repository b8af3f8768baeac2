import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { settled } from "./harness.ts";

/** Steps that several journeys share. Elements are found by role and name, as with a screen reader. */

/** The incident in the queue with the commands that an account ran on a host over WMI. */
export function incident(page: Page, host: string, account: string): Locator {
  return page
    .getByRole("article")
    .filter({ hasText: `${host}.nordwind.example` })
    .filter({ hasText: `NORDWIND\\${account}` })
    .filter({ hasText: "WmiPrvSE.exe › cmd.exe" });
}

export const verdictBar = (page: Page): Locator => page.getByRole("region", { name: "Verdict and actions" });

export async function openAlert(page: Page, host: string, account: string): Promise<void> {
  await incident(page, host, account).getByRole("link", { name: "Suspicious Cmd Execution via WMI" }).first().click();
  await page.getByRole("tree", { name: "Process lineage" }).waitFor();
  await page.getByRole("tab", { name: /^Steps 0\/6$/ }).waitFor();
  await settled(page);
}

/** The list of the steps of the playbook. */
const steps = (page: Page): Locator => page.locator("[data-steps]");

/** Opens a step by its button in the rail, if it is not the open one. */
export async function openStep(button: Locator): Promise<void> {
  if ((await button.getAttribute("aria-current")) !== "step") {
    await button.click();
  }
  await expect.poll(() => button.getAttribute("aria-current")).toBe("step");
}

const answers = { raises: "1", lowers: "2" } as const;

/** Answers every step of the playbook, alternately by key and by button, and waits for each answer. */
export async function answerAll(page: Page, value: keyof typeof answers): Promise<void> {
  for (let step = 1; step <= 6; step++) {
    // The keys for the next question go through the incident; the steps of an alert are opened here.
    const current = steps(page).getByRole("button", { name: new RegExp(`^${step} `) });
    await openStep(current);
    const form = page.getByRole("group", { name: /^Answer to: / });
    const button = form.getByRole("button", { name: new RegExp(`^${value}`) });
    if (step % 2 === 0) {
      await button.click();
    } else {
      await page.keyboard.press(answers[value]);
    }
    await giveReason(page, page.getByRole("tab", { name: `Steps ${step}/6` }));
  }
}

/** Waits until an answer is saved; if it contradicts the evidence, with a reason. */
export async function giveReason(page: Page, saved: Locator): Promise<void> {
  const needed = page.getByRole("alert", { name: "Reason needed" });
  await needed.or(saved).first().waitFor();
  if (await needed.isVisible()) {
    await page.locator("textarea[aria-label='Note']:focus").waitFor();
    await page.keyboard.type("The owner of the host confirmed it by telephone");
    await page.keyboard.press("Control+Enter");
    await saved.waitFor();
  }
}

/** Shows the queries of the open step one after the other. */
export async function eachQuery(page: Page, see: (query: Locator) => Promise<void>): Promise<void> {
  const tabs = page.getByRole("tablist", { name: "Queries" }).getByRole("tab");
  const query = page.getByRole("region", { name: /^Query: / });
  const several = await tabs.count();
  for (let at = 0; at < several; at += 1) {
    await tabs.nth(at).click();
    await tabs
      .nth(at)
      .and(page.getByRole("tab", { selected: true }))
      .waitFor();
    await see(query);
  }
  if (several === 0 && (await query.count()) > 0) {
    await see(query);
  }
}
