import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { workbenchApi } from "../../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../../test/render-page.tsx";
import { WithLineage } from "../../test-harness.tsx";
import { TableView } from "./table-view.tsx";

const open = () =>
  renderPage(
    <WithLineage>
      {(lineage, select) => (
        <TableView lineage={lineage} prevalence={{ byGroup: new Map() }} selected={lineage.selected} select={select} />
      )}
    </WithLineage>,
    { api: workbenchApi() },
  );
const names = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[1]?.textContent);
const current = () =>
  screen.getAllByRole("row").find((row) => row.getAttribute("aria-current") === "true")?.textContent;

describe("the table of processes", () => {
  it("shows the processes by start time, those without one first", async () => {
    open();
    await screen.findByRole("row", { name: /whoami\.exe/ });
    expect(names().slice(0, 4)).toEqual(["explorer.exe", "wininit.exe", "services.exe", "svchost.exe"]);
    expect(screen.getByRole("columnheader", { name: "Start" }).getAttribute("aria-sort")).toBe("ascending");
  });

  it("sorts by a column, and the other way round at the second click", async () => {
    const { user } = open();
    await screen.findByRole("row", { name: /whoami\.exe/ });
    await user.click(screen.getByRole("button", { name: "PID" }));
    expect(names()[1]).toBe("services.exe");
    await user.click(screen.getByRole("button", { name: "PID" }));
    expect(screen.getByRole("columnheader", { name: "PID" }).getAttribute("aria-sort")).toBe("descending");
    expect(names()[0]).toBe("mmc.exe");
  });

  it("selects by click and moves the selection by the arrow keys", async () => {
    const { user } = open();
    expect((await screen.findByRole("row", { current: true })).textContent).toContain("2828");
    await user.click(screen.getByRole("row", { name: /svchost\.exe/ }));
    expect(current()).toContain("svchost.exe");
    screen.getByRole("table").focus();
    await user.keyboard("{ArrowUp}");
    expect(current()).toContain("services.exe");
  });
});
