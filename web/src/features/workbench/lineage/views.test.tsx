import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithWorkbench } from "../test-harness.tsx";
import { LineagePane } from "./lineage-pane.tsx";
import { defaultView, lineageViewEntries } from "./views.tsx";

// jsdom cannot draw: the graph gets a canvas that stays empty.
vi.mock("./graph-view/graph-canvas.ts", () => ({
  createCanvas: () => ({ show: vi.fn(), select: vi.fn(), restyle: vi.fn(), destroy: vi.fn() }),
}));

const openWorkbench = (search = "") =>
  renderPage(
    <WithWorkbench>
      {({ lineage, view, setView, selected, select }) => (
        <LineagePane lineage={lineage} view={view} setView={setView} selected={selected} select={select} />
      )}
    </WithWorkbench>,
    { api: workbenchApi(), path: "/alert", at: `/alert${search}` },
  );

/** The panel of a view, once it shows the selected process in one way or another. */
async function panelOf(title: string): Promise<HTMLElement> {
  const panel = await screen.findByRole("tabpanel", { name: title });
  await waitFor(() => {
    const [shown] = (["tree", "img", "table", "listbox"] as const).flatMap((role) =>
      within(panel).queryAllByRole(role),
    );
    expect(shown?.getAttribute("aria-label")).toMatch(/process|lineage/i);
  });
  return panel;
}

describe.each(lineageViewEntries)("the lineage view %s", (view, { title, key }) => {
  it("is shown by its key, which the address follows", async () => {
    const { user, address } = openWorkbench();
    await panelOf("Tree");
    await user.keyboard(key);
    await panelOf(title);
    expect(screen.getByRole("tab", { name: title, selected: true })).toBeDefined();
    await waitFor(() => expect(address()).toBe(view === defaultView ? "/alert" : `/alert?pane=${view}`));
  });

  it("is shown by its tab and by its address", async () => {
    const { user } = openWorkbench(`?pane=${view}`);
    await panelOf(title);
    const [other] = lineageViewEntries.filter(([name]) => name !== view);
    await user.click(screen.getByRole("tab", { name: other?.[1].title }));
    await user.click(screen.getByRole("tab", { name: title }));
    await panelOf(title);
  });
});

describe("the lineage views", () => {
  it("have keys of their own", () => {
    const keys = lineageViewEntries.map(([, { key }]) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
