import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ingestSummary } from "#contracts/ingest";
import { cast, people, wmiCommand, wmiProvider } from "../../server/sample/cast.ts";
import { heading, inBrowser, type Product, settled } from "./harness.ts";
import { answerAll, incident, openAlert, verdictBar } from "./workbench-pages.ts";

const cli = resolve(import.meta.dirname, "../../server/cli.ts");

/**
 * Runs the inventory's command, or another one, on SRV-02 now: a capture of one new process, taken in by the command
 * line.
 */
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

inBrowser("the inventory service that matches an intruder", (visit) => {
  it("cannot be explained against the evidence, is excepted after a dry run, and silent from then on; another command of it is not", async () => {
    visit.expectComplaint(/status of 409/);
    const page = await visit.open("/queue");
    const at = (path: string) => page.goto(new URL(path, page.url()).href);
    await openAlert(page, "srv-02", "svc-inventory");
    await answerAll(page, "lowers");
    await verdictBar(page).getByText("suspicious, unconfirmed", { exact: true }).waitFor();

    await verdictBar(page).getByRole("button", { name: "Exception…" }).click();
    await heading(page, "New exception").waitFor();
    const entries = page.getByRole("region", { name: "Entries" }).getByRole("listitem");
    await entries.first().waitFor();
    const sentences = await entries.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
    expect(sentences).toEqual([
      expect.stringMatching(/^process\.executable is C:\\Windows\\System32\\cmd\.exe/),
      expect.stringMatching(/^process\.parent\.executable is C:\\Windows\\System32\\wbem\\WmiPrvSE\.exe/),
      expect.stringMatching(/^process\.parent\.command_line is like .*wmiprvse\.exe -secured -Embedding/),
      expect.stringMatching(/^process\.command_line is like .*collect\.cmd.*-\{digits\}\.txt 2>&1/),
      expect.stringMatching(/^user\.name is svc-inventory/),
      expect.stringMatching(/^user\.domain is NORDWIND/),
      expect.stringMatching(/^host\.name is srv-02\.nordwind\.example/),
    ]);
    const save = page.getByRole("button", { name: /^Save/ });
    expect(await save.isDisabled()).toBe(true);
    await page.getByRole("radiogroup", { name: "Mode" }).getByText("Enforced").click();
    await page.getByRole("textbox", { name: "Reason" }).fill("the inventory of every machine, confirmed by its team");
    const effect = page.getByRole("region", { name: "Dry run results" });
    await effect.getByRole("definition").filter({ hasText: "5" }).first().waitFor();
    await effect.getByText("open alerts close now", { exact: true }).waitFor();
    await settled(page);
    await save.click();
    await page.getByText("5 alerts closed.").waitFor();

    await at("/queue?group=none&status=closed");
    await incident(page, "srv-02", "svc-inventory").first().waitFor();
    await expect.poll(() => page.getByRole("article").count()).toBe(5);
    const excepted = page.getByRole("article").filter({ hasText: "closed: exception" });
    await expect.poll(() => excepted.count()).toBe(5);

    // The next day the service comes again, in new processes; and somebody uses its account for something else.
    const collect = 'cmd.exe /Q /c "C:\\Program Files\\Nordwind\\Inventory\\collect.cmd"';
    const again = await ingestCommand(
      visit.product,
      "again",
      `${collect} 1> C:\\Windows\\Temp\\inventory-209901010700.txt 2>&1`,
    );
    expect(again).toMatchObject({ state: "done", duplicates: 0, suppressed: 1 });
    const other = 'cmd.exe /Q /c "net user /domain" 1> C:\\Windows\\Temp\\u.txt 2>&1';
    expect(await ingestCommand(visit.product, "other", other)).toMatchObject({ state: "done", suppressed: 0 });

    await at("/exceptions");
    const hits = page.getByRole("row").nth(1).getByRole("cell").nth(2);
    await hits.waitFor();
    await expect.poll(async () => Number(await hits.textContent())).toBeGreaterThan(0);
    await at(`/queue?${new URLSearchParams({ group: "none", text: "inventory-209901010700" })}`);
    await page.getByRole("article").first().waitFor();
    expect(await page.getByRole("article").filter({ hasText: "Suspicious Cmd Execution via WMI" }).count()).toBe(0);
    await at(`/queue?${new URLSearchParams({ group: "none", text: "net user /domain" })}`);
    await page.getByRole("article").filter({ hasText: "Suspicious Cmd Execution via WMI v322" }).waitFor();

    // It turns out to have been wrong: what it hid comes back, with the time of its event, and what it closed is open.
    await at("/exceptions");
    await page
      .getByRole("link", { name: /^Shell|WMI|Suspicious/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "What it matched" }).waitFor();
    await page.keyboard.press("d");
    const stopping = page.getByRole("dialog", { name: "Disable exception" });
    await stopping.getByRole("textbox", { name: "Reason" }).fill("the intruder used the account of the service");
    await stopping.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("button", { name: "Enable…" }).waitFor();
    await page.getByRole("button", { name: "Give back all…" }).click();
    const giving = page.getByRole("dialog", { name: "Give back what was hidden" });
    await giving.getByRole("textbox", { name: "Reason" }).fill("the intruder used the account of the service");
    await giving.getByRole("button", { name: "Give back" }).click();
    await giving.getByText("1 alert raised").waitFor();
    await giving.getByText("5 alerts reopened").waitFor();
    await giving.getByRole("button", { name: "Done" }).click();
    await page.getByText("Given back: 1 raised, 5 reopened").waitFor();
    await at(`/queue?${new URLSearchParams({ group: "none", text: "inventory-209901010700" })}`);
    await page.getByRole("article").filter({ hasText: "Suspicious Cmd Execution via WMI" }).first().waitFor();
  });
});
