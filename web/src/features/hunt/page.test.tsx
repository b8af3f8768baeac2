import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { HuntResult } from "#contracts/hunt";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { sourceRef } from "../../test/fixtures/lineage.ts";
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
    expect(region.textContent).toContain("1 of 1,204: newest first; narrow the query to see others");
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
});
