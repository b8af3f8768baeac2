import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import type { GiveBackResult } from "#contracts/exception-life";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { health, hidden, history, saved } from "../../test/fixtures/exceptions.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ExceptionPage } from "./exception-page.tsx";
import { ExceptionsPage } from "./list-page.tsx";

const api = (items: readonly ExceptionRecord[], handlers: Handlers = {}): Handlers => ({
  exceptions: () => ({ items: [...items], total: items.length, all: items.length, owners: [], ruleIds: [] }),
  exceptionVersions: () => history,
  exceptionHealth: () => health,
  hiddenHits: () => hidden,
  exception: ({ params }) =>
    items.find(({ id }) => id === params.id) ?? new Refusal(404, "There is no such exception."),
  ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
  ...handlers,
});
const open = (handlers: Handlers = {}, id = "ex-1") =>
  renderPage(<ExceptionPage />, { path: "/exceptions/:id", at: `/exceptions/${id}`, api: api([saved], handlers) });

describe("the page of an exception", () => {
  it("shows its state, hits, entries, reason and rules", async () => {
    open();
    await screen.findByRole("heading", { level: 1, name: saved.name });
    expect(screen.getByRole("region", { name: "All conditions must match" }).textContent).toContain("srv-02");
    expect(screen.getByText("Agreed with the owners.")).toBeDefined();
    expect(await screen.findByRole("link", { name: alertSummary.rule.name })).toBeDefined();
  });

  it("shows what somebody else does to it without a reload", async () => {
    const { api: calls, hear } = open();
    await screen.findByRole("button", { name: "Disable…" });
    calls.use(api([{ ...saved, disabledAt: "2026-06-17T12:00:00.000Z" }]));
    hear({ kind: "subject", subject: "exception" });
    expect((await screen.findByText(/^Disabled/)).textContent).toBe("Disabled 2026-06-17 12:00:00");
    expect(screen.queryByRole("button", { name: "Disable…" })).toBeNull();
  });

  it("disables it after a reason is entered", async () => {
    const { user, fill, api: calls } = open({ disableException: () => saved });
    await user.click(await screen.findByRole("button", { name: "Disable…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Disable exception" }));
    expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Disable" }).disabled).toBe(true);
    fill(dialog.getByRole("textbox", { name: "Reason" }), "no longer needed");
    await user.click(dialog.getByRole("button", { name: "Disable" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls.calls("disableException")[0]?.body).toEqual({ reason: "no longer needed" });
  });

  it("keeps the reason when the server refuses, and changes nothing on Cancel", async () => {
    const { user, fill } = open({ disableException: () => new Refusal(409, "The exception is already disabled.") });
    await user.click(await screen.findByRole("button", { name: "Disable…" }));
    const dialog = within(await screen.findByRole("dialog"));
    fill(dialog.getByRole("textbox", { name: "Reason" }), "no longer needed");
    await user.click(dialog.getByRole("button", { name: "Disable" }));
    expect((await dialog.findByRole("alert")).textContent).toContain("The exception is already disabled.");
    expect(dialog.getByRole<HTMLTextAreaElement>("textbox", { name: "Reason" }).value).toBe("no longer needed");
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("shows what somebody else changed in the meantime, and keeps the reason", async () => {
    const changed = {
      at: "2026-06-17T12:00:00.000Z",
      actor: "mika",
      action: "exception.disable",
      fields: [
        { field: "disabledAt", after: "2026-06-17T12:00:00.000Z" },
        { field: "reason", after: "over" },
      ],
    };
    const conflict = { changed: [changed], total: 1, current: '"8-bbbbbbbb"' };
    const refusal = new Refusal(409, "mika changed this.", { code: "request.conflict", conflict });
    const { user, fill } = open({ disableException: () => refusal });
    await user.click(await screen.findByRole("button", { name: "Disable…" }));
    const dialog = within(await screen.findByRole("dialog"));
    fill(dialog.getByRole("textbox", { name: "Reason" }), "no longer needed");
    await user.click(dialog.getByRole("button", { name: "Disable" }));
    const alert = await dialog.findByRole("alert");
    expect(alert.textContent).toContain("mika disabled the exception at 2026-06-17 12:00over");
    expect(alert.textContent).toContain("Your change was not saved, and your input is kept.");
    expect(dialog.getByRole("button", { name: "Keep theirs" })).toBeDefined();
    expect(dialog.getByRole<HTMLTextAreaElement>("textbox", { name: "Reason" }).value).toBe("no longer needed");
  });

  it("says so when there is no such exception", async () => {
    open({}, "ex-2");
    expect(await screen.findByText("There is no such exception.")).toBeDefined();
  });
});

describe("the list of exceptions", () => {
  const states: readonly ExceptionRecord[] = [
    saved,
    { ...saved, id: "ex-2", name: "Enforced one", mode: "enforced", hits: 1204 },
    { ...saved, id: "ex-3", name: "Expired one", expires: "2026-03-01T00:00:00Z" },
    { ...saved, id: "ex-4", name: "Disabled one", disabledAt: "2026-03-02T00:00:00Z" },
  ];

  it("shows the state, the hits and the health of each", async () => {
    renderPage(<ExceptionsPage />, { api: api(states) });
    const rows = within(await screen.findByRole("table", { name: "Exceptions" })).getAllByRole("row");
    expect(rows.slice(1).map((row) => within(row).getAllByRole("cell")[0]?.textContent?.trim())).toEqual([
      "shadow",
      "enforced",
      "expired",
      "disabled",
    ]);
    expect(rows[2]?.textContent).toContain("1,204");
    expect(rows[4]?.textContent).toContain("inactive");
  });

  it("shows one that somebody else has saved without a reload", async () => {
    const { api: calls, hear } = renderPage(<ExceptionsPage />, { api: api([saved]) });
    await screen.findByRole("link", { name: saved.name });
    calls.use(api([saved, { ...saved, id: "ex-2", name: "Backup of srv-05" }]));
    hear({ kind: "subject", subject: "exception" });
    await screen.findByRole("link", { name: "Backup of srv-05" });
  });

  it("explains how to create the first one", async () => {
    renderPage(<ExceptionsPage />, { api: api([]) });
    expect(await screen.findByText(/Open an alert that should not have been raised/)).toBeDefined();
  });
});

describe("giving back what an exception hid", () => {
  const result: GiveBackResult = {
    ...{ considered: 2, raised: 1, reopened: 0, inQueue: 1, stillHidden: 0, alerts: ["alert-9"], totals: { left: 1 } },
    left: [{ id: "hit-3", ruleId: "rule-1", eventId: "event-3", reason: "Its event is not stored any more" }],
    recomputed: [],
  };

  it("sends the chosen hits with a reason, and reports what came of it", async () => {
    const { user, fill, api: calls } = open({ giveBack: () => result });
    const chosen = await screen.findByRole("checkbox", { name: /^Select Rule one at 2024-05-08/ });
    const existing = screen.getByRole<HTMLInputElement>("checkbox", { name: /^Select Rule one at 2024-05-06/ });
    expect(existing.disabled).toBe(true);
    await user.click(chosen);
    await user.click(screen.getByRole("button", { name: "Give back 1 selected…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Give back what was hidden" }));
    expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Give back" }).disabled).toBe(true);
    fill(dialog.getByRole("textbox", { name: "Reason" }), "it hid an attack");
    await user.click(dialog.getByRole("button", { name: "Give back" }));
    expect((await dialog.findByText("1 alert raised")).textContent).toBeDefined();
    expect(dialog.getByText("1 not raised: Its event is not stored any more")).toBeDefined();
    expect(calls.calls("giveBack")[0]?.body).toEqual({ hits: ["hit-1"], reopen: true, reason: "it hid an attack" });
  });

  it("keeps the reason when the server refuses", async () => {
    const { user, fill } = open({ giveBack: () => new Refusal(503, "The store is busy.") });
    await user.click(await screen.findByRole("button", { name: "Give back all…" }));
    const dialog = within(await screen.findByRole("dialog"));
    fill(dialog.getByRole("textbox", { name: "Reason" }), "it hid an attack");
    await user.click(dialog.getByRole("button", { name: "Give back" }));
    expect((await dialog.findByRole("alert")).textContent).toContain("The store is busy.");
    expect(dialog.getByRole<HTMLTextAreaElement>("textbox", { name: "Reason" }).value).toBe("it hid an attack");
  });
});

it("shows history and what the exception has begun to cover", async () => {
  open();
  const news = await screen.findByRole("complementary", { name: "New coverage" });
  expect(news.textContent).toContain("ws-40");
  expect(await screen.findByText("Condition added: host.name is srv-02")).toBeDefined();
});
