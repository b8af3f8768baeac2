import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import { Refusal } from "../../../test/fake-api.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithLineage } from "../test-harness.tsx";
import { ParentEdge } from "./parent-edge.tsx";

function open(key: string, change: Partial<ProcessNode> = {}) {
  const select = vi.fn();
  const page = renderPage(
    <WithLineage>
      {(lineage) => {
        const node = lineage.graph?.nodes.get(key);
        return node !== undefined && <ParentEdge node={{ ...node, ...change }} lineage={lineage} select={select} />;
      }}
    </WithLineage>,
    { api: workbenchApi() },
  );
  return { ...page, select };
}
const candidates = async () =>
  within(await screen.findByRole("list", { name: "Possible parents" })).getAllByRole("listitem");

describe("the parent of a process", () => {
  it("is shown with how it was matched", async () => {
    const { user, select } = open("svchost");
    await user.click(await screen.findByRole("button", { name: "services.exe 684" }));
    expect(select).toHaveBeenCalledWith("services");
    expect(screen.getByText("matched by process ID and start time")).toBeDefined();
    expect(screen.queryByRole("list", { name: "Possible parents" })).toBeNull();
  });

  it("is reported as unknown, with the reason where there is one", async () => {
    open("wininit");
    expect(await screen.findByText(/^Its parent ended before the capture begins/)).toBeDefined();
    open("wininit", { parentUnknown: undefined });
    expect(await screen.findByText("No record names the parent of this process.")).toBeDefined();
  });

  it("is one of several candidates when it is ambiguous", async () => {
    open("net1");
    const items = await candidates();
    expect(items.map((item) => item.textContent)).toEqual([
      "net.exe 3402started 2026-03-04 09:12:10current",
      "cmd.exe 2828started 2026-03-04 09:12:07Choose as parent",
    ]);
    expect(screen.getByText("ambiguous: several possible parents")).toBeDefined();
  });

  it("can be chosen and restored", async () => {
    const { user, api } = open("net1");
    await user.click(await screen.findByRole("button", { name: /^Choose as parent: cmd\.exe 2828/ }));
    expect(await screen.findByText(/^Chosen by mika/)).toBeDefined();
    expect((await candidates()).map((item) => item.textContent)).toEqual([
      "net.exe 3402started 2026-03-04 09:12:10, computed from the recordsChoose as parent",
      "cmd.exe 2828started 2026-03-04 09:12:07current",
    ]);
    expect(screen.getByRole("alert").textContent).toContain("No alerts moved to another incident.");
    await user.click(screen.getByRole("button", { name: "Restore computed parent" }));
    expect(await screen.findByText("Computed parent restored")).toBeDefined();
    expect(screen.queryByText(/^Chosen by mika/)).toBeNull();
    expect(api.calls("chooseParent").map(({ body }) => body)).toEqual([{ parent: "cmd" }, {}]);
  });

  it("stays the same when the server refuses the choice", async () => {
    const { user, api } = open("net1");
    const choose = await screen.findByRole("button", { name: /^Choose as parent: cmd\.exe 2828/ });
    api.fail("chooseParent", new Refusal(409, "The process ended before its child started."));
    await user.click(choose);
    expect((await screen.findByRole("alert")).textContent).toContain("Parent not changed");
    expect((await candidates())[0]?.textContent).toContain("current");
  });
});
