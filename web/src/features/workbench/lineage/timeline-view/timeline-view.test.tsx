import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { storeDown, workbenchApi } from "../../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../../test/render-page.tsx";
import { WithLineage } from "../../test-harness.tsx";
import { TimelineView } from "./timeline-view.tsx";

const open = (at = "/", handlers = {}) =>
  renderPage(
    <WithLineage>
      {(lineage, select) =>
        lineage.graph !== undefined && (
          <TimelineView
            lineage={lineage}
            prevalence={{ byGroup: new Map() }}
            selected={lineage.selected}
            select={select}
          />
        )
      }
    </WithLineage>,
    { api: { ...workbenchApi(), ...handlers }, at },
  );
const texts = () => screen.getAllByRole("option").map((option) => option.textContent);
const line = (name: RegExp) => screen.findByRole("option", { name });
const selected = () => screen.getAllByRole("option", { selected: true }).map((option) => option.textContent);
const time = () => screen.getByRole("slider", { name: "Time that is shown" });

describe("the timeline", () => {
  it("shows starts, ends, logons and what processes did in order of time, with the time between them", async () => {
    open();
    await line(/cmd\.exe ?file/);
    const all = texts();
    const file = all.findIndex((text) => text?.includes("out.txt"));
    expect(all[file]).toMatch(/^09:12:08\.100\+ \d+ mscmd\.exefile/);
    expect(all.some((text) => /whoami\.exeended$/.test(text ?? ""))).toBe(true);
    expect(all.findIndex((text) => text?.includes("CORP\\adm-lenalogon"))).toBeLessThan(file);
    // Long before the incident.
    expect(all.some((text) => text?.includes("wininit.exe"))).toBe(false);
  });

  it("marks the event that the alert was raised on and keeps it in view, whatever is hidden", async () => {
    const { user } = open();
    await line(/cmd\.exe ?start.*fired/);
    await user.click(screen.getByRole("button", { name: /^start 1/ }));
    expect(await line(/cmd\.exe ?start.*fired/)).toBeDefined();
    expect(screen.getByRole("button", { name: /^fired.*started cmd\.exe/ })).toBeDefined();
  });

  it("hides and shows kinds of events, with their numbers", async () => {
    const { user, api } = open();
    await line(/file/);
    const file = screen.getByRole("button", { name: "file 1", pressed: true });
    await user.click(file);
    await waitFor(() => expect(screen.queryByRole("option", { name: /out\.txt/ })).toBeNull());
    expect(screen.getByRole("button", { name: "file 1", pressed: false })).toBeDefined();
    expect(api.calls("timeline").at(-1)?.body.kinds).not.toContain("file");
    await user.click(screen.getByRole("button", { name: "show all" }));
    expect(await line(/out\.txt/)).toBeDefined();
  });

  it("selects the process of a line, and shows the event with the other process and its record", async () => {
    const { user } = open();
    await user.click(await line(/injection/));
    const detail = screen.getByRole("region", { name: "The chosen event" });
    expect(within(detail).getByText("→ C:\\Windows\\System32\\whoami.exe (3328)")).toBeDefined();
    expect(selected()).toHaveLength(1);
    await user.click(within(detail).getByRole("button", { name: "whoami.exe" }));
    await user.click(within(detail).getByRole("button", { name: "Close the event" }));
    await waitFor(() => expect(selected().every((text) => text?.includes("whoami.exe"))).toBe(true));
    expect(selected()).toHaveLength(2);
  });

  it("moves from line to line by the arrow keys", async () => {
    const { user } = open();
    await line(/file/);
    screen.getByRole("listbox").focus();
    await user.keyboard("{End}");
    const last = selected()[0];
    await user.keyboard("{ArrowUp}");
    expect(selected()).toHaveLength(1);
    expect(selected()[0]).not.toBe(last);
    await user.keyboard("{ArrowDown}");
    expect(selected()[0]).toBe(last);
  });

  it("zooms and moves by keys and buttons, and back to the time of the incident", async () => {
    const { user, address } = open();
    await line(/file/);
    const whole = time().getAttribute("aria-valuetext");
    time().focus();
    await user.keyboard("+");
    await waitFor(() => expect(time().getAttribute("aria-valuetext")).not.toBe(whole));
    await waitFor(() => expect(address()).toContain("span="));
    await user.keyboard("{ArrowRight}0");
    expect(time().getAttribute("aria-valuetext")).toBe(whole);
    await user.click(screen.getByRole("button", { name: "Zoom in" }));
    expect(time().getAttribute("aria-valuetext")).not.toBe(whole);
    await user.click(screen.getByRole("button", { name: "Fit the alert" }));
    expect(time().getAttribute("aria-valuetext")).toContain("09:12:06 to 2026-03-04 09:12:12");
    await user.click(screen.getByRole("button", { name: "Fit the incident" }));
    expect(time().getAttribute("aria-valuetext")).toBe(whole);
  });

  it("zooms by the wheel, and selects a time by a drag", async () => {
    open();
    await line(/file/);
    const area = time();
    area.getBoundingClientRect = () => ({ left: 0, width: 1000 }) as DOMRect;
    const whole = area.getAttribute("aria-valuetext");
    fireEvent.wheel(area, { deltaY: -100, clientX: 500 });
    await waitFor(() => expect(area.getAttribute("aria-valuetext")).not.toBe(whole));
    const zoomed = area.getAttribute("aria-valuetext");
    fireEvent.pointerDown(area, { button: 0, clientX: 400 });
    fireEvent.pointerMove(area, { clientX: 600 });
    fireEvent.pointerUp(area, { clientX: 600 });
    await waitFor(() => expect(area.getAttribute("aria-valuetext")).not.toBe(zoomed));
  });

  it("lists everything around an event, also what belongs to no known process", async () => {
    const { user, api } = open();
    await line(/file/);
    await user.click(screen.getByRole("button", { name: "Around this ± 15 min", pressed: false }));
    expect(await line(/other\.exe ?network/)).toBeDefined();
    const { body } = api.calls("timeline").at(-1) ?? {};
    expect(body?.hosts).toEqual(["srv-02"]);
    expect(Date.parse(body?.to ?? "") - Date.parse(body?.from ?? "")).toBe(30 * 60_000);
    await user.click(screen.getByRole("button", { name: "Around this ± 15 min", pressed: true }));
    await waitFor(() => expect(screen.queryByRole("option", { name: /other\.exe/ })).toBeNull());
  });

  it("keeps what the graph knows when the events cannot be loaded", async () => {
    open("/", { timeline: storeDown });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect(await line(/whoami\.exe ?ended/)).toBeDefined();
  });

  const withoutProcess = {
    lineage: () => ({ focus: "", nodes: [], sessions: [], truncations: [], childGroups: [], links: [] }),
  };

  it("shows the event of an alert that names no process", async () => {
    open("/", withoutProcess);
    expect(await screen.findByRole("button", { name: /^fired/ })).toBeDefined();
    expect(await line(/fired/)).toBeDefined();
  });

  it("says so if nothing has a time, while it loads, and if that fails", async () => {
    const nothing = {
      items: [],
      total: 0,
      kinds: [],
      buckets: { milliseconds: 1, counts: [] },
      fired: [],
      firedTotal: 0,
    };
    open("/", { ...withoutProcess, timeline: () => nothing });
    expect(await screen.findByText("No times recorded")).toBeDefined();
    open("/", { ...withoutProcess, timeline: storeDown });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
  });
});
