import { expect, it } from "vitest";
import { queuePage } from "#contracts/queue";
import { heading, inBrowser, settled } from "./harness.ts";
import { answerAll, giveReason, incident, openAlert, verdictBar } from "./workbench-pages.ts";

inBrowser("the triage of an alert", (visit) => {
  it("ends in an escalation when the playbook finds it malicious, which queue and audit trail show", async () => {
    // Answers that wait for a reason.
    visit.expectComplaint(/status of 409/);
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    await heading(page, "Suspicious Cmd Execution via WMI").waitFor();
    const tree = page.getByRole("tree", { name: "Process lineage" });
    const broker = tree.getByRole("treeitem", { name: /WmiPrvSE\.exe/ }).first();
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
    await page.getByRole("main").getByText("escalated", { exact: true }).first().waitFor();

    await page.goBack();
    await settled(page);
    await page.goto(new URL("/queue?status=escalated", page.url()).href);
    await incident(page, "", "adm-lena").getByText("escalated").first().waitFor();

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

inBrowser("the triage of an incident", (visit) => {
  it("finishes the sample's intrusion by the book with keys alone, and no alert of it stays open", async () => {
    visit.expectComplaint(/status of 409/);
    const page = await visit.open("/queue");
    const rows = async (query: string) => {
      const response = await page.request.get(new URL(`/api/v1/queue?${query}`, page.url()).href);
      return queuePage.parse(await response.json()).items;
    };
    const [largest] = (await rows("")).toSorted((a, b) => b.alertCount - a.alertCount);
    expect(largest).toMatchObject({ alertCount: 33 });
    await page.goto(new URL(`/incidents/${largest?.key}`, page.url()).href);
    await settled(page);

    let keys = 0;
    const press = async (key: string) => {
      keys += 1;
      await page.keyboard.press(key);
    };
    const tab = page.getByRole("tab", { name: /^Incident / });
    const left = async () => /(\d+) of \d+ left/.exec((await tab.textContent()) ?? "")?.[1] ?? "0";
    const question = async () =>
      [page.url(), await page.getByRole("group", { name: /^Answer to: / }).getAttribute("aria-label")].join(" ");
    await tab.waitFor();
    let answers = 0;
    for (;;) {
      const before = await left();
      await press("1");
      await giveReason(page, page.getByRole("button", { name: "Next question" }));
      answers += 1;
      await expect.poll(left).toBe(String(Number(before) - 1));
      if ((await left()) === "0") {
        break;
      }
      const answered = await question();
      await press("]");
      await expect.poll(question).not.toBe(answered);
      await page.getByRole("button", { name: /^For / }).waitFor();
    }
    expect(answers).toBeLessThanOrEqual(20);
    await page.getByRole("button", { name: "33 alerts · all questions answered" }).waitFor();

    await press("s");
    const dialog = page.getByRole("dialog", { name: "Escalate incident" });
    await dialog.getByRole("radio", { name: /^This incident\s*33 alerts/ }).waitFor();
    await dialog.locator("textarea:focus").waitFor();
    await page.keyboard.type("adm-lena is taken over: isolate SRV-02 and WS-07");
    for (const key of ["Tab", "Tab", "Enter"]) {
      await press(key);
    }
    await dialog.waitFor({ state: "detached" });
    await expect.poll(async () => (await rows("status=open")).map(({ key }) => key)).not.toContain(largest?.key);
    await expect.poll(async () => (await rows("status=escalated")).map(({ key }) => key)).toContain(largest?.key);
    // One answer and one key to the next question for each of 18 questions, and four keys beside the note.
    expect({ answers, keys }).toEqual({ answers: 18, keys: 39 });
  });
});
