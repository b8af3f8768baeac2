import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RouteResponse } from "#contracts/api";
import { setWindowWidth } from "../../test/browser.ts";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertDetail, alertSummary } from "../../test/fixtures/alert.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { WorkbenchPage } from "./page.tsx";

const incidentOf = (id: string): RouteResponse<"queue">["items"][number] => ({
  key: id,
  title: id,
  severity: "high",
  riskScore: 73,
  latest: alertSummary.time,
  hosts: ["srv-02"],
  users: [],
  ruleCount: 1,
  alertCount: 1,
  alerts: [{ ...alertSummary, id }],
});
const queue: RouteResponse<"queue"> = {
  items: ["al-before", alertId, "al-after"].map(incidentOf),
  total: 3,
  totalAlerts: 3,
  counts: { open: 3, acknowledged: 0, escalated: 0, closed: 0 },
  facets: { severity: [], rule: [], tactic: [], host: [], user: [] },
  histogram: [],
};

/** Opens the workbench and waits until lineage and playbook are loaded. */
async function open({ search = "?step=siblings", handlers = {} as Handlers } = {}) {
  const page = renderPage(<WorkbenchPage />, {
    api: { ...workbenchApi(), ...handlers },
    path: "/alerts/:id",
    at: `/alerts/${alertId}${search}`,
  });
  await screen.findByRole("tree");
  await screen.findByRole("button", { current: "step" });
  return page;
}
const selected = () => screen.getByRole("treeitem", { selected: true }).textContent;
const openStep = () => screen.getByRole("button", { current: "step" }).textContent;

