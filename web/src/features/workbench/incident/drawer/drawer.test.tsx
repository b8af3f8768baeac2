import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Delivery } from "#contracts/delivery";
import type { IncidentDetail } from "#contracts/incident";
import { Refusal } from "../../../../test/fake-api.ts";
import { alertDetail, alertSummary } from "../../../../test/fixtures/alert.ts";
import { alertId } from "../../../../test/fixtures/lineage.ts";
import { incident as queueIncident, queuePage } from "../../../../test/fixtures/queue.ts";
import { storeDown } from "../../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../../test/render-page.tsx";
import { IncidentDrawer } from "./drawer.tsx";

const other = { ...alertSummary, id: "al-12", rule: { ...alertSummary.rule, name: "Account discovery by whoami" } };
const removed = {
  ...other,
  id: "al-13",
  removed: { at: "2026-03-04T09:40:00Z", actor: "mika", reason: "a planned change" },
};
const raised = (id: string, at: string): IncidentDetail["history"][number] => ({
  at,
  alert: { id, ruleName: "Account discovery by whoami", host: "srv-02", processName: "whoami.exe" },
});
const incident: IncidentDetail = {
  key: "wininit",
  title: "Account discovery by whoami",
  status: "open",
  counts: { open: 2, acknowledged: 0, escalated: 0, closed: 0 },
  work: { tags: [], comments: [] },
  merged: [],
  items: [alertSummary, other],
  total: 2,
  removed: { items: [], total: 0 },
  hosts: ["srv-02", "ws-07"],
  history: [raised("al-7f3a", "2026-03-04T09:14:31Z"), raised("al-12", "2026-03-04T09:14:32Z")],
};

function open(first: IncidentDetail | Refusal = incident, deliveries: readonly Delivery[] = []) {
  const close = vi.fn();
  const page = renderPage(<IncidentDrawer alertId={alertId} incidentKey="wininit" close={close} />, {
    api: {
      incident: () => first,
      incidentMembership: () => alertDetail,
      deliveries: ({ query }) => {
        const items = deliveries.filter((one) => one.incident === query.get("incident"));
        return { items, total: items.length, receivers: [], evidence: false };
      },
      sendDeliveryAgain: ({ params }) =>
        deliveries.find(({ id }) => id === params.id) ?? new Refusal(404, "There is no such delivery."),
      assignees: () => ({ names: ["kim", "Kim Sand", "mika"] }),
    },
  });
  return { ...page, close };
}
const members = () => screen.findByRole("list", { name: "Alerts of the incident" });

