import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { IngestSummary } from "#contracts/ingest";
import { renderPage } from "../../test/render-page.tsx";
import { IngestPage } from "./page.tsx";

const done: IngestSummary = {
  id: "in-1",
  startedAt: "2026-03-04T09:00:00Z",
  actor: "mika",
  paths: ["captures/srv-02.zip"],
  state: "done",
  files: 3,
  ignored: [],
  ignoredTotal: 0,
  records: 156_986,
  events: 156_980,
  duplicates: 6,
  rejected: [],
  rejectedTotal: 0,
  warnings: [],
  warningsTotal: 0,
  processes: 330,
  sessions: 22,
  alerts: 68,
  suppressed: 0,
  bytes: 1,
  seconds: 16,
};
const open = (...items: readonly IngestSummary[]) =>
  renderPage(<IngestPage />, {
    api: { ingests: () => ({ items: [...items], total: items.length }), coverage: () => ({ items: [], total: 0 }) },
  });
const run = () => screen.findByRole("region", { name: "captures/srv-02.zip" });

describe("the ingest page", () => {
  it("shows the counts of a finished ingest", async () => {
    open(done);
    expect((await run()).textContent).toContain("156,980");
    expect(screen.queryByRole("progressbar")).toBeNull();
  });

  it("shows that an ingest is running", async () => {
    open({ ...done, state: "running" });
    expect(within(await run()).getByRole("progressbar", { name: "Ingest in progress" })).toBeDefined();
  });

  it("shows how to continue an interrupted ingest", async () => {
    open({ ...done, state: "interrupted" });
    expect((await run()).textContent).toContain("run the same command again to continue");
  });

  it("lists rejected input with its place, and how much of it is not listed", async () => {
    const rejected = [
      {
        code: "evtx.truncated" as const,
        message: "The record is cut off.",
        at: { file: "a.evtx", offset: 4096 },
        remedy: "Export the log again.",
      },
    ];
    open({ ...done, rejected, rejectedTotal: 1204 });
    await screen.findByText("Rejected: 1,204");
    const table = screen.getByRole("table", { name: "Rejected" });
    for (const text of ["4,096", "The record is cut off.", "Export the log again."]) {
      expect(table.textContent).toContain(text);
    }
    expect(screen.getByText("1 of 1,204")).toBeDefined();
  });

  it("lists skipped files with the reason", async () => {
    open({ ...done, ignored: [{ file: "readme.txt", reason: "not telemetry" }], ignoredTotal: 1 });
    expect(await screen.findByText("1 file skipped")).toBeDefined();
    expect(screen.getByText("readme.txt")).toBeDefined();
  });

  it("names the file of a problem once", async () => {
    const rejected = [
      { code: "input.unreadable" as const, message: "a.evtx: cannot be opened", at: { file: "a.evtx" } },
    ];
    open({ ...done, rejected, rejectedTotal: 1 });
    await run();
    const cells = screen.getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells.filter((text) => text?.includes("a.evtx"))).toHaveLength(1);
    expect(cells).toContain("cannot be opened");
  });

  it("says how many warnings and skipped files there are when not all are listed", async () => {
    const warnings = Array.from({ length: 30 }, (_, line) => ({
      ...{ code: "evtx.chunk" as const, message: `Warning ${line}.`, at: { file: "a.evtx", line } },
    }));
    open({ ...done, warnings, warningsTotal: 4000, ignored: [{ file: "a.txt", reason: "r" }], ignoredTotal: 1500 });
    expect(await screen.findByText("Warnings: 4,000")).toBeDefined();
    expect(screen.getByText("Show all 30")).toBeDefined();
    expect(screen.getByText("1,500 files skipped")).toBeDefined();
    expect(screen.getByText("The first 1 are listed.")).toBeDefined();
  });

  it("explains how to start when nothing was ingested", async () => {
    open();
    expect(await screen.findByText("Nothing ingested yet")).toBeDefined();
  });
});