describe("the keys of the workbench", () => {
  it("move from process to process and skip groups and rows to load", async () => {
    const { user, address } = await open();
    await user.keyboard("k");
    expect(selected()).toMatch(/^WmiPrvSE\.exe/);
    await user.keyboard("jj");
    expect(selected()).toMatch(/^conhost\.exe/);
    await waitFor(() => expect(address()).toContain("node=conhost"));
  });

  it("collapse and expand the selected process, and undo", async () => {
    const { user } = await open();
    await user.keyboard("o");
    expect(screen.queryByRole("treeitem", { name: /^whoami/ })).toBeNull();
    await user.keyboard("z");
    expect(screen.getByRole("treeitem", { name: /^whoami/ })).toBeDefined();
  });

  it("answer the open step and move between steps", async () => {
    const { user, api } = await open();
    await user.keyboard("2");
    await waitFor(() =>
      expect(api.calls("answer")).toMatchObject([{ params: { step: "siblings" }, body: { value: "lowers" } }]),
    );
    await user.keyboard("]");
    expect(openStep()).toContain("Do other hosts");
    await user.keyboard("[[[[");
    expect(openStep()).toContain("What does the captured command");
  });

  it("pin the selected process", async () => {
    const { user } = await open();
    await user.keyboard("p");
    const pins = screen.getByRole("list", { name: "Pinned evidence" });
    expect(within(pins).getByRole("listitem").getAttribute("title")).toMatch(/^process: cmd\.exe 2828 on srv-02/);
  });

  it("copy the command line of the selected process", async () => {
    const { user } = await open();
    await user.keyboard("y");
    expect(await navigator.clipboard.readText()).toBe(alertDetail.process.commandLine);
  });

  it.each([
    ["c", "Close alert"],
    ["s", "Escalate alert"],
    ["i", "Incident"],
  ])("%s opens the dialog “%s”", async (key, name) => {
    const incident = {
      key: "wininit",
      alerts: [alertSummary],
      total: 1,
      removed: [],
      removedTotal: 0,
      hosts: ["srv-02"],
      history: [],
    };
    const { user } = await open({ handlers: { incident: () => incident } });
    await user.keyboard(key);
    expect(await screen.findByRole("dialog", { name })).toBeDefined();
  });

  it("open the exception builder", async () => {
    const { user, address } = await open();
    await user.keyboard("e");
    expect(address()).toBe(`/exceptions/new?alert=${alertId}`);
  });

  it("do nothing that the status of the alert forbids", async () => {
    const { user } = await open({ handlers: { alert: () => ({ ...alertDetail, status: "closed" }) } });
    await user.keyboard("cs");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("are text while a note is typed", async () => {
    const { user } = await open();
    const note = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Note" });
    await user.click(note);
    await user.keyboard("c1");
    expect(note.value).toBe("c1");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it.each([
    ["{{", "/alerts/al-before"],
    ["}", "/alerts/al-after"],
  ])("%s opens the neighbouring alert of the queue", async (key, path) => {
    const { user, address } = await open({ handlers: { queue: () => queue } });
    await user.keyboard(key);
    await waitFor(() => expect(address()).toBe(path));
  });

  it("stay on the alert when the queue cannot be loaded", async () => {
    const { user, api, address } = await open({ handlers: { queue: () => new Refusal(503, "Down.") } });
    await user.keyboard("}");
    await waitFor(() => expect(api.calls("queue")).toHaveLength(1));
    expect(address()).toContain(`/alerts/${alertId}`);
  });
});

describe("the layout of the workbench", () => {
  it("shows three panes in a wide window", async () => {
    setWindowWidth(1920);
    await open();
    expect(screen.getAllByRole("separator")).toHaveLength(2);
    expect(screen.queryByRole("button", { name: "Details" })).toBeNull();
  });

  it("shows the details in a drawer of a medium window and remembers whether it is open", async () => {
    const { user } = await open();
    expect(screen.getByRole("region", { name: "Details of cmd.exe" })).toBeDefined();
    await user.keyboard("d");
    expect(screen.queryByRole("region", { name: "Details of cmd.exe" })).toBeNull();
    expect(localStorage.getItem("stemma.details")).toBe("closed");
  });

  it("stacks the panes in a narrow window", async () => {
    setWindowWidth(420);
    const { user } = renderPage(<WorkbenchPage />, {
      api: workbenchApi(),
      path: "/alerts/:id",
      at: `/alerts/${alertId}?step=siblings`,
    });
    await screen.findByRole("tree");
    await user.click(screen.getByRole("tab", { name: "Details" }));
    expect(await screen.findByRole("heading", { level: 2, name: /cmd\.exe/ })).toBeDefined();
    expect(screen.queryByRole("tree")).toBeNull();
  });
});

describe("the page of an alert", () => {
  it("shows that it is loading, then the title of the alert", async () => {
    const { api } = renderPage(<WorkbenchPage />, {
      api: workbenchApi(),
      path: "/alerts/:id",
      at: `/alerts/${alertId}?step=siblings`,
    });
    const resume = api.pause("alert");
    expect(screen.getByRole("status", { name: "Loading the alert" })).toBeDefined();
    resume();
    expect(await screen.findByRole("heading", { level: 1, name: alertDetail.rule.name })).toBeDefined();
    expect(document.title).toBe(`${alertDetail.rule.name} on srv-02 · Stemma`);
  });

  it("leads back to the queue when there is no such alert", async () => {
    renderPage(<WorkbenchPage />, {
      api: { alert: () => new Refusal(404, "There is no alert al-0.") },
      path: "/alerts/:id",
      at: "/alerts/al-0",
    });
    expect((await screen.findByRole("alert")).textContent).toContain("There is no alert al-0.");
    expect(screen.getByRole("link", { name: "Back to the queue" })).toBeDefined();
  });

  it("offers a value of a field to an exception of this alert", async () => {
    const { user, address } = await open();
    const [host] = within(screen.getByRole("region", { name: "Details of cmd.exe" })).getAllByRole("button", {
      name: "srv-02",
    });
    await user.click(host ?? document.body);
    await user.click(await screen.findByRole("menuitem", { name: "Add to exception" }));
    expect(address()).toBe(`/exceptions/new?alert=${alertId}&field=host.name&value=srv-02`);
  });

  it("pins a value of a field", async () => {
    const { user } = await open();
    const [host] = within(screen.getByRole("region", { name: "Details of cmd.exe" })).getAllByRole("button", {
      name: "srv-02",
    });
    await user.click(host ?? document.body);
    await user.click(await screen.findByRole("menuitem", { name: "Pin as evidence" }));
    expect(await screen.findByRole("button", { name: "Unpin host.name: srv-02" })).toBeDefined();
  });
});
