import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { incident, me, queuePage } from "../../test/fixtures/queue.ts";
import { counts, open, rank, row, single, three } from "./test-harness.tsx";

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

  it("shows the columns that were chosen, which the address keeps beside the filters", async () => {
    const { user, address } = open({}, "?severity=high");
    await row("Incident a");
    await user.click(screen.getByRole("button", { name: "Columns: 12 of 12 shown" }));
    await user.click(await screen.findByRole("checkbox", { name: "Risk" }));
    await user.click(screen.getByRole("checkbox", { name: "Similar alerts" }));
    expect(address()).toMatch(/severity=high&columns=severity%2Cwhere/);
    const text = (await row("Incident a")).textContent;
    expect(text).not.toContain("Risk 42");
    expect(text).not.toContain("similar");
    expect(text).toContain("3 alerts · 2 rules");
    await user.click(screen.getByRole("button", { name: "Show all columns" }));
    expect(address()).toBe("/queue?severity=high");
    expect((await row("Incident a")).textContent).toContain("Risk 42");
  });

  it("is marked if it, or one of its alerts, was closed against the verdict", async () => {
    const [first, ...others] = three.alerts;
    const alerts = [{ ...(first ?? alertSummary), status: "closed" as const, overridden: true as const }, ...others];
    const { user } = open({ queue: () => queuePage([{ ...three, overridden: true, alerts }, single]) });
    const marked = await row("Incident a");
    expect(within(marked).getAllByText("against the verdict")).toHaveLength(1);
    await user.click(within(marked).getByRole("button", { name: "3 alerts · 2 rules" }));
    expect(within(marked).getAllByText("against the verdict")).toHaveLength(2);
    expect(screen.getAllByText("against the verdict")).toHaveLength(2);
  });

  it("shows its risk, its work, and that it was opened again", async () => {
    const worked = {
      ...three,
      assignee: "lena",
      tags: ["vpn"],
      comments: 2,
      reopened: "Rule matched on srv-02 after the incident was closed.",
      verdict: { outcome: "malicious" as const, required: 17, answered: 12 },
    };
    open({ queue: () => queuePage([worked]) });
    const text = (await row("Incident a")).textContent;
    for (const part of ["Risk 42", "lena", "vpn", "malicious", "12/17", "Reopened: Rule matched on srv-02"]) {
      expect(text).toContain(part);
    }
  });

  it("stands for the incidents of one shape, which it opens", async () => {
    const folded = { shape: "s1", incidents: 21, hosts: 20, keys: ["a", "c"] };
    const { user, address } = open({ queue: () => queuePage([{ ...three, folded }], { totalIncidents: 21 }) });
    expect(await screen.findByText("1 of 1 row for 21 incidents, 3 alerts")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "21 incidents on 20 hosts" }));
    expect(address()).toBe("/queue?shape=s1");
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

  it("show all values of a facet on request", async () => {
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Show all 11 values" }));
    expect(screen.getByRole("button", { name: /^srv-10 ?1$/ })).toBeDefined();
  });

  it("can be cleared", async () => {
    const { user, address } = open({}, "?host=srv-0&text=cmd");
    await user.click(await screen.findByRole("button", { name: "Clear filters" }));
    expect(address()).toBe("/queue");
  });
});

describe("rows of the queue", () => {
  it("keep their places until somebody asks for what is new", async () => {
    let items = [three, single];
    const { user } = open({ queue: () => queuePage(items) });
    await row("Incident a");
    items = [incident("c", 2, { rank, counts, status: "open" }), single, three];
    const notice = await screen.findByRole("button", { name: "2 new alerts: show" }, { timeout: 8000 });
    const names = () => screen.getAllByRole("article").map((one) => one.getAttribute("aria-label"));
    expect(names()).toEqual(["Incident a", alertSummary.rule.name]);
    await user.click(notice);
    await waitFor(() => expect(names()).toEqual(["Incident c", alertSummary.rule.name, "Incident a"]));
  });

  it("have one line if somebody prefers that", async () => {
    const { user } = open();
    await row("Incident a");
    await user.click(screen.getByRole("radio", { name: "1 line" }));
    expect((await row("Incident a")).getAttribute("data-compact")).toBe("true");
    expect(localStorage.getItem("stemma.queue.density")).toBe("one");
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
