import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Handlers } from "../../../test/fake-api.ts";
import { playbook, queryRuns } from "../../../test/fixtures/playbook.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { SelectionContext } from "../selection.ts";
import { WithPlaybook } from "../test-harness.tsx";
import { QueryCard } from "./query-card.tsx";

/** Renders the card of one query of the step "command" in the fixtures. */
function open(id: string, handlers: Handlers = {}) {
  const query = playbook.steps.flatMap(({ queries }) => queries).find((one) => one.id === id);
  if (query === undefined) {
    throw new Error(`The fixtures have no query ${id}`);
  }
  const selection = { select: vi.fn(), offerEvidence: vi.fn(), pin: vi.fn() };
  const page = renderPage(
    <SelectionContext value={selection}>
      <WithPlaybook step="command">
        {(state) => state.step !== undefined && <QueryCard playbook={state} query={query} />}
      </WithPlaybook>
    </SelectionContext>,
    { api: { ...workbenchApi(), ...handlers } },
  );
  return { ...page, ...selection };
}

describe("a query of a step", () => {
  it.each([
    ["q-children", "9 hits", "9 processes were started"],
    ["q-share", "no hits, data complete", queryRuns["q-share"]?.reason ?? ""],
    ["q-files", "no hits, partly covered", queryRuns["q-files"]?.reason ?? ""],
    ["q-dns", "no data", queryRuns["q-dns"]?.reason ?? ""],
    ["q-token", "cannot run", queryRuns["q-token"]?.reason ?? ""],
  ])("%s shows the outcome “%s” and its reason", async (id, outcome, reason) => {
    open(id);
    const head = (await screen.findAllByText(outcome))[0];
    expect(head?.closest("header")).not.toBeNull();
    expect(screen.getByText(reason, { exact: false })).toBeDefined();
  });

  it("names the fields that the alert lacks when it cannot run", async () => {
    open("q-token");
    expect(await screen.findByText("cannot run: the alert has no process.Ext.token.id")).toBeDefined();
  });

  it("shows that it is running, and offers to try again when it fails", async () => {
    const { api, user } = open("q-share", { stepQuery: storeDown });
    const resume = api.pause("stepQuery");
    expect(await screen.findByRole("status", { name: "Running: Writes to administrative shares" })).toBeDefined();
    resume();
    await screen.findByRole("alert");
    api.use({ stepQuery: workbenchApi().stepQuery });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("no hits, data complete")).toBeDefined();
  });

  it("runs again around the time of the detection", async () => {
    const { api, user } = open("q-share");
    await user.click(await screen.findByRole("radio", { name: "Detection time" }));
    expect(api.calls("stepQuery").map(({ query }) => query.get("anchor"))).toEqual(["event", "detection"]);
  });

  it("lists the data sources that cover its time window", async () => {
    open("q-share");
    expect(await screen.findByText("Data coverage: 7,022 events from 2 sources")).toBeDefined();
    open("q-dns");
    expect(await screen.findByText(/^No data that could contain such events was ingested/)).toBeDefined();
  });
});

describe("the coverage of a query", () => {
  it.each([
    ["q-share", "Data covers all of the window."],
    ["q-files", "Data covers 70% of the window."],
    ["q-children", "Data covers 70% of the window."],
    ["q-dns", "Data covers none of the window."],
  ])("of %s is a strip with the text “%s”", async (id, text) => {
    open(id);
    const strip = await screen.findByRole("img", { name: new RegExp(`^${text}`) });
    expect(strip.querySelectorAll("[data-part=event]")).toHaveLength(1);
    expect(strip.querySelectorAll("[data-part=covered]")).toHaveLength(id === "q-dns" ? 0 : 1);
    expect(strip.querySelectorAll("[data-part=stop]")).toHaveLength(text.includes("70%") ? 1 : 0);
  });

  it("names gaps with their reasons, and stops", async () => {
    open("q-files");
    const strip = await screen.findByRole("img", { name: /Sysmon 11 covers srv-02 for 7 of 10 minutes/ });
    expect(strip.getAttribute("aria-label")).toContain("Sysmon stopped");
    expect(screen.getByRole("listitem", { name: /^Gap/ }).textContent).toContain("Sysmon stopped");
  });
});

describe("the rows of a query", () => {
  const rows = () => screen.getAllByRole("row").filter((row) => within(row).queryByRole("button", { name: /Pin row/ }));

  it("are limited until all are requested", async () => {
    const { user } = open("q-children");
    await screen.findAllByText("9 hits");
    expect(rows()).toHaveLength(6);
    expect(screen.getByText(/^6 of 9/).textContent).toContain("the first 8 are shown");
    await user.click(screen.getByRole("button", { name: "Show 2 more" }));
    expect(rows()).toHaveLength(8);
  });

  it("lead to their process and alert", async () => {
    const { user, select } = open("q-children");
    const row = await screen.findByRole("row", { name: /whoami\.exe/ });
    await user.click(within(row).getByRole("button", { name: "Show process in lineage" }));
    expect(select).toHaveBeenCalledWith("whoami");
    expect(within(row).getByRole("link", { name: "Open alert" }).getAttribute("href")).toBe("/alerts/al-12");
  });

  it("are pinned as evidence and unpinned", async () => {
    const { user } = open("q-children");
    const row = await screen.findByRole("row", { name: /conhost\.exe/ });
    await user.click(within(row).getByRole("button", { name: "Pin row as evidence", pressed: false }));
    await user.click(await within(row).findByRole("button", { name: "Unpin row", pressed: true }));
    expect(within(row).getByRole("button", { name: "Pin row as evidence", pressed: false })).toBeDefined();
  });

  it("are offered to the pin key while they have the focus", async () => {
    const { user, offerEvidence } = open("q-children");
    await screen.findAllByText("9 hits");
    screen.getByRole("region", { name: "Rows of What the command started" }).focus();
    await user.tab();
    expect(offerEvidence).toHaveBeenLastCalledWith(
      expect.objectContaining({ kind: "alert", id: "al-12", label: expect.stringContaining("whoami.exe") }),
    );
  });
});
