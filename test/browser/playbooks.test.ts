import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { smallPlaybook } from "../factories/playbooks.ts";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";
import { openAlert } from "./workbench-pages.ts";

let own = "";

inBrowser(
  "playbooks in the workbench",
  (visit) => {
    it("are read, tried on an alert with their queries, and lead to the alert", async () => {
      const page = await visit.open("/playbooks");
      await page
        .getByRole("link", { name: "Command shell started over WMI with captured output", exact: true })
        .click();
      await heading(page, /captured output$/).waitFor();
      await page.getByRole("combobox", { name: "Preview on an alert" }).click();
      await page.getByRole("option").first().click();
      await page.getByRole("status").getByText("For this alert the playbook is written for this rule").waitFor();
      await page.getByRole("button", { name: "Run its queries" }).click();
      const children = page.getByRole("region", { name: "Query: Child processes of the shell" });
      await children.getByText(/found|No child process/).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("link", { name: "Open the alert" }).click();
      await page.getByRole("tab", { name: /^Steps/ }).waitFor();
    });

    it("are written with their problems shown, put in order by keys, saved, and used for an alert", async () => {
      const page = await visit.open("/playbooks/new");
      const editor = page.getByRole("textbox", { name: "Playbook" });
      await editor.fill(smallPlaybook("ours").replace("- Anchor: yes", "- Anchor: perhaps"));
      await page.getByRole("status").getByText("must begin with yes or no").waitFor();
      const two = `${smallPlaybook("ours")}\n### owner: Who installed it?\n\n- Raises concern: Nobody.\n- Lowers concern: Us.\n`;
      await editor.fill(two);
      await page.getByRole("status").getByText("2 steps").waitFor();
      const order = page.getByRole("list", { name: "Order of the steps" });
      await order.getByRole("button", { name: "Move up: Who installed it?" }).press("Alt+ArrowUp");
      expect((await order.getByRole("listitem").allTextContents())[0]).toContain("Who installed it?");
      await page.getByRole("textbox", { name: "File name" }).fill("ours.md");
      await page.getByRole("textbox", { name: "Note" }).fill("for services");
      await page.getByRole("button", { name: "Save and use" }).click();
      await page.getByText("saved and in use.").waitFor();
      const saved = await readFile(join(own, "ours.md"), "utf8");
      expect(saved.indexOf("### owner")).toBeLessThan(saved.indexOf("### behaviour"));
      expect(await violations(page)).toEqual([]);

      await page.goto(new URL("/queue?host=srv-02.nordwind.example", page.url()).href);
      await settled(page);
      await openAlert(page, "srv-02", "adm-lena");
      await page.getByRole("button", { name: /^Playbook: Command shell started/ }).click();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("menuitem", { name: "A new service was installed" }).click();
      await page.getByRole("tab", { name: "Steps 0/2" }).waitFor();
      await page.getByRole("button", { name: "Playbook: A new service was installed" }).click();
      await page.getByRole("menuitem", { name: "Let the rule decide again" }).click();
      await page.getByRole("tab", { name: "Steps 0/6" }).waitFor();
    });

    it("keep their former texts, which can be compared and taken back", async () => {
      const page = await visit.open("/playbooks/ours/edit");
      const editor = page.getByRole("textbox", { name: "Playbook" });
      await editor.fill(smallPlaybook("ours", "Which program does it run?"));
      await page.getByRole("status").getByText("1 steps").waitFor();
      await page.getByRole("textbox", { name: "Note" }).fill("shorter");
      await page.getByRole("button", { name: "Save and use" }).click();
      await page.getByText("saved and in use.").waitFor();
      await page
        .getByRole("row", { name: /for services/ })
        .getByRole("button", { name: "With the file" })
        .click();
      await page.getByRole("region", { name: "Line comparison" }).getByText("Which program does it run?").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Put this text into the editor" }).click();
      await page.getByRole("status").getByText("2 steps").waitFor();
    });
  },
  async () => {
    own = await mkdtemp(join(tmpdir(), "stemma-own-playbooks-"));
    return { STEMMA_PLAYBOOKS: own };
  },
);
