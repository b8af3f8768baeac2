import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Batch } from "#contracts/batch";
import type { DryRun } from "#contracts/exception";
import { dryRunOf, saved, suggested } from "../../test/fixtures/exceptions.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ClosingProgress } from "./closing-progress.tsx";
import { DryRunView } from "./dry-run-view.tsx";

const one: DryRun["raisesInstead"][number] = {
  rule: { id: "r-9", name: "Two steps", version: "1" },
  time: "2026-03-04T09:00:00.000Z",
  host: "srv-02",
  eventIds: ["e-1", "e-2"],
  commandLine: "cmd.exe /c whoami",
};

const show = (items: DryRun["raisesInstead"], total: number) => {
  const run = dryRunOf(suggested.draft);
  const dryRun = { ...run, raisesInstead: items, totals: { ...run.totals, raisesInstead: total } };
  const override = { text: "", change: () => undefined };
  const draft = { ...suggested.draft, mode: "enforced" as const };
  renderPage(<DryRunView dryRun={dryRun} draft={draft} narrow={() => undefined} override={override} />, {
    path: "/",
    at: "/",
    api: workbenchApi(),
  });
};

describe("a dry run", () => {
  it("warns of alerts that would be raised instead, with their events", async () => {
    show([one], 16);
    const section = await screen.findByRole("region", { name: "Alerts raised in their place" });
    expect(section.textContent).toContain("Raises 16 other alerts instead");
    expect(section.textContent).toContain("The newest 1 of them");
    expect(within(section).getAllByRole("button", { name: /^Event \d$/ })).toHaveLength(2);
  });

  it("does not mention them if there are none", () => {
    show([], 0);
    expect(screen.queryByRole("region", { name: "Alerts raised in their place" })).toBeNull();
  });
});

describe("the batch that saving started", () => {
  const batch = {
    ...{ id: "b-1", action: { kind: "except" as const, exception: saved.id, name: saved.name }, actor: "lena" },
    ...{ startedAt: "2026-03-04T10:00:00.000Z", changedAt: "2026-03-04T10:00:01.000Z" },
    covered: { incidents: 2, alerts: 20_000 },
  } as const;

  it("shows how far it is, and can be undone once it has ended", async () => {
    let state: Batch = {
      ...batch,
      left: [],
      state: "running",
      done: { incidents: 1, alerts: 500 },
      changed: { incidents: 1, alerts: 500 },
    };
    const { user, api } = renderPage(<ClosingProgress batch="b-1" exception={saved.id} />, {
      path: "/",
      at: "/",
      api: { ...workbenchApi(), batch: () => state, undoBatch: () => ({ ...state, id: "b-2" }) },
    });
    expect(await screen.findByText(/500 of 20,000/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Undo" }).disabled).toBe(true);
    state = { ...state, state: "done", changed: { incidents: 2, alerts: 20_000 } };
    expect(await screen.findByText(/20,000 of 20,000 alerts closed/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByText(/The exception is disabled/)).toBeTruthy();
    expect(api.calls("undoBatch")).toHaveLength(1);
  });
});
