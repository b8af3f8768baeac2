import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertDetail, alertSummary } from "../../test/fixtures/alert.ts";
import { incident, me, queuePage } from "../../test/fixtures/queue.ts";
import { renderPage } from "../../test/render-page.tsx";
import { QueuePage } from "./page.tsx";

const three = incident("a", 3, { similar: { total: 1204, benign: 39 } });
const single = incident("b", 1, { title: alertSummary.rule.name, similar: { total: 10, benign: 0 } });

const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<QueuePage />, {
    path: "/queue",
    at: `/queue${search}`,
    api: {
      me: () => me,
      ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
      queue: () => queuePage([three, single]),
      transition: () => alertDetail,
      ...handlers,
    },
  });
const row = (name: string) => screen.findByRole("article", { name });
const select = (name: RegExp) => screen.findByRole("checkbox", { name });

describe("a row of the queue", () => {
  it("shows how many alerts and rules an incident has, and lists the alerts on request", async () => {
    const { user } = open();
    const incidentRow = await row("Incident a");
    await user.click(within(incidentRow).getByRole("button", { name: "3 alerts · 2 rules" }));
    expect(within(incidentRow).getAllByRole("listitem")).toHaveLength(3);
  });

  it("says how many similar alerts there are, and how many were closed as benign", async () => {
    open();
    expect((await row("Incident a")).textContent).toContain("1,204 similar, 39 closed as benign");
    expect((await row(alertSummary.rule.name)).textContent).toContain("10 similar, none closed as benign");
  });

  it("shows that the response contains only the newest alerts of a large incident", async () => {
    const { user } = open({ queue: () => queuePage([incident("a", 1204)]) });
    await user.click(await screen.findByRole("button", { name: "1,204 alerts · 2 rules" }));
    expect(screen.getByText("Newest 50 of 1,204")).toBeDefined();
  });

  it("has the status of its least advanced alert", async () => {
    const alerts = [
      { ...alertSummary, id: "a-0", status: "closed" as const, closeReason: "benign" as const },
      { ...alertSummary, id: "a-1", status: "acknowledged" as const },
    ];
    open({ queue: () => queuePage([incident("a", 2, { alerts })]) });
    expect(within(await row("Incident a")).getByText("acknowledged")).toBeDefined();
  });

  it("opens its most severe alert with Enter", async () => {
    const { user, address } = open();
    await row("Incident a");
    await user.keyboard("j{Enter}");
    await waitFor(() => expect(address()).toBe("/alerts/b-0"));
  });
});

describe("the filters of the queue", () => {
  it("offer values with their counts and put a chosen one into the address", async () => {
    const { user, address } = open();
    await user.click(await screen.findByRole("button", { name: /^srv-0 ?11$/ }));
    expect(address()).toBe("/queue?host=srv-0");
  });

  it("show that a facet has more values than are listed", async () => {
    open();
    expect(await screen.findByText("Top 8 of 11")).toBeDefined();
  });

  it("can be cleared", async () => {
    const { user, address } = open({}, "?host=srv-0&text=cmd");
    await user.click(await screen.findByRole("button", { name: "Clear filters" }));
    expect(address()).toBe("/queue");
  });
});

describe("the bulk bar", () => {
  it("counts the selected incidents and their open alerts", async () => {
    const { user } = open();
    await user.click(await select(/Incident a/));
    await user.click(await select(/Command shell/));
    expect(screen.getByText("2 incidents selected, 4 open alerts")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Clear selection" }));
    expect(screen.queryByRole("toolbar", { name: "Selected incidents" })).toBeNull();
  });

  it("shows progress while alerts are acknowledged, and offers an undo", async () => {
    const { user, api } = open();
    const proceed = api.pause("transition");
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Acknowledge 3 alerts" }));
    expect(await screen.findByText("0 of 3")).toBeDefined();
    proceed();
    await screen.findByText("3 alerts acknowledged");
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() =>
      expect(api.calls("transition").map(({ params, body }) => `${params.id} ${body.to}`)).toEqual([
        "a-0 acknowledged",
        "a-1 acknowledged",
        "a-2 acknowledged",
        "a-0 open",
        "a-1 open",
        "a-2 open",
      ]),
    );
  });

  it("stops at the first failure and shows how many alerts were changed", async () => {
    const { user } = open({
      transition: ({ params }) => (params.id === "a-1" ? new Refusal(409, "The alert is closed.") : alertDetail),
    });
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Acknowledge 3 alerts" }));
    await screen.findByText("Stopped after 1 of 3 alerts");
    expect(screen.getByText("The alert is closed.")).toBeDefined();
    expect(screen.getByText("1 alert acknowledged")).toBeDefined();
  });
});

describe("the queue", () => {
  it("shows that it is loading", async () => {
    const { api } = open();
    // Paused before the first request is answered.
    const proceed = api.pause("queue");
    expect(screen.getByRole("status", { name: "Loading the queue" })).toBeDefined();
    proceed();
    await row("Incident a");
  });

  it("shows why it could not be loaded, and loads it on retry", async () => {
    const { user, api } = open({ queue: () => new Refusal(503, "The store does not answer.") });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer.");
    api.use({ queue: () => queuePage([three]) });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await row("Incident a");
  });

  it("explains why it is empty and offers all alerts", async () => {
    const { user, address } = open({ queue: () => queuePage([], { emptyReason: "No alerts with these filters." }) });
    await screen.findByText("No alerts with these filters.");
    await user.click(screen.getByRole("button", { name: "Show all alerts" }));
    expect(address()).toContain("status=closed");
  });

  it("points to the ingest page while nothing is stored", async () => {
    open({ queue: () => queuePage([]), me: () => ({ ...me, empty: true }) });
    expect(await screen.findByRole("link", { name: "How to ingest a capture" })).toBeDefined();
  });

  it("keeps its rows when more cannot be loaded, and loads them on retry", async () => {
    const first = queuePage([three], { total: 2, next: "second" });
    const { user, api } = open({
      queue: ({ query }) => (query.has("cursor") ? new Refusal(503, "The store does not answer.") : first),
    });
    const again = await screen.findByRole("button", {
      name: "Could not load more (The store does not answer.). Try again",
    });
    await row("Incident a");
    api.use({ queue: ({ query }) => (query.has("cursor") ? queuePage([single], { total: 2 }) : first) });
    await user.click(again);
    await row(alertSummary.rule.name);
    expect(screen.getByText(/^2 of 2 incidents/)).toBeDefined();
  });
});
