import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { workbenchApi } from "../../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../../test/render-page.tsx";
import { WithLineage } from "../../test-harness.tsx";
import { TimelineView } from "./timeline-view.tsx";

const open = () =>
  renderPage(
    <WithLineage>
      {(lineage, select) => (
        <TimelineView
          lineage={lineage}
          prevalence={{ byGroup: new Map() }}
          selected={lineage.selected}
          select={select}
        />
      )}
    </WithLineage>,
    { api: workbenchApi() },
  );
const texts = async () => (await screen.findAllByRole("option")).map((option) => option.textContent);
const selected = () => screen.getAllByRole("option", { selected: true }).map((option) => option.textContent);

describe("the timeline", () => {
  it("shows starts, ends and logons in order of time with the time between them", async () => {
    open();
    const all = await texts();
    expect(all[0]).toBe("03-01 05:30:02wininit.exestarted");
    const logon = all.findIndex((text) => text?.includes("CORP\\adm-lenalogon"));
    expect(all[logon + 1]).toMatch(/^09:12:03\.200\+ 2\.1 sWmiPrvSE\.exestarted/);
    expect(all.some((text) => /whoami\.exeended$/.test(text ?? ""))).toBe(true);
  });

  it("selects the process of an event, which has several events", async () => {
    const { user } = open();
    await texts();
    await user.click(screen.getByRole("option", { name: /whoami\.exe ?ended/ }));
    expect(selected()).toHaveLength(2);
    expect(selected().every((text) => text?.includes("whoami.exe"))).toBe(true);
  });

  it("moves to the event of the next process by the arrow keys", async () => {
    const { user } = open();
    await texts();
    screen.getByRole("listbox").focus();
    await user.keyboard("{ArrowDown}");
    expect(selected()[0]).toContain("conhost.exe");
    await user.keyboard("{ArrowUp}");
    expect(selected()[0]).toContain("cmd.exe");
  });
});
