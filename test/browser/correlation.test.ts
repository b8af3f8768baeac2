import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ingest } from "../../server/pipeline/ingest.ts";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled, type Visit } from "./harness.ts";

const HOUR = 3_600_000;

/** Security records of logons on one host: 33 failures of seven accounts, six more of one of them, then a success. */
function logons(): string {
  const names = ["ada", "ben", "cleo", "dora", "eli", "finn", "gita"];
  const from = Date.now() - 3 * HOUR;
  const record = (seconds: number, code: number, user: string, more = {}) => ({
    EventTime: new Date(from + seconds * 1000).toISOString(),
    Hostname: "srv-09.nordwind.example",
    EventID: code,
    Channel: "Security",
    SourceName: "Microsoft-Windows-Security-Auditing",
    RecordNumber: seconds + 1,
    TargetUserName: user,
    TargetDomainName: "NORDWIND",
    IpAddress: "10.20.4.77",
    LogonType: "3",
    ...more,
  });
  return [
    ...Array.from({ length: 33 }, (_, at) => record(at * 9, 4625, names[at % 7] ?? "ada")),
    ...Array.from({ length: 6 }, (_, at) => record(400 + at * 20, 4625, "ada")),
    record(600, 4624, "ada", { TargetLogonId: "0x77aa1" }),
  ]
    .map((one) => JSON.stringify(one))
    .join("\n");
}

async function ingestLogons({ product }: Visit): Promise<void> {
  const path = join(product.folder, "logons.json");
  writeFileSync(path, logons());
  const { store, rules } = product.workbench;
  const { detector } = rules.current;
  const { alerts } = await ingest({ store, detector, paths: [path], actor: { name: "tester" }, clock: Date.now });
  expect(alerts).toBe(2);
}

inBrowser("an alert of a correlation rule", (visit) => {
  it("shows what was counted, over which time, for which values, and the events", async () => {
    await ingestLogons(visit);
    const page = await visit.open("/queue?host=srv-09.nordwind.example", { width: 1600, height: 1000 });
    await page.getByText("Logon After Many Failures").first().waitFor();
    const { items } = await visit.product.workbench.store.alerts.find({ hosts: ["srv-09.nordwind.example"], limit: 9 });
    const idOf = (name: string) => encodeURIComponent(items.find(({ rule }) => rule.name === name)?.id ?? "");

    await page.goto(new URL(`/alerts/${idOf("Failed Logons Of Many Accounts From One Address")}`, page.url()).href);
    // The two alerts are one incident, which is named by the worse one.
    await heading(page, "Logon After Many Failures").waitFor();
    const alert = page.getByRole("region", { name: "Alert", exact: true });
    await alert.getByText("Failed Logons Of Many Accounts From One Address").waitFor();
    const numbers = page.locator("section", { has: page.getByRole("heading", { name: "Correlation" }) }).last();
    await numbers.getByText("10 or more events and 5 or more different user.name within 9 minutes").waitFor();
    await expect.poll(() => numbers.textContent()).toMatch(/39 events in 8\.3 min/);
    for (const value of ["10.20.4.77", "ada", "gita"]) {
      await numbers.getByRole("button", { name: value, exact: true }).waitFor();
    }
    await page.getByText("First 25 of 39 events; all are counted.").waitFor();
    await page.getByText("What failed, and how?").first().waitFor();
    await settled(page);
    expect(await violations(page)).toEqual([]);

    await page.goto(new URL(`/alerts/${idOf("Logon After Many Failures")}`, page.url()).href);
    await heading(page, "Logon After Many Failures").waitFor();
    await page.getByText("2 rules in order within 10 minutes").waitFor();
    await page.getByText("Many Failed Logons Of An Account From One Address", { exact: true }).waitFor();
    await settled(page);
    expect(await violations(page)).toEqual([]);
  });
});
