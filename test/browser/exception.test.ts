import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ingestSummary } from "#contracts/ingest";
import { cast, people, wmiCommand, wmiProvider } from "../../server/sample/cast.ts";
import { heading, inBrowser, type Product, settled } from "./harness.ts";
import { answerAll, openAlert, verdictBar, workItem } from "./workbench-pages.ts";

const cli = resolve(import.meta.dirname, "../../server/cli.ts");

/** Runs the inventory's command, or another one, on SRV-02 now: a capture of one new process, taken in by the command line. */
async function ingestCommand({ folder, config }: Product, name: string, commandLine: string) {
  const at = Date.now() - 60_000;
  const { fileServer } = cast(at);
  const broker = wmiProvider(fileServer, at);
  const logonId = fileServer.log.logon({
    at: at + 400,
    user: people.inventory,
    type: 3,
    package: "Kerberos",
    from: { ip: "10.20.1.15", workstation: "SRV-05" },
  });
  wmiCommand({ at: at + 700, on: fileServer, broker, user: people.inventory, logonId, commandLine, lasts: 9_000 });
  const file = join(folder, `${name}.ndjson`);
  // A log numbers its records on: these are others than those of the sample.
  const lines = [...fileServer.log.documents()].map(({ text }) => {
    const document = JSON.parse(text);
    document.winlog.record_id += at;
    return JSON.stringify(document);
  });
  await writeFile(file, lines.join("\n"));
  const { stdout } = await promisify(execFile)(process.execPath, [cli, "ingest", file, "--db", config.store, "--json"]);
  return ingestSummary.partial().parse(JSON.parse(stdout));
}

inBrowser("the inventory service that looks like an intruder", (visit) => {
  it("is found benign, excepted after a dry run, and silent from then on", async () => {
    const page = await visit.open("/queue");
    await openAlert(page, "srv-02", "svc-inventory");
    await answerAll(page, "lowers");
    await verdictBar(page).getByText("benign", { exact: true }).waitFor();

    await verdictBar(page).getByRole("button", { name: "Exception…" }).click();
    await heading(page, "New exception").waitFor();
    const entries = page.getByRole("region", { name: "Entries" }).getByRole("listitem");
    await entries.first().waitFor();
    console.log(await entries.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))));
    const save = page.getByRole("button", { name: /^Save/ });
    expect(await save.isDisabled()).toBe(true);
    await page.getByRole("radiogroup", { name: "Mode" }).getByText("Enforced").click();
    await page.getByRole("textbox", { name: "Reason" }).fill("the inventory of every machine, confirmed by its team");
    await page.getByText("open alerts close now", { exact: true }).waitFor();
    await settled(page);
    console.log(await page.getByRole("region", { name: "What it would do" }).innerText());
    await save.click();
    await page.getByText(/alerts? (was|were) closed by it/).waitFor();
    console.log(await page.getByRole("main").innerText());
  });

  it("is suppressed when it comes again, while another command of the account alerts", async () => {
    console.log(
      await ingestCommand(
        visit.product,
        "again",
        'cmd.exe /Q /c "C:\\Program Files\\Nordwind\\Inventory\\collect.cmd" 1> C:\\Windows\\Temp\\inventory-209901010000.txt 2>&1',
      ),
    );
    console.log(
      await ingestCommand(
        visit.product,
        "another",
        'cmd.exe /Q /c "net user /domain" 1> C:\\Windows\\Temp\\u.txt 2>&1',
      ),
    );
    const page = await visit.open("/queue");
    console.log(await workItem(page, "srv-02", "svc-inventory").allInnerTexts());
  });
});
