import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../../../test/fake-api.ts";
import { neighbourhood, processNode } from "../../../../test/fixtures/lineage.ts";
import { comparisonOf } from "../../../../test/fixtures/related-processes.ts";
import { storeDown, workbenchApi } from "../../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../../test/render-page.tsx";
import { WithLineage } from "../../test-harness.tsx";
import { LineagePane } from "../lineage-pane.tsx";

const open = (handlers: Handlers = {}, at = "/") =>
  renderPage(
    <WithLineage>
      {(lineage, select) => (
        <LineagePane
          lineage={lineage}
          view="tree"
          setView={() => undefined}
          selected={lineage.selected}
          select={select}
        />
      )}
    </WithLineage>,
    {
      api: { ...workbenchApi(), ...handlers },
      path: "/",
      at,
    },
  );
const row = (name: RegExp) => screen.findByRole("treeitem", { name });
const selected = () => screen.getByRole("treeitem", { selected: true }).textContent;
const count = () => screen.getAllByRole("treeitem").length;

describe("the tree of processes", () => {
  it("shows each process at its level, with its user where that changes", async () => {
    open();
    expect((await row(/^cmd\.exe2828/)).getAttribute("aria-level")).toBe("5");
    expect((await row(/^cmd\.exe2828/)).textContent).toContain("adm-lena");
    expect((await row(/^whoami\.exe/)).textContent).not.toContain("adm-lena");
    expect((await row(/^explorer\.exe/)).textContent).toContain("start not recorded");
    expect((await row(/^net1\.exe/)).textContent).toContain("parent ambiguous");
  });

  it("says which process has two times", async () => {
    const startBySourceClock = "2026-02-27T09:00:00.000Z";
    const nodes = neighbourhood.nodes.map((node) => (node.key === "cmd" ? { ...node, startBySourceClock } : node));
    open({ lineage: () => ({ ...neighbourhood, nodes }) });
    expect((await row(/^cmd\.exe2828/)).textContent).toContain("two times");
    expect(
      screen.getAllByTitle(/^The event log says .*, Sysmon's own clock 2026-02-27T09:00:00\.000Z\.$/),
    ).toHaveLength(1);
  });

  it("collapses similar processes into one row, which expands", async () => {
    const { user } = open();
    const group = await row(/\+ 5 × cmd\.exe/);
    expect(group.getAttribute("aria-expanded")).toBe("false");
    const before = count();
    await user.click(group);
    expect((await row(/\+ 5 × cmd\.exe/)).getAttribute("aria-expanded")).toBe("true");
    expect(count()).toBe(before + 5);
  });

  it("loads more children in place", async () => {
    const { user, api } = open();
    const resume = api.pause("children");
    await user.click(await row(/36 of 37 children not loaded: load more/));
    resume();
    expect(await row(/24 of 37 children not loaded: load more/)).toBeDefined();
    expect(api.calls("children")[0]).toMatchObject({ params: { key: "services" } });
  });

  it("moves the selection by the arrow keys and collapses and expands by left and right", async () => {
    const { user } = open();
    await row(/^cmd\.exe2828/);
    screen.getByRole("tree").focus();
    expect(selected()).toMatch(/^cmd\.exe2828/);
    await user.keyboard("{ArrowUp}");
    expect(selected()).toMatch(/^WmiPrvSE\.exe/);
    await user.keyboard("{ArrowLeft}");
    expect(screen.getByRole("treeitem", { selected: true }).getAttribute("aria-expanded")).toBe("false");
    expect(screen.queryByRole("treeitem", { name: /^cmd\.exe2828/ })).toBeNull();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(selected()).toMatch(/^cmd\.exe2828/);
    await user.keyboard("{Home}");
    expect(selected()).toMatch(/^wininit\.exe/);
  });

  it("lists what a process did in place, by its counts and by key", async () => {
    const { user, api } = open();
    const cmd = await row(/^cmd\.exe2828/);
    await user.click(within(cmd).getByRole("button", { name: /^file \d|network \d/, hidden: true }));
    expect(await row(/file ?C:\\Windows\\Temp\\out\.txt/)).toBeDefined();
    expect(api.calls("timeline").at(-1)?.body).toMatchObject({ processes: ["cmd"], limit: 25 });
    await user.click(
      within(await row(/^cmd\.exe2828/)).getByRole("button", { name: /^file \d|network \d/, hidden: true }),
    );
    await waitFor(() => expect(screen.queryByRole("treeitem", { name: /out\.txt/ })).toBeNull());
  });

  it("fits the time to the incident or the alert, and to a drag", async () => {
    const { user, address } = open();
    await row(/^cmd\.exe2828/);
    expect(screen.getByRole("button", { name: "incident", pressed: true })).toBeDefined();
    await user.click(screen.getByRole("button", { name: "alert", pressed: false }));
    expect(screen.getByRole("button", { name: "alert", pressed: true })).toBeDefined();
    await waitFor(() => expect(address()).toContain("span="));
    const axis = screen.getByTitle("Drag to show a part of the time");
    axis.getBoundingClientRect = () => ({ left: 0, width: 100 }) as DOMRect;
    fireEvent.pointerDown(axis, { button: 0, clientX: 20 });
    fireEvent.pointerMove(axis, { clientX: 60 });
    fireEvent.pointerUp(axis, { clientX: 60 });
    expect(screen.getByRole("button", { name: "alert", pressed: false })).toBeDefined();
    await user.click(screen.getByRole("button", { name: "incident", pressed: false }));
    await waitFor(() => expect(address()).not.toContain("span="));
  });

  it("marks children that are rare compared with other runs", async () => {
    const { user } = open({ comparison: ({ params }) => comparisonOf(params.key) });
    await row(/^cmd\.exe2828/);
    await user.click(screen.getByRole("button", { name: "Compare children with other runs (N)", pressed: false }));
    await waitFor(async () => expect((await row(/^whoami\.exe/)).textContent).toContain("first seen"));
    expect(screen.getByText(/compared with [\d,]+ other runs/)).toBeDefined();
  });
});

describe("the filter of the lineage", () => {
  it("shows matching processes and their ancestors, and says how many rows it hides", async () => {
    const { fill } = open();
    await row(/^cmd\.exe2828/);
    fill(screen.getByRole("textbox", { name: "Filter processes" }), "whoami /groups");
    await waitFor(() => expect(screen.queryByRole("treeitem", { name: /^net\.exe/ })).toBeNull());
    expect(await row(/^WmiPrvSE\.exe/)).toBeDefined();
    expect(screen.getByText(/rows hidden by the filter/)).toBeDefined();
  });

  it("explains that no process matches, and is cleared", async () => {
    const { user, fill } = open();
    await row(/^cmd\.exe2828/);
    fill(screen.getByRole("textbox", { name: "Filter processes" }), "nothing of this name");
    expect(await screen.findByText("No processes match the filter")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Show all processes" }));
    expect(await row(/^cmd\.exe2828/)).toBeDefined();
  });

  it("shows only processes with alerts, and can be undone", async () => {
    const { user } = open();
    await row(/^cmd\.exe2828/);
    const before = count();
    await user.click(screen.getByRole("button", { name: "Show only processes with alerts" }));
    expect(count()).toBeLessThan(before);
    expect(screen.queryByRole("treeitem", { name: /^conhost\.exe/ })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Undo the last view change" }));
    expect(count()).toBe(before);
  });
});

describe("the lineage pane", () => {
  it("shows that it is loading, and offers to try again when that fails", async () => {
    const { api, user } = open({ lineage: storeDown });
    const resume = api.pause("lineage");
    expect(screen.getByRole("status", { name: "Loading the lineage" })).toBeDefined();
    resume();
    await screen.findByRole("alert");
    api.use({ lineage: () => neighbourhood });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await row(/^cmd\.exe2828/)).toBeDefined();
  });

  it("explains that an alert has no process", async () => {
    open({ lineage: () => ({ ...neighbourhood, focus: "", nodes: [], sessions: [], truncations: [] }) });
    expect(await screen.findByText("No process recorded for this alert")).toBeDefined();
  });

  it("keeps the tree when more children cannot be loaded", async () => {
    const { user } = open({ children: storeDown });
    await user.click(await row(/36 of 37 children not loaded/));
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect(await row(/36 of 37 children not loaded/)).toBeDefined();
  });

  it("says what was left out of the lineage", async () => {
    const truncations = [
      ...neighbourhood.truncations,
      { of: "wininit", relation: "ancestors" as const, shown: 64, total: 1200, why: "the depth is limited" },
    ];
    open({ lineage: () => ({ ...neighbourhood, truncations }) });
    expect(await screen.findByText(/ancestors: 64 of 1,200 \(the depth is limited\)/)).toBeDefined();
  });

  it("adds the neighbourhood of a selected process that is not part of it", async () => {
    const far = processNode("far", "far.exe", 77);
    const { api } = open(
      { processNeighbourhood: () => ({ ...neighbourhood, focus: "far", nodes: [far], truncations: [] }) },
      "/?node=far",
    );
    const item = await row(/^far\.exe/);
    expect(within(item).getByText("far.exe")).toBeDefined();
    expect(selected()).toMatch(/^far\.exe/);
    expect(api.calls("processNeighbourhood")).toHaveLength(1);
  });
});
