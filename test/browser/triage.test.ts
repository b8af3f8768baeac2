import { expect, it } from "vitest";
import { heading, inBrowser, settled } from "./harness.ts";
import { answerAll, incident, openAlert, verdictBar } from "./workbench-pages.ts";

inBrowser("the triage of an alert", (visit) => {
  it("ends in an escalation when the playbook finds it malicious, which queue and audit trail show", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await heading(page, "Suspicious Cmd Execution via WMI").waitFor();
    const tree = page.getByRole("tree", { name: "Process lineage" });
    const broker = tree.getByRole("treeitem", { name: /WmiPrvSE\.exe/ });
    const shell = tree.getByRole("treeitem", { selected: true });
    await expect.poll(() => shell.textContent()).toMatch(/cmd\.exe.*nwupd\.exe/);
    expect(Number(await shell.getAttribute("aria-level"))).toBe(Number(await broker.getAttribute("aria-level")) + 1);

    await verdictBar(page).getByText("not decided yet").waitFor();
    await answerAll(page, "raises");
    await verdictBar(page).getByText("malicious", { exact: true }).waitFor();
    await verdictBar(page).getByRole("button", { name: /^Why/ }).click();
    const why = page.getByRole("dialog", { name: /^Why/ });
    await why.getByText("6 of 6 steps answered").waitFor();
    await expect.poll(() => why.getByRole("button", { name: /^Step \d$/ }).count()).toBeGreaterThan(0);
    await page.keyboard.press("Escape");

    await verdictBar(page).getByRole("button", { name: "Escalate…" }).click();
    const dialog = page.getByRole("dialog", { name: /^Escalate / });
    const send = dialog.getByRole("button", { name: /^Escalate / });
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByRole("textbox", { name: /Note/ }).fill("adm-lena is taken over: isolate SRV-02 and WS-07");
    await send.click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("main").getByText("escalated", { exact: true }).waitFor();

    await page.goBack();
    await settled(page);
    await page.goto(new URL("/queue?status=escalated", page.url()).href);
    await incident(page, "", "adm-lena").getByText("escalated").waitFor();

    await page.getByRole("link", { name: "Audit" }).click();
    await heading(page, "Audit trail").waitFor();
    const row = page.getByRole("row").filter({ hasText: "alert open → escalated" }).first();
    await row.waitFor();
    await expect.poll(() => row.textContent()).toContain("robin");
    await page.getByText(/Audit chain verified \(\d+ records\)/).waitFor();
  });

  it("closes as benign against the verdict only with the analyst's own reason", async () => {
    visit.expectComplaint(/status of 409/);
    const page = await visit.open("/queue", { theme: "dark" });
    await openAlert(page, "srv-02", "svc-inventory");
    await verdictBar(page).getByRole("button", { name: "Close…" }).click();
    const dialog = page.getByRole("dialog", { name: /^Close / });
    await dialog.getByRole("radio", { name: "Benign" }).check();
    await dialog.getByRole("textbox", { name: "Note" }).fill("looks like housekeeping");
    await dialog.getByRole("button", { name: /^Close (alert|\d+ alerts)$/ }).click();
    const problem = dialog.getByRole("alert");
    await problem.waitFor();
    await expect.poll(() => problem.textContent()).toMatch(/undetermined|not decided/);
    const against = dialog.getByRole("button", { name: "Close against the verdict" });
    expect(await against.isDisabled()).toBe(true);
    await dialog.getByRole("textbox", { name: /Your reason/ }).fill("the team lead confirmed the change by telephone");
    await against.click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("main").getByText("closed: benign").first().waitFor();
    await verdictBar(page).getByRole("button", { name: "Reopen…" }).waitFor();
  });
});
