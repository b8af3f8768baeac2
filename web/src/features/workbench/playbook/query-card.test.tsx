import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { QueryRun } from "#contracts/query-run";
import type { Handlers } from "../../../test/fake-api.ts";
import { playbook, queryRuns } from "../../../test/fixtures/playbook.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { useBackToRow } from "../../../ui/opened-row.ts";
import { SelectionContext } from "../selection.ts";
import { WithPlaybook } from "../test-harness.tsx";
import { QueryCard } from "./query-card.tsx";

/** The workbench has the way back from where a row was opened. */
function Back() {
  useBackToRow();
  return null;
}

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
        {(state) =>
          state.step !== undefined && (
            <>
              <Back />
              <QueryCard playbook={state} query={query} />
            </>
          )
        }
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
    expect(screen.getAllByText(reason, { exact: false }).length).toBeGreaterThan(0);
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
    const run = queryRuns["q-children"] ?? expect.fail("the fixtures have no such query");
    const [first] = run.rows;
    const many = Array.from({ length: 24 }, (_, index) => ({ ...(first ?? expect.fail()), id: `ev-${index}` }));
    const { user } = open("q-children", { stepQuery: () => ({ ...run, rows: many, total: 30 }) });
    await screen.findByRole("grid", { name: "What the command started" });
    expect(rows()).toHaveLength(20);
    expect(screen.getByText(/^20 of 30/).textContent).toContain("the first 8 are shown");
    await user.click(screen.getByRole("button", { name: "Show 4 more" }));
    expect(rows()).toHaveLength(24);
  });

  it("lead to their process and alert", async () => {
    const { user, address } = open("q-children");
    const row = await screen.findByRole("row", { name: /whoami\.exe/ });
    expect(within(row).getByRole("link", { name: "Open alert" }).getAttribute("href")).toBe("/alerts/al-12");
    await user.click(within(row).getByRole("button", { name: "Show process in lineage" }));
    await waitFor(() => expect(address()).toBe("/?node=whoami"));
  });

  it("are one stop for Tab, moved through by arrow keys, j and k", async () => {
    const { user } = open("q-children");
    await screen.findByRole("grid");
    const focused = () => rows().indexOf(document.activeElement as HTMLElement);
    rows()[0]?.focus();
    await user.keyboard("{ArrowDown}j");
    expect(focused()).toBe(2);
    await user.keyboard("k{End}");
    expect(focused()).toBe(7);
    await user.keyboard("{ArrowDown}{Home}{ArrowUp}");
    expect(focused()).toBe(0);
    await user.keyboard("j{ArrowRight}");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Pin row as evidence");
    await user.keyboard("{ArrowRight}{ArrowLeft}{ArrowLeft}");
    expect(focused()).toBe(1);
    await user.tab();
    expect(rows().some((row) => row.contains(document.activeElement))).toBe(false);
    await user.tab({ shift: true });
    expect(focused()).toBe(1);
  });

  it.each([
    ["t", "/?node=whoami"],
    ["l", /^\/\?pane=timeline&node=whoami&span=.+&event=ev-whoami$/],
    ["q", /^\/hunt\?language=eql&query=any.+&from=.+&to=/],
  ])("open at the key %s, and get the focus back after Escape", async (key, path) => {
    const { user, address } = open("q-children");
    const row = await screen.findByRole("row", { name: /whoami\.exe/ });
    expect(row.getAttribute("aria-keyshortcuts")).toBe("P T L Q Enter");
    row.focus();
    await user.keyboard(key);
    await waitFor(() => expect(address()).toMatch(path));
    if (key !== "q") {
      row.blur();
      await user.keyboard("{Escape}");
      await waitFor(() => expect(document.activeElement).toBe(row));
      expect(address()).toBe("/");
    }
  });

  it("say why they are not in the tree", async () => {
    const run = queryRuns["q-children"] ?? expect.fail("the fixtures have no such query");
    const [first] = run.rows;
    const { user, address } = open("q-children", {
      stepQuery: () => ({ ...run, rows: [{ ...(first ?? expect.fail()), processKey: undefined }] }),
    });
    (await screen.findByRole("row", { name: /whoami\.exe/ })).focus();
    await user.keyboard("t");
    expect(screen.getByText(/names no known process/)).toBeDefined();
    expect(address()).toBe("/");
  });

  it("are tables by kind, with the columns of each", async () => {
    const run = queryRuns["q-children"] ?? expect.fail("the fixtures have no such query");
    const [first] = run.rows;
    const row = (id: string, fields: QueryRun["rows"][number]["fields"]) => ({
      ...(first ?? expect.fail()),
      id,
      fields,
    });
    open("q-children", {
      stepQuery: () => ({
        ...run,
        columns: [],
        rows: [
          row("a", { "event.category": ["process"], "process.name": "a.exe", "process.parent.name": "p.exe" }),
          row("b", { "event.category": ["network"], "destination.ip": "10.0.0.1", "process.name": "a.exe" }),
          row("c", { "event.category": ["process"], "process.name": "c.exe" }),
        ],
      }),
    });
    const heads = (name: RegExp) =>
      within(screen.getByRole("grid", { name }))
        .getAllByRole("columnheader")
        .map(({ textContent }) => textContent);
    await screen.findByRole("grid", { name: /^Network of/ });
    expect(heads(/^Processes of/)).toEqual(["Pin", "Time (03-04)", "Process", "Parent", "Open"]);
    expect(heads(/^Network of/)).toEqual(["Pin", "Time (03-04)", "Destination", "Process", "Open"]);
    expect(screen.getByRole("columnheader", { name: "Parent" }).title).toBe("process.parent.name");
  });

  it("are pinned as evidence and unpinned", async () => {
    const { user } = open("q-children");
    const row = await screen.findByRole("row", { name: /conhost\.exe/ });
    await user.click(within(row).getByRole("button", { name: "Pin row as evidence", pressed: false }));
    await user.click(await within(row).findByRole("button", { name: "Unpin row", pressed: true }));
    expect(within(row).getByRole("button", { name: "Pin row as evidence", pressed: false })).toBeDefined();
  });

  it("are offered to the pin key while they have the focus", async () => {
    const { offerEvidence } = open("q-children");
    await screen.findAllByText("9 hits");
    rows()[0]?.focus();
    expect(offerEvidence).toHaveBeenLastCalledWith(
      expect.objectContaining({ kind: "alert", id: "al-12", label: expect.stringContaining("whoami.exe") }),
    );
  });
});
