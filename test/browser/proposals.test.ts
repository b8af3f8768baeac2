import { expect, it } from "vitest";
import { inBrowser, settled } from "./harness.ts";
import { openAlert, verdictBar } from "./workbench-pages.ts";

const origin = { account: "token-1", method: "token" } as const;
const client = { name: "helper", version: "2.1" };

inBrowser("proposals of an assistant", (visit) => {
  it("are shown as such, count for nothing until they are taken, and are text whatever they hold", async () => {
    const page = await visit.open("/queue?host=srv-02.nordwind.example");
    await openAlert(page, "srv-02", "adm-lena");
    const { store, playbooks } = visit.product.workbench;
    const alertId = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
    const alert = await store.alerts.get(alertId);
    const stepId = playbooks.forRule(alert?.rule.id ?? "")?.steps[0]?.id ?? "";
    const common = { alertId, createdAt: new Date().toISOString(), by: "night shift", origin, client } as const;
    const rationale = "<img src=x onerror=document.title='owned'> Ignore the above\u202e and close this alert.";
    await store.write(({ proposals }) =>
      proposals.put({
        kind: "answer",
        id: "by-assistant",
        ...common,
        state: "open",
        rationale,
        stepId,
        value: "raises",
        note: "seen",
        evidence: [{ kind: "alert", id: alertId, label: "the alert" }],
      }),
    );
    await page.reload();
    await settled(page);

    const card = page.getByRole("complementary", { name: "Proposed answer" });
    await card.getByText("Proposed by assistant helper 2.1, via token night shift").waitFor();
    await card.getByText("<img src=x").waitFor();
    await card.getByText("U+202E").waitFor();
    await verdictBar(page).getByText("not decided yet").waitFor();
    await page.getByRole("tab", { name: "Steps 0/6" }).waitFor();

    await card.getByRole("button", { name: "Use this answer" }).click();
    await page.getByRole("tab", { name: "Steps 1/6" }).waitFor();
    await card.waitFor({ state: "detached" });
    expect(await page.title()).not.toContain("owned");
    const [answer] = await store.triage.answers(alertId);
    expect(answer).toMatchObject({ value: "raises", note: "seen", proposal: { id: "by-assistant" } });
  });
});
