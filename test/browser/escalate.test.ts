import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { violations } from "./axe.ts";
import { inBrowser } from "./harness.ts";
import { openAlert, verdictBar } from "./workbench-pages.ts";

let posts = 0;
const receiver = createServer((_, response) => {
  posts += 1;
  response.writeHead(204).end();
});
let evidence: string | undefined;
afterAll(async () => {
  receiver.close();
  if (evidence !== undefined) {
    await rm(evidence, { recursive: true });
  }
});

async function withReceiver() {
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  evidence = await mkdtemp(join(tmpdir(), "stemma-evidence-"));
  const { port } = receiver.address() as AddressInfo;
  return {
    STEMMA_WEBHOOK: `http://127.0.0.1:${port}/hooks/hidden`,
    STEMMA_WEBHOOK_SECRET: "a secret of sixteen characters",
    STEMMA_EVIDENCE: evidence,
  };
}

inBrowser(
  "an escalation that is posted",
  (visit) => {
    it("says before where it goes, and afterwards that it has arrived, without the secret path", async () => {
      const page = await visit.open("/queue");
      await openAlert(page, "srv-02", "adm-lena");
      await verdictBar(page).getByRole("button", { name: "Escalate…" }).click();
      const dialog = page.getByRole("dialog", { name: "Escalate incident" });
      const goesTo = dialog.getByRole("region", { name: "Where it goes" });
      await goesTo.getByText("Its evidence bundle is written into the folder for evidence first.").waitFor();
      expect(await goesTo.getByRole("listitem").allTextContents()).toEqual([
        expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/… \([0-9a-f]{8}\)$/),
      ]);
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole("textbox", { name: "Note for the next analyst" }).fill("contain srv-02");
      await dialog.getByRole("button", { name: "Escalate 33 alerts" }).click();
      await dialog.waitFor({ state: "detached" });

      await page.getByRole("button", { name: /^33 alerts/ }).click();
      const incident = page.getByRole("dialog", { name: "Incident" });
      await incident.getByRole("tab", { name: "History" }).click();
      await incident.getByText(/^Sent to http:\/\/127/).waitFor();
      await incident.getByText(/^Escalation of 33 alerts: delivered/).waitFor();
      expect(posts).toBe(1);
      const files = await readdir(evidence ?? "");
      expect(files).toHaveLength(2);
      for (const name of files) {
        await incident.getByText(name).waitFor();
      }
      expect((await page.content()).includes("/hooks/")).toBe(false);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");

      await page.getByTitle("Show the history of this alert").click();
      const history = page.getByRole("dialog", { name: "Alert history" });
      await history.getByText(/^Sent to http:\/\/127/).waitFor();
      expect(await violations(page)).toEqual([]);
    });

    it("is said for each of many incidents, too", async () => {
      const before = posts;
      const page = await visit.open("/queue");
      await page
        .getByRole("checkbox", { name: /^Select / })
        .last()
        .check();
      await page
        .getByRole("toolbar", { name: "Selected incidents" })
        .getByRole("button", { name: "Escalate…" })
        .click();
      const dialog = page.getByRole("dialog", { name: "Escalate" });
      await dialog.getByText("Each incident is posted to:").waitFor();
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole("textbox", { name: "Note" }).fill("look at these");
      await dialog.getByRole("button", { name: /^Escalate \d+ alerts?$/ }).click();
      const batch = page.getByRole("region", { name: "Batch" });
      const text = await batch.getByText(/alerts? of \d+ incidents? escalated\.$/).textContent();
      const incidents = Number(/of (\d+) incident/.exec(text ?? "")?.[1]);
      await expect.poll(() => posts - before, { timeout: 30_000 }).toBe(incidents);
    });
  },
  withReceiver,
);
