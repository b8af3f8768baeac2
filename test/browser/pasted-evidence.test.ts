import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { verifyBundle } from "../../server/evidence/verify.ts";
import { violations } from "./axe.ts";
import { inBrowser, settled } from "./harness.ts";
import { giveReason, incident, verdictBar } from "./workbench-pages.ts";

const rule = "Suspicious Cmd Execution via WMI";
const guide = `# Investigating ${rule}

### Possible investigation steps

- Which folders does the host share? !{osquery{"label":"Shared folders","query":"SELECT * FROM shared_resources"}}
  - Implication: escalate when a share is unknown; lower concern when all of them are known.
- What does the user say?
  - Implication: escalate when nobody knows of it; lower concern when it was planned.
`;

const shares =
  '[\r\n  {"name": "ADMIN$", "path": "C:\\\\Windows"},\r\n  {"name": "<b>x</b>", "path": "\u202egpj"}\r\n]\r\n';

/** Pastes into the field with the focus, with line breaks that a text field would change. */
const paste = (page: Page, text: string) =>
  page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", ${JSON.stringify(text)});
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
  }`);

inBrowser(
  "results from outside",
  (visit) => {
    it("are pasted by keyboard, saved with the answer, seen again after a reload, and in the bundle", async () => {
      const { folder } = visit.product;
      const page = await visit.open("/queue?host=srv-02.nordwind.example");
      await incident(page, "srv-02", "adm-lena").getByRole("link", { name: rule }).first().click();
      await page.getByRole("tab", { name: "Steps 0/2" }).waitFor();
      await page.getByRole("button", { name: "Paste its result" }).waitFor();
      await settled(page);
      await page.keyboard.press("x");
      await page.locator("textarea[aria-label='Pasted text: Shared folders']:focus").waitFor();
      await paste(page, shares);
      const preview = page.getByRole("region", { name: "Table: Preview of Shared folders" });
      await preview.getByRole("cell", { name: "<b>x</b>" }).waitFor();
      await preview.getByText("U+202E").waitFor();
      expect(await violations(page)).toEqual([]);

      await page.reload();
      await page.getByRole("tab", { name: "Steps 0/2" }).waitFor();
      await preview.getByRole("cell", { name: "ADMIN$" }).waitFor();
      await page.keyboard.press("1");
      await giveReason(page, page.getByRole("tab", { name: "Steps 1/2" }));
      // The key for the next question goes through the incident.
      await page.getByRole("button", { name: /What does the user say/ }).click();

      await page.getByRole("button", { name: "Paste a result" }).click();
      await page.getByRole("textbox", { name: "Title of the attachment" }).fill("Call with Lena");
      await page.getByRole("textbox", { name: "Pasted text: Call with Lena" }).fill("She was on holiday.");
      await page.keyboard.press("Escape");
      await page.keyboard.press("1");
      await giveReason(page, page.getByRole("tab", { name: "Steps 2/2" }));
      await page.getByRole("button", { name: "Call with Lena", expanded: false }).waitFor();

      await page.reload();
      await page.getByRole("button", { name: /Which folders does the host share/ }).click();
      const results = page.getByRole("region", { name: "Attachments" });
      await results.getByRole("button", { name: "Shared folders", expanded: false }).click();
      await results.getByRole("cell", { name: "ADMIN$" }).waitFor();
      await results.getByText("Text as it was pasted").click();
      await settled(page);
      expect(await violations(page)).toEqual([]);

      const download = page.waitForEvent("download");
      await verdictBar(page).getByRole("button", { name: "Bundle" }).click();
      const path = join(folder, "bundle.html");
      await (await download).saveAs(path);
      const verified = verifyBundle(readFileSync(path));
      expect(verified.ok).toBe(true);
      const texts = verified.bundle?.sections.attachments?.map(({ text }) => text);
      expect(texts?.toSorted()).toEqual(["She was on holiday.", shares].toSorted());
      expect(readFileSync(path, "utf8")).not.toContain("<b>x</b>");
    });
  },
  async () => {
    const own = await mkdtemp(join(tmpdir(), "stemma-own-guide-"));
    await writeFile(join(own, "wmi.md"), guide);
    return { STEMMA_PLAYBOOKS: own };
  },
);
