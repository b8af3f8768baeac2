import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Comparison as Compared } from "#contracts/related-processes";
import type { Handlers } from "../../../test/fake-api.ts";
import { nodes } from "../../../test/fixtures/lineage.ts";
import { comparisonOf, relatedProcesses } from "../../../test/fixtures/related-processes.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { SelectionContext } from "../selection.ts";
import { Comparison } from "./comparison.tsx";
import { RelatedProcesses } from "./related-processes.tsx";

const cmd = nodes.find(({ key }) => key === "cmd") ?? expect.fail("the fixtures have no cmd");

describe("the comparison with other runs", () => {
  const open = async (compared: Compared = comparisonOf("cmd")) => {
    const page = renderPage(<Comparison node={cmd} />, { api: { comparison: () => compared } });
    expect(page.api.calls("comparison")).toEqual([]);
    await page.user.click(screen.getByText("Compared with other runs"));
    return page;
  };

  it("is requested when it is opened and counts the compared runs", async () => {
    const { api } = await open();
    expect(
      await screen.findByText(
        "Compared with 12 other runs of cmd.exe on this host and 200 of 4,120 on 31 hosts, from 30 days before to 1 day after this run.",
      ),
    ).toBeDefined();
    expect(api.calls("comparison")).toHaveLength(1);
  });

  it("shows how common each child process is, and common ones that are missing", async () => {
    await open();
    const table = await screen.findByRole("table", { name: "Child processes" });
    expect(within(table).getByRole("row", { name: /^first seen whoami\.exe.* 0 of 12 0 of 200/ })).toBeDefined();
    expect(within(table).getByRole("row", { name: /^common conhost\.exe.* 11 of 12 190 of 200/ })).toBeDefined();
    expect(screen.getByText(/^Common, but missing here/).textContent).toContain("ping.exe (150 of 200)");
  });

  it("says that there is nothing to compare with", async () => {
    const none = { ...comparisonOf("cmd"), everywhere: { compared: 0, total: 0, hosts: 0 }, children: [], missing: [] };
    await open(none);
    expect(await screen.findByText("No other runs of cmd.exe in the 30 days before this one.")).toBeDefined();
    expect(screen.queryByRole("table")).toBeNull();
  });
});

describe("related processes without alerts", () => {
  function open({ initiallyOpen = true, api = {} as Handlers } = {}) {
    const select = vi.fn();
    const pin = vi.fn();
    const page = renderPage(
      <SelectionContext value={{ select, pin, offerEvidence: vi.fn() }}>
        <RelatedProcesses node={cmd} open={initiallyOpen} select={select} />
      </SelectionContext>,
      { api: { ...workbenchApi(), ...api } },
    );
    return { ...page, select, pin };
  }
  const list = () => screen.findByRole("list", { name: "Related processes without alerts" });

  it("are requested only when the section is open", async () => {
    const { user, api } = open({ initiallyOpen: false });
    expect(api.calls("relatedProcesses")).toEqual([]);
    await user.click(screen.getByText("Related processes without alerts"));
    expect(await list()).toBeDefined();
  });

  it("show why they are related, and lead to the process", async () => {
    const { user, select } = open();
    const [first] = within(await list()).getAllByRole("listitem");
    expect(first?.textContent).toContain("runs in the same logon session, 0x1d313d");
    expect(screen.getByText("2 of 2 processes, most reasons first.")).toBeDefined();
    await user.click(within(await list()).getByRole("button", { name: "net.exe 3402" }));
    expect(select).toHaveBeenCalledWith("net");
  });

  it("can be pinned as evidence", async () => {
    const { user, pin } = open();
    await user.click(await screen.findByRole("button", { name: "Pin net.exe 3402 as evidence" }));
    expect(pin).toHaveBeenCalledWith({
      kind: "process",
      id: "net",
      label: 'net.exe 3402 on srv-02: net  group "Domain Admins" /domain',
    });
  });

  it("say that there are none", async () => {
    open({ api: { relatedProcesses: () => ({ items: [], total: 0, notes: [] }) } });
    expect(await screen.findByText(/^None found among its descendants and siblings/)).toBeDefined();
  });

  it("load more on request", async () => {
    const { user, api } = open({ api: { relatedProcesses: () => ({ ...relatedProcesses, total: 60, next: "25" }) } });
    await user.click(await screen.findByRole("button", { name: "Show more" }));
    expect(api.calls("relatedProcesses").map(({ query }) => query.get("limit"))).toEqual(["25", "100"]);
  });

  it("offer to try again when loading fails", async () => {
    open({ api: { relatedProcesses: storeDown } });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
  });
});