describe("the incident of an alert", () => {
  it("lists its alerts and marks the current one", async () => {
    open();
    const alerts = within(await members()).getAllByRole("listitem");
    expect(alerts).toHaveLength(2);
    expect(alerts[0]?.textContent).toContain("this alert");
    expect(screen.getByText("2 alerts of one activity, on srv-02, ws-07.")).toBeDefined();
  });

  it("merges alerts raised within a minute into one entry of the history", async () => {
    const { user } = open();
    await user.click(await screen.findByRole("tab", { name: "History" }));
    expect(screen.getAllByText("Raised")).toHaveLength(1);
    expect(screen.getByText("2 alerts")).toBeDefined();
  });

  it("merges what one act has changed into one entry of the history", async () => {
    const [first, second] = incident.history;
    const at = "2026-03-04T09:45:00.000Z";
    const change = { at, actor: "mika", from: "open", to: "escalated", note: "hurry" } as const;
    const history = [
      ...incident.history,
      { ...first, at, change },
      { ...second, at, change },
      { ...second, at, change: { ...change, actor: "robin" } },
    ];
    const { user } = open({ ...incident, history });
    await user.click(await screen.findByRole("tab", { name: "History" }));
    expect(screen.getAllByText("escalated")).toHaveLength(2);
    expect(screen.getAllByText("hurry")).toHaveLength(2);
    expect(screen.getAllByText("2 alerts")).toHaveLength(2);
  });

  it("shows after an escalation where it went, also that of an incident that was merged", async () => {
    const at = "2026-03-04T09:45:00.000Z";
    const merged = { key: "other", alerts: 1, at, actor: "mika", reason: "" };
    const escalated = { at, work: { actor: "mika", action: "incident.transition", text: "2 alerts escalated: hurry" } };
    const failed: Delivery = {
      ...{ id: "d-2", incident: "wininit", target: "https://chat.example/… (3f2a9c10)", at, actor: "mika", note: "" },
      ...{ alerts: 2, state: "failed", attempts: 10, reason: "it answers 503", files: [] },
      endedAt: "2026-03-04T12:45:00.000Z",
    };
    const waiting: Delivery = {
      ...{ ...failed, id: "d-1", incident: "other", target: undefined, state: "waiting", attempts: 0, alerts: 1 },
      ...{ at: "2026-03-04T09:30:00.000Z", nextAt: "2026-03-04T09:30:00.000Z", reason: undefined, endedAt: undefined },
    };
    const detail = { ...incident, merged: [merged], history: [...incident.history, escalated] };
    const { user, api } = open(detail, [failed, waiting]);
    await user.click(await screen.findByRole("tab", { name: "History" }));
    await screen.findByText("Could not be sent to https://chat.example/… (3f2a9c10)");
    const titles = [...document.querySelectorAll(".mantine-Timeline-itemTitle")].map((title) => title.textContent);
    expect(titles).toEqual([
      "Raised",
      "Evidence bundle to be written",
      "2 alerts escalated: hurry",
      "Could not be sent to https://chat.example/… (3f2a9c10)",
    ]);
    expect(screen.getByText(/^Escalation of 2 alerts/).textContent).toContain(
      "failed 2026-03-04 12:45:00: it answers 503",
    );
    await user.click(screen.getByRole("button", { name: /^Send the escalation/ }));
    expect(api.calls("sendDeliveryAgain").map(({ params }) => params.id)).toEqual(["d-2"]);
  });

  it("disappears when another alert is opened", async () => {
    const { user, close } = open();
    const link = within(await members()).getByRole("link", { name: /Account discovery/ });
    expect(link.getAttribute("href")).toBe("/alerts/al-12");
    await user.click(link);
    expect(close).toHaveBeenCalled();
  });

  it("removes an alert with a reason", async () => {
    const { user, fill, api } = open();
    await user.click(
      within(await members()).getByRole("button", {
        name: "Remove from this incident: Account discovery by whoami on cmd.exe",
      }),
    );
    fill(screen.getByRole("textbox", { name: "Reason for removal" }), "a planned change");
    api.use({
      incident: () => ({ ...incident, items: [alertSummary], total: 1, removed: { items: [removed], total: 1 } }),
    });
    await user.click(screen.getByRole("button", { name: "Remove" }));
    const list = await screen.findByRole("list", { name: "Removed alerts" });
    expect(list.textContent).toContain("Removed by mika: a planned change");
    expect(api.calls("incidentMembership")).toMatchObject([
      { params: { id: "al-12" }, body: { removed: true, reason: "a planned change" } },
    ]);
  });

  it("keeps the alert when the removal is cancelled", async () => {
    const { user, api } = open();
    const [first] = within(await members()).getAllByRole("button", { name: /^Remove from this incident/ });
    await user.click(first ?? document.body);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(screen.queryByRole("textbox", { name: "Reason for removal" })).toBeNull();
    expect(api.calls("incidentMembership")).toEqual([]);
  });

  it("restores a removed alert", async () => {
    const { user, api } = open({ ...incident, removed: { items: [removed], total: 1 } });
    await user.click(await screen.findByRole("button", { name: /^Restore: Account discovery/ }));
    await waitFor(() =>
      expect(api.calls("incidentMembership")).toMatchObject([{ params: { id: "al-13" }, body: { removed: false } }]),
    );
  });

  it("reports a refused removal and keeps the reason", async () => {
    const { user, fill, api } = open();
    const [first] = within(await members()).getAllByRole("button", { name: /^Remove from this incident/ });
    await user.click(first ?? document.body);
    fill(screen.getByRole("textbox", { name: "Reason for removal" }), "a planned change");
    api.fail("incidentMembership", new Refusal(409, "The alert was removed already."));
    await user.click(screen.getByRole("button", { name: "Remove" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Incident not changed");
    expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Reason for removal" }).value).toBe(
      "a planned change",
    );
  });

  it("shows the newest alerts of a large incident and loads more on request", async () => {
    const { user, api } = open({ ...incident, total: 1250 });
    expect((await screen.findByText(/^2 of 1,250 alerts, newest first/)).textContent).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Show more" }));
    await waitFor(() => expect(api.calls("incident").at(-1)?.query.get("limit")).toBe("500"));
  });

  it("offers to try again when loading fails", async () => {
    const { user, api } = open(storeDown());
    await screen.findByRole("alert");
    api.use({ incident: () => incident });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await members()).toBeDefined();
  });
});

describe("alerts that are another activity", () => {
  it("are split off with a reason, and the new incident can be opened", async () => {
    const { user, fill, api } = open();
    await user.click(within(await members()).getByRole("checkbox", { name: /Select: Account discovery/ }));
    fill(screen.getByRole("textbox", { name: "Reason for the split" }), "an inventory job");
    api.use({ splitIncident: () => ({ key: "split:1" }) });
    await user.click(screen.getByRole("button", { name: "Split off 1 alert" }));
    const link = await screen.findByRole("link", { name: "Open the new incident" });
    expect(link.getAttribute("href")).toBe("/incidents/split%3A1");
    expect(api.calls("splitIncident")).toMatchObject([
      { params: { key: "wininit" }, body: { alerts: ["al-12"], reason: "an inventory job" } },
    ]);
  });

  it("stay selected with the reason when the server refuses", async () => {
    const { user, fill, api } = open();
    await user.click(within(await members()).getByRole("checkbox", { name: /Select: Account discovery/ }));
    fill(screen.getByRole("textbox", { name: "Reason for the split" }), "an inventory job");
    api.use({ splitIncident: () => new Refusal(409, "Leave at least one alert in the incident.") });
    await user.click(screen.getByRole("button", { name: "Split off 1 alert" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Leave at least one alert");
    expect(screen.getByRole("textbox", { name: "Reason for the split" })).toHaveProperty("value", "an inventory job");
  });
});

describe("comments on the incident", () => {
  const text = "@Kim Sand and @nobody: <b>see</b> \u202edump";
  const comment = { id: "c1", at: "2026-03-04T09:40:00Z", actor: "mika", text, mentions: ["Kim Sand"] };
  const commented = { ...incident, work: { tags: [], comments: [comment] } };

  it("highlight the people they mention, and show hostile text as it is", async () => {
    const { user } = open(commented);
    await user.click(await screen.findByRole("tab", { name: "Comments 1" }));
    const [shown] = within(screen.getByRole("list", { name: "Comments" })).getAllByRole("listitem");
    expect(shown?.querySelector("mark")?.textContent).toBe("@Kim Sand");
    expect(shown?.querySelectorAll("mark")).toHaveLength(1);
    expect(shown?.querySelector("b")).toBeNull();
    expect(shown?.textContent).toContain("<b>see</b>");
    expect(shown?.textContent).not.toContain("\u202e");
  });

  it("complete names after an @ by key, and are sent", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("tab", { name: "Comments 0" }));
    const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Comment" });
    await user.type(field, "ask @ki");
    const options = within(await screen.findByRole("listbox", { name: "People" })).getAllByRole("option");
    expect(options.map((option) => option.textContent)).toEqual(["kim", "Kim Sand"]);
    await user.keyboard("{ArrowDown}{Enter}first");
    expect(field.value).toBe("ask @Kim Sand first");
    api.use({ incidentComment: () => commented, incident: () => commented });
    await user.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByText("@Kim Sand")).toBeDefined();
    expect(api.calls("incidentComment")).toMatchObject([{ body: { text: "ask @Kim Sand first" } }]);
    expect(field.value).toBe("");
  });
});

describe("incidents that belong together", () => {
  const merged = {
    ...incident,
    key: "merged:1",
    merged: [{ key: "other", alerts: 3, at: "2026-03-04T09:40:00Z", actor: "mika", reason: "same tool" }],
  };

  it("are found by typing, and merged with a reason", async () => {
    const { user, fill, api } = open();
    api.use({
      queue: () => queuePage([queueIncident("wininit", 2), queueIncident("other", 3)]),
      mergeIncident: () => ({ key: "merged:1" }),
    });
    await user.click(await screen.findByRole("tab", { name: "Merge" }));
    fill(screen.getByRole("searchbox", { name: /Merge another/ }), "wmic");
    await user.click(await screen.findByRole("radio", { name: /Incident other.*srv-02, 3 alerts of 2 rules/ }));
    expect(screen.getAllByRole("radio")).toHaveLength(1);
    expect(api.calls("queue").at(-1)?.query.get("text")).toBe("wmic");
    fill(screen.getByRole("textbox", { name: "Reason" }), "same tool");
    await user.click(screen.getByRole("button", { name: "Merge into this incident" }));
    await waitFor(() =>
      expect(api.calls("mergeIncident")).toMatchObject([
        { params: { key: "wininit" }, body: { incident: "other", reason: "same tool" } },
      ]),
    );
  });

  it("are separated again", async () => {
    const { user, fill, api } = open(merged);
    api.use({ unmergeIncident: () => ({ key: "wininit" }) });
    await user.click(await screen.findByRole("tab", { name: "Merge" }));
    expect(screen.getByRole("region", { name: "Merged incidents" }).textContent).toContain("3 alerts by mika");
    await user.click(screen.getByRole("button", { name: "Separate merged incidents…" }));
    fill(screen.getByRole("textbox", { name: "Reason for the separation" }), "two runs");
    await user.click(screen.getByRole("button", { name: "Separate" }));
    await waitFor(() => expect(api.calls("unmergeIncident")).toMatchObject([{ body: { reason: "two runs" } }]));
  });
});
