import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HuntResult } from "#contracts/hunt";
import type { SavedView } from "#contracts/saved-view";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { sourceRef } from "../../test/fixtures/lineage.ts";
import { me } from "../../test/fixtures/queue.ts";
import { renderPage } from "../../test/render-page.tsx";
import { HuntPage } from "./page.tsx";

const time = "2026-03-04T09:12:07.000Z";
const result: HuntResult = {
  rows: [
    {
      id: "ev-1",
      time,
      fields: { "host.name": "srv-02", "process.name": "cmd.exe", "process.command_line": "cmd.exe /c whoami" },
      source: sourceRef("ev-1", time),
      what: "Process started",
      summary: "started cmd.exe /c whoami",
    },
  ],
  total: 1204,
  exact: false,
  truncationReason: "stopped after 5 s",
  tested: 40_211,
  milliseconds: 5003,
  coverage: [],
};
const none: HuntResult = {
  rows: [],
  total: 0,
  exact: true,
  tested: 156_986,
  milliseconds: 12,
  coverage: [],
  emptyReason: "No matches among 156,986 events. Coverage is complete, so this is conclusive.",
};
const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<HuntPage />, { path: "/hunt", at: `/hunt${search}`, api: { hunt: () => result, ...handlers } });

describe("hunting", () => {
  it.each(["EQL", "KQL", "Sigma", "tstats"])("offers %s with an example", async (language) => {
    const { user, address } = open();
    await user.click(screen.getByRole("radio", { name: language }));
    const [example] = within(screen.getByText("Examples").closest("div") as HTMLElement).getAllByRole("button");
    await user.click(example as HTMLElement);
    expect(address()).toContain(`language=${language.toLowerCase()}`);
  });

  it("puts the query into the address and shows the matching events with their totals", async () => {
    const { user, fill, api, address } = open();
    fill(screen.getByRole("textbox", { name: "Query" }), 'process where process.name : "cmd.exe"');
    await user.click(screen.getByRole("button", { name: "Search" }));
    const region = await screen.findByRole("region", { name: "At least 1,204 events" });
    expect(region.textContent).toContain("40,211 tested in 5,003 ms · stopped after 5 s");
    expect(region.textContent).toContain("1 of 1,204: newest first; narrow the query to see others, or export all");
    expect(address()).toContain("query=process+where");
    expect(api.calls("hunt")[0]?.body.query).toBe('process where process.name : "cmd.exe"');
  });

  it("shows how far a long search has come, and can cancel it", async () => {
    const item = { id: "w1", kind: "hunt", askedAt: time, milliseconds: 900 } as const;
    const busy = { waiting: 3, running: 2, workers: 2 };
    const { user, api } = open({ work: () => ({ ...busy, items: [{ ...item, state: "waiting", position: 2 }] }) });
    const resume = api.pause("hunt");
    await user.click(screen.getAllByRole("button", { name: /process where/ })[0] as HTMLElement);
    await screen.findByText("Waiting: number 2 of 3 in the queue", {}, { timeout: 5_000 });
    const progress = { done: 84_000, total: 216_096, unit: "events" } as const;
    api.use({ work: () => ({ ...busy, items: [{ ...item, state: "running", progress }] }) });
    await screen.findByText("Searching: 84,000 of 216,096 events", {}, { timeout: 5_000 });
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await screen.findByText("It was cancelled before it was done.");
    resume();
    await user.click(screen.getByRole("button", { name: "Run again" }));
    await screen.findByRole("region", { name: "At least 1,204 events" });
  });

  it("shows all fields of an event on request", async () => {
    const decodings = [{ steps: ["base64" as const, "utf-8" as const], text: "net user /domain", cut: false }];
    const { user, api } = open({ decode: () => ({ decodings, undecoded: [] }) }, "?query=any");
    await user.click(await screen.findByRole("button", { name: "All fields" }));
    expect(screen.getAllByRole("term").map((term) => term.textContent)).toContain("process.name");
    expect(screen.getByRole("link", { name: "Original record" })).toBeDefined();
    expect((await screen.findByRole("group", { name: "Decoded" })).textContent).toContain("net user /domain");
    expect(api.calls("decode").map(({ body }) => body.text)).toEqual(["cmd.exe /c whoami"]);
  });

  it("explains what no matches mean", async () => {
    open({ hunt: () => none }, "?query=any");
    expect(await screen.findByText(/Coverage is complete, so this is conclusive/)).toBeDefined();
  });

  it("marks the place of a syntax error and keeps the query", async () => {
    const query = "process where\nprocess.name ==";
    open(
      { hunt: () => new Refusal(400, "Expected a value (line 2, column 16).") },
      `?query=${encodeURIComponent(query)}`,
    );
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("Expected a value (line 2, column 16).");
    expect(alert.querySelector("pre")?.textContent).toBe(`process.name ==\n${" ".repeat(15)}^`);
    expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Query" }).value).toBe(query);
  });

  it("searches the time that is chosen, which the address keeps", async () => {
    const { user, fill, api, address } = open({}, "?query=any");
    await screen.findByRole("region", { name: "At least 1,204 events" });
    await user.click(screen.getByRole("radio", { name: "24 h" }));
    await user.click(screen.getByRole("button", { name: "Search" }));
    expect(address()).toContain("last=24h");
    const { from, to } = api.calls("hunt").at(-1)?.body ?? {};
    expect(Date.now() - Date.parse(from ?? "")).toBeLessThan(86_400_000 + 60_000);
    expect(to).toBeUndefined();
    await user.click(screen.getByRole("radio", { name: "Between…" }));
    fill(screen.getByLabelText("From"), "2026-03-04T09:00:00");
    await user.click(screen.getByRole("button", { name: "Search" }));
    expect(address()).toContain("from=2026-03-04T09%3A00%3A00.000Z");
    expect(api.calls("hunt").at(-1)?.body).toMatchObject({ from: "2026-03-04T09:00:00.000Z" });
  });

  it("shows the chosen columns and what happened in words", async () => {
    const { user, address } = open({}, "?query=any&columns=time,what,process.name");
    const table = await screen.findByRole("table", { name: "Events" });
    const titles = () =>
      within(table)
        .getAllByRole("columnheader")
        .map(({ textContent }) => textContent);
    expect(titles()).toEqual(["Time", "What happened", "process.name"]);
    expect(within(table).getByText("Process started")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Columns" }));
    await user.click(await screen.findByRole("button", { name: "Back to the usual columns" }));
    expect(address()).not.toContain("columns=");
  });

  it("lists sequences with the place of each event, and says who exports them", async () => {
    const [first] = result.rows;
    const rows = first === undefined ? [] : [first, { ...first, id: "ev-2", what: "DNS query" }];
    open({ hunt: () => ({ ...result, rows, sequences: [["ev-1", "ev-2"]], total: 1, exact: true }) }, "?query=any");
    const region = await screen.findByRole("region", { name: "1 sequence" });
    expect(within(region).getByText("1 · 2 of 2")).toBeDefined();
    expect(within(region).getByText(/stemma search --json/)).toBeDefined();
    expect(screen.queryByRole("button", { name: "Export CSV" })).toBeNull();
  });

  describe("as a file", () => {
    const saved: Blob[] = [];
    beforeEach(() => {
      saved.length = 0;
      vi.stubGlobal(
        "URL",
        Object.assign(class extends URL {}, {
          createObjectURL: (blob: Blob) => {
            saved.push(blob);
            return "blob:x";
          },
          revokeObjectURL: () => undefined,
        }),
      );
      vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    });
    afterEach(() => vi.restoreAllMocks());

    it("has all parts, and the page says how many events were written", async () => {
      const { user, api } = open(
        {
          huntExport: ({ body: { cursor } }) =>
            cursor === undefined ? { text: "time\r\n1\r\n", rows: 1, next: "x" } : { text: "2\r\n", rows: 1 },
        },
        "?query=any&columns=time",
      );
      await user.click(await screen.findByRole("button", { name: "Export CSV" }));
      await screen.findByText("2 events were written, oldest first.");
      expect(await saved[0]?.text()).toBe("\ufefftime\r\n1\r\n2\r\n".replace("\ufeff", ""));
      expect(api.calls("huntExport").map(({ body }) => [body.format, body.columns, body.cursor])).toEqual([
        ["csv", ["time"], undefined],
        ["csv", ["time"], "x"],
      ]);
    });

    it("can be cancelled, and says why it failed", async () => {
      const { user, api } = open({ huntExport: () => ({ text: "a\n", rows: 1 }) }, "?query=any");
      const resume = api.pause("huntExport");
      await user.click(await screen.findByRole("button", { name: "Export NDJSON" }));
      await user.click(await screen.findByRole("button", { name: "Cancel export" }));
      resume();
      await waitFor(() => expect(screen.queryByRole("button", { name: "Cancel export" })).toBeNull());
      expect(saved).toEqual([]);
      api.use({ huntExport: () => new Refusal(503, "The store does not answer.") });
      await user.click(screen.getByRole("button", { name: "Export CSV" }));
      expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer.");
    });
  });

  describe("saved searches", () => {
    const view = {
      id: "v",
      page: "hunt",
      name: "Shells",
      address: "query=shells",
      owner: "mika",
      account: me.person,
      createdAt: time,
    } as const;
    const list = (...items: readonly SavedView[]) => ({
      savedViews: () => ({ items: [...items], total: items.length }),
    });

    it("are opened, renamed and deleted", async () => {
      const { user, fill, api, address } = open(
        { ...list(view), changeSavedView: () => view, deleteSavedView: () => view },
        "?query=any",
      );
      await user.click(screen.getByRole("button", { name: "Saved searches" }));
      await user.click(await screen.findByRole("button", { name: "Delete Shells" }));
      expect(api.calls("deleteSavedView")[0]?.params.id).toBe("v");
      await user.click(screen.getByRole("button", { name: "Rename Shells" }));
      fill(await screen.findByRole("textbox", { name: "Name" }), "All shells");
      await user.click(screen.getByRole("button", { name: "Rename" }));
      expect(api.calls("changeSavedView")[0]?.body).toEqual({ name: "All shells" });
      await waitFor(() => expect(screen.queryByRole("textbox", { name: "Name" })).toBeNull());
      await user.click(screen.getByRole("button", { name: "Saved searches" }));
      await user.click(await screen.findByRole("link", { name: "Shells" }));
      expect(address()).toBe("/hunt?query=shells");
    });

    it("are made of the search on the page", async () => {
      const complaints = vi.spyOn(console, "error");
      const { user, fill, api } = open({ ...list(), saveView: () => view }, "?query=any&last=7d");
      await user.click(screen.getByRole("button", { name: "Saved searches" }));
      await screen.findByText("Nobody has saved a search yet.");
      await user.click(screen.getByRole("button", { name: "Save this search…" }));
      const name = await screen.findByRole("textbox", { name: "Name" });
      fill(name, "Shells");
      await user.type(name, "{Enter}");
      expect(api.calls("saveView")[0]?.body).toEqual({
        page: "hunt",
        name: "Shells",
        address: "language=eql&query=any&last=7d",
      });
      // A form inside a form, for instance.
      expect(complaints.mock.calls.filter(([text]) => /cannot (be|contain)/.test(String(text)))).toEqual([]);
    });
  });
});
