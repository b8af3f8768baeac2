import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser } from "./harness.ts";

const hunt = (query: string) => `/hunt?${new URLSearchParams({ language: "eql", query })}`;

inBrowser("every page, light and dark", (visit) => {
  const plain: readonly (readonly [name: string, path: string, title: string | RegExp])[] = [
    ["the queue", "/queue", "Queue"],
    ["the queue that filters have emptied", "/queue?text=nothing+like+this", "Queue"],
    ["hosts", "/hosts", "Hosts"],
    ["a host", "/hosts/srv-02.nordwind.example", "srv-02.nordwind.example"],
    ["users", "/users", "Users"],
    ["a user", "/users/nordwind%5Cadm-lena", "NORDWIND\\adm-lena"],
    ["a hunt with results", hunt('process where process.parent.name : "WmiPrvSE.exe"'), "Hunt"],
    ["rules", "/rules", "Rules"],
    ["exceptions", "/exceptions", "Exceptions"],
    ["value lists", "/exceptions/lists", "Value lists"],
    ["proposals", "/proposals", "Proposals"],
    ["playbooks", "/playbooks", "Playbooks"],
    ["a playbook", "/playbooks/wmi-output-capture", /captured output$/],
    ["a copy of a shipped playbook", "/playbooks/wmi-output-capture/edit", /^Edit a copy of/],
    ["a new playbook", "/playbooks/new", "New playbook"],
    ["the shift report", "/report?last=24h&people=true", "Shift report"],
    ["a shift report of a quiet time", "/report?from=2020-01-01T00:00Z&to=2020-01-02T00:00Z", "Shift report"],
    ["ingest", "/ingest", "Ingest"],
    ["the audit trail", "/audit", "Audit trail"],
    ["people", "/people", "People"],
    ["service tokens", "/people?tab=tokens", "People"],
    ["one's own account", "/settings", "Settings"],
    ["preferences", "/settings?tab=preferences", "Settings"],
    ["deliveries", "/settings?tab=deliveries", "Settings"],
    ["the settings of the server", "/settings?tab=server", "Settings"],
    ["an address that leads nowhere", "/nowhere", "Page not found"],
  ];

  it.each(plain)("%s can be used by everybody", async (_, path, title) => {
    const page = await visit.open(path);
    await heading(page, title).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("the page of a playbook that does not exist can be used by everybody", async () => {
    visit.expectComplaint(/status of 404/);
    const page = await visit.open("/playbooks/none");
    await page.getByText("No playbook none is loaded.").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a rule can be used by everybody", async () => {
    const page = await visit.open("/rules");
    await page.getByRole("link", { name: "Suspicious Cmd Execution via WMI" }).first().click();
    await heading(page, /^Suspicious Cmd Execution via WMI/).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("the choice of the theme and a selection in the queue can be used by everybody", async () => {
    const page = await visit.open("/queue");
    await page.getByRole("article").first().getByRole("checkbox").check();
    await page.getByRole("toolbar", { name: "Selected incidents" }).waitFor();
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("menuitem", { name: "System" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("a hunt that was not understood keeps the text, shows the place, and can be used by everybody", async () => {
    visit.expectComplaint(/status of 400/);
    const page = await visit.open("/hunt");
    await page.getByRole("textbox", { name: "Query" }).fill("process where process.parent.name == ");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page
      .getByRole("alert")
      .getByText(/line 1, column 3\d/)
      .waitFor();
    expect(await page.getByRole("textbox", { name: "Query" }).inputValue()).toBe(
      "process where process.parent.name == ",
    );
    expect(await violations(page)).toEqual([]);
  });
});
