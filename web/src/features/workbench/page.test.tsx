import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { setWindowWidth } from "../../test/browser.ts";
import { Refusal } from "../../test/fake-api.ts";
import { alertDetail } from "../../test/fixtures/alert.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { WorkbenchPage } from "./page.tsx";

/** Opens the workbench and waits until lineage and playbook are loaded. */
async function open() {
  const page = renderPage(<WorkbenchPage />, {
    api: workbenchApi(),
    path: "/alerts/:id",
    at: `/alerts/${alertId}?step=siblings`,
  });
  await screen.findByRole("tree");
  await screen.findByRole("button", { current: "step" });
  return page;
}
describe("the dialogs of the workbench", () => {
  it.each([
    ["c", "Close incident"],
    ["s", "Escalate incident"],
  ])("%s opens “%s” and Escape closes it", async (key, name) => {
    const { user } = await open();
    await user.keyboard(key);
    await screen.findByRole("dialog", { name });
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
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
