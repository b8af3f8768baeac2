import { act, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Batch, LeftAlert } from "#contracts/batch";
import { notLive, setLiveState } from "../../api/live/state.ts";
import { me, queuePage } from "../../test/fixtures/queue.ts";
import { open, select, single, three } from "./test-harness.tsx";

const nothing = { incidents: 0, alerts: 0 };
const started: Batch = {
  ...{ id: "batch-1", state: "running", actor: me.analyst, action: { kind: "acknowledge", note: "" } },
  ...{ startedAt: new Date().toISOString(), changedAt: new Date().toISOString() },
  ...{ covered: { incidents: 2, alerts: 6 }, done: { incidents: 1, alerts: 3 }, changed: nothing, left: [] },
};
const preview = { incidents: 2, alerts: 6, statuses: { open: 5, acknowledged: 1, escalated: 0, closed: 0 } };

describe("the bulk bar", () => {
  it("counts the selected rows and their alerts", async () => {
    const { user } = open();
    await user.click(await select(/Incident a/));
    await user.click(await select(/Command shell/));
    expect(screen.getByText("2 rows selected, 4 alerts")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Clear selection" }));
    expect(screen.queryByRole("toolbar", { name: "Selected incidents" })).toBeNull();
  });

  it("starts one batch for whole incidents, all that share a row, after showing the exact counts", async () => {
    const folded = { shape: "s1", incidents: 2, hosts: 2, keys: ["a", "c"] };
    const { user, api } = open({
      queue: () => queuePage([{ ...three, folded }]),
      previewBatch: () => preview,
      startBatch: () => started,
    });
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Acknowledge…" }));
    await screen.findByText("2 incidents with 6 alerts. These stay as they are: 1 acknowledged.");
    await user.click(screen.getByRole("button", { name: "Acknowledge 6 alerts" }));
    await waitFor(() =>
      expect(api.calls("startBatch").map(({ body }) => body)).toEqual([
        {
          action: { kind: "acknowledge", note: "" },
          of: [{ kind: "incidents", keys: ["a", "c"] }],
          scope: "incidents",
        },
      ]),
    );
  });

  it("selects everything that matches the filters, not only the rows of the page", async () => {
    const page = { ...queuePage([three, single]), total: 220, totalIncidents: 260, totalAlerts: 8123 };
    const { user, api } = open({ queue: () => page, previewBatch: () => preview, startBatch: () => started });
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Select all 260 incidents (8,123 alerts) that match" }));
    await user.click(screen.getByRole("button", { name: "Close…" }));
    const submit = await screen.findByRole("button", { name: "Close 6 alerts" });
    expect(submit).toHaveProperty("disabled", true);
    await user.click(screen.getByRole("radio", { name: "Only the alerts that match the filters" }));
    await user.click(screen.getByRole("radio", { name: /^False positive/ }));
    await user.click(await screen.findByRole("button", { name: "Close 6 alerts" }));
    await waitFor(() =>
      expect(api.calls("startBatch")[0]?.body).toMatchObject({
        action: { kind: "close", reason: "false-positive" },
        of: [{ kind: "filter", filter: { status: ["open", "acknowledged", "escalated"] } }],
        scope: "alerts",
      }),
    );
  });
});

describe("everything that matches", () => {
  it("shows every row as selected; without one of them, the others that are loaded are", async () => {
    const page = { ...queuePage([three, single]), total: 220, totalIncidents: 260, totalAlerts: 8123 };
    const { user } = open({ queue: () => page });
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Select all 260 incidents (8,123 alerts) that match" }));
    expect(screen.getByText("All 260 incidents (8,123 alerts) that match are selected")).toBeDefined();
    expect((await select(/Command shell/)).checked).toBe(true);
    await user.click(await select(/Incident a/));
    expect(screen.getByText("1 row selected, 1 alert")).toBeDefined();
    expect((await select(/Command shell/)).checked).toBe(true);
  });
});

describe("escalating rows of the queue", () => {
  it("says before the click where each incident goes", async () => {
    const receivers = ["https://chat.example/… (3f2a9c10)"];
    const { user } = open({
      previewBatch: () => preview,
      deliveries: () => ({ items: [], total: 0, receivers, evidence: false }),
    });
    await user.click(await select(/Incident a/));
    await user.click(screen.getByRole("button", { name: "Escalate…" }));
    const text = (await screen.findByRole("region", { name: "Where it goes" })).textContent;
    expect(text).toContain(`Each incident is posted to:${receivers.join()}`);
    expect(text).toContain("No folder for evidence is set up, so no evidence bundle is written.");
  });
});

describe("a batch", () => {
  it("shows how far it is, also after a reload, and can be cancelled", async () => {
    const { user, api } = open({
      batches: () => ({ items: [started], total: 1 }),
      cancelBatch: () => ({ ...started, state: "cancelled" as const }),
    });
    await screen.findByText("Acknowledging…");
    expect(screen.getByText("3 of 6 alerts")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(api.calls("cancelBatch").map(({ params }) => params)).toEqual([{ id: "batch-1" }]));
  });

  it("says exactly what it changed and left, and is undone by z", async () => {
    const left = [{ code: "workflow.same-status", text: "It was like that already.", incidents: 1, alerts: 1 }];
    const done: Batch = { ...started, state: "done", changed: { incidents: 2, alerts: 5 }, left };
    const { user, api } = open({
      batches: () => ({ items: [done], total: 1 }),
      undoBatch: () => ({ ...started, id: "batch-2", action: { kind: "undo", batch: "batch-1" } }),
    });
    await screen.findByText("5 alerts of 2 incidents acknowledged.");
    expect(screen.getByText("1 alert of 1 incident left: It was like that already.")).toBeDefined();
    await user.keyboard("z");
    await waitFor(() => expect(api.calls("undoBatch").map(({ params }) => params)).toEqual([{ id: "batch-1" }]));
  });
});

describe("what a batch left", () => {
  const code = "workflow.verdict-not-benign";
  const text = "The verdict of its incident is not benign.";
  const left = [
    { code, text, incidents: 2, alerts: 130 },
    { code: "workflow.same-status", text: "It was like that already.", incidents: 3, alerts: 3 },
  ];
  const done: Batch = { ...started, state: "done", changed: { incidents: 2, alerts: 5 }, left };
  const batches = () => ({ items: [done], total: 1 });
  const item = (incident: string, alert: string, rule: string): LeftAlert => ({
    ...{ code, text, incident, alert },
    now: { rule: { id: rule, name: rule }, severity: "high", host: "ws-1", status: "open" },
  });
  const items = [item("a b", "a1", "Rule\u202e one"), item("a b", "a2", "Rule two"), item("c", "c1", "Rule one")];
  const show = async (handlers: Parameters<typeof open>[0]) => {
    const { user, api } = open({ batches, ...handlers });
    await user.click(await screen.findByRole("button", { name: `Show: ${text}` }));
    return { user, api, dialog: within(await screen.findByRole("dialog", { name: "130 alerts left as they were" })) };
  };

  it("is listed by incident for a reason, in pages, each with a link", async () => {
    const { user, api, dialog } = await show({
      batchLeft: ({ query }) =>
        query.get("cursor") === null
          ? { items, total: 130, next: "more" }
          : { items: [{ code, text, incident: "d", alert: "d1" }], total: 130 },
    });
    const link = await dialog.findByRole("link", { name: /^Rule.*one and 1 other$/ });
    expect(link.getAttribute("href")).toBe("/incidents/a%20b");
    expect(dialog.getByText(text)).toBeDefined();
    const [details] = dialog.getAllByRole("button", { name: "Alerts" });
    await user.click(details ?? expect.fail("no row opens"));
    expect(dialog.getByRole("link", { name: "Rule two" }).getAttribute("href")).toBe("/alerts/a2");
    expect(dialog.getByText("3 of 130")).toBeDefined();
    await user.click(dialog.getByRole("button", { name: "Next page" }));
    await dialog.findByText("Gone, or of a building-block rule");
    expect(api.calls("batchLeft").map(({ query }) => [query.get("code"), query.get("cursor")])).toEqual([
      [code, null],
      [code, "more"],
    ]);
  });

  it("is selected, and a batch of these alerts alone is started", async () => {
    const { user, api, dialog } = await show({
      batchLeft: () => ({ items, total: 130 }),
      previewBatch: () => preview,
      startBatch: () => started,
    });
    await user.click(await dialog.findByRole("button", { name: "Select 130 alerts" }));
    const bar = within(await screen.findByRole("toolbar", { name: "Selected: left by the batch" }));
    expect(bar.getByText("130 alerts that the batch left are selected")).toBeDefined();
    await user.click(bar.getByRole("button", { name: "Acknowledge…" }));
    await user.click(await screen.findByRole("button", { name: "Acknowledge 6 alerts" }));
    await waitFor(() =>
      expect(api.calls("startBatch").map(({ body }) => body)).toEqual([
        {
          action: { kind: "acknowledge", note: "" },
          of: [{ kind: "left", batch: "batch-1", code }],
          scope: "alerts",
        },
      ]),
    );
    await waitFor(() => expect(screen.queryByRole("toolbar", { name: "Selected: left by the batch" })).toBeNull());
  });

  it("says why there is no list of it, and offers no selection, where only counts were kept", async () => {
    const { dialog } = await show({ batchLeft: () => ({ items: [], total: 0 }) });
    await dialog.findByText(/^Which ones is not known: an earlier version of Stemma ran the batch/);
    expect(dialog.queryByRole("button", { name: /^Select/ })).toBeNull();
  });
});

describe("a batch that runs", () => {
  afterEach(() => setLiveState(notLive));
  const batches = () => ({ items: [started], total: 1 });

  it("is followed by the stream of changes, and asked for while that is down", async () => {
    setLiveState({ ...notLive, isLive: true });
    const { api } = open({ batches });
    await screen.findByText("Acknowledging…");
    await new Promise((done) => setTimeout(done, 1_200));
    expect(api.calls("batches")).toHaveLength(1);
    act(() => setLiveState(notLive));
    await waitFor(() => expect(api.calls("batches").length).toBeGreaterThan(2), { timeout: 10_000 });
  });
});
