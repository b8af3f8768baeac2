import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import type { RouteResponse } from "#contracts/api";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertDetail, alertSummary } from "../../test/fixtures/alert.ts";
import { incidentDetail } from "../../test/fixtures/incident.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { WithWorkbench } from "./test-harness.tsx";
import type { useWorkbench } from "./use-workbench.ts";

/** The state and the commands of the workbench, without its panes. */
async function open({ alert = {} as Partial<AlertDetail>, handlers = {} as Handlers } = {}) {
  let current: ReturnType<typeof useWorkbench> | undefined;
  const page = renderPage(
    <WithWorkbench alert={{ ...alertDetail, ...alert }}>
      {(workbench) => {
        current = workbench;
        const { lineage, playbook, incident } = workbench;
        const ready = lineage.graph !== undefined && playbook.view !== undefined && !incident.isLoading;
        return (
          <>
            {ready && <p>ready</p>}
            <input aria-label="Any field" />
          </>
        );
      }}
    </WithWorkbench>,
    { api: { ...workbenchApi(), ...handlers }, path: "/alert", at: "/alert?step=siblings" },
  );
  await screen.findByText("ready");
  return { ...page, workbench: () => current ?? expect.fail("nothing was rendered") };
}

const incidentOf = (id: string): RouteResponse<"queue">["items"][number] => ({
  key: id,
  title: id,
  severity: "high",
  riskScore: 73,
  latest: alertSummary.time,
  hosts: ["srv-02"],
  users: [],
  ruleCount: 1,
  alertCount: 1,
  alerts: [{ ...alertSummary, id }],
});
const queue: RouteResponse<"queue"> = {
  items: ["al-before", alertId, "al-after"].map(incidentOf),
  total: 3,
  totalAlerts: 3,
  totalIncidents: 3,
  counts: { open: 3, acknowledged: 0, escalated: 0, closed: 0 },
  facets: { severity: [], rule: [], tactic: [], host: [], user: [], assignee: [], tag: [] },
  histogram: [],
};

describe("the keys of the lineage", () => {
  it("move from process to process and skip groups and rows to load", async () => {
    const { user, workbench, address } = await open();
    await user.keyboard("k");
    expect(workbench().selected).toBe("wmiprvse");
    await user.keyboard("jj");
    expect(workbench().selected).toBe("conhost");
    await waitFor(() => expect(address()).toContain("node=conhost"));
  });

  it("collapse and expand the selected process, and undo", async () => {
    const { user, workbench } = await open();
    const before = workbench().lineage.rows.length;
    await user.keyboard("o");
    expect(workbench().lineage.rows.length).toBeLessThan(before);
    await user.keyboard("z");
    expect(workbench().lineage.rows.length).toBe(before);
  });

  it("copy the command line of the selected process", async () => {
    const { user } = await open();
    await user.keyboard("y");
    expect(await navigator.clipboard.readText()).toBe(alertDetail.process.commandLine);
  });

  it("show and hide the details", async () => {
    const { user, workbench } = await open();
    await user.keyboard("d");
    expect(workbench().drawer.open).toBe(false);
    await user.keyboard("d");
    expect(workbench().drawer.open).toBe(true);
  });
});

describe("the keys of the playbook", () => {
  it.each([
    ["1", "raises"],
    ["2", "lowers"],
    ["3", "unresolved"],
    ["4", "not-applicable"],
  ])("%s answers the open step with %s", async (key, value) => {
    const { user, api } = await open();
    await user.keyboard(key);
    await waitFor(() => expect(api.calls("answer")).toMatchObject([{ params: { step: "siblings" }, body: { value } }]));
  });

  it("move between steps and stop at the last one", async () => {
    const { user, workbench } = await open();
    await user.keyboard("[[");
    expect(workbench().playbook.step?.id).toBe("command");
    await user.keyboard("]]]]]]]]]]]]]]");
    expect(workbench().playbook.step?.id).toBe("agreement");
  });

  it("pin the selected process, or what has the focus", async () => {
    const { user, workbench } = await open();
    const pinned = () => workbench().playbook.draft?.evidence.map(({ id }) => id);
    await user.keyboard("p");
    expect(pinned()).toEqual(["cmd"]);
    workbench().selection.offerEvidence({ kind: "event", id: "ev-1", label: "an event" });
    await user.keyboard("p");
    expect(pinned()).toEqual(["cmd", "ev-1"]);
  });

  it("open a field for a result from outside, once", async () => {
    const { user, workbench } = await open();
    await user.keyboard("xx");
    expect(workbench().playbook.draft?.attachments).toEqual([{ kind: "pasted", title: "Pasted result", text: "" }]);
  });
});

describe("the keys of the incident", () => {
  it.each([
    ["c", "close"],
    ["s", "escalate"],
    ["i", "incident"],
  ])("%s opens the dialog “%s”", async (key, dialog) => {
    const { user, workbench } = await open();
    await user.keyboard(key);
    expect(workbench().actions.dialog).toBe(dialog);
  });

  it("acknowledge it at once", async () => {
    const { user, api } = await open({ handlers: { incidentTransition: () => incidentDetail } });
    await user.keyboard("a");
    await screen.findByText(/Acknowledged 2 alerts/);
    expect(api.calls("incidentTransition")[0]?.body).toMatchObject({
      to: "acknowledged",
      scope: { kind: "incident" },
    });
  });

  it("assign it to the person who is signed in", async () => {
    const { user, api } = await open({ handlers: { incidentAssignee: () => incidentDetail } });
    await user.keyboard("m");
    await waitFor(() => expect(api.calls("incidentAssignee")[0]?.body).toEqual({ assignee: "mika" }));
  });

  it.each(["closed", "escalated", "acknowledged"] as const)(
    "do nothing that is impossible while it is %s",
    async (status) => {
      const counts = { open: 0, acknowledged: 0, escalated: 0, closed: 0, [status]: 2 };
      const items = incidentDetail.items.map((one) => ({ ...one, status }));
      const { user, workbench, api } = await open({
        alert: { status },
        handlers: { incident: () => ({ ...incidentDetail, status, counts, items }) },
      });
      await user.keyboard(status === "closed" ? "acs" : status === "escalated" ? "as" : "a");
      expect(workbench().actions.dialog).toBeUndefined();
      expect(api.calls("incidentTransition")).toEqual([]);
    },
  );

  it("change an alert of a building block by itself", async () => {
    const { user, api } = await open({
      alert: { buildingBlock: true },
      handlers: { transition: () => ({ ...alertDetail, status: "acknowledged" }) },
    });
    await user.keyboard("a");
    await screen.findByText(/Acknowledged 1 alert/);
    expect(api.calls("transition")[0]?.body).toMatchObject({ to: "acknowledged" });
    expect(api.calls("incident")).toEqual([]);
  });

  it("open the exception builder", async () => {
    const { user, address } = await open();
    await user.keyboard("e");
    expect(address()).toBe(`/exceptions/new?alert=${alertId}`);
  });

  it.each([
    ["{{", "/alerts/al-before"],
    ["}", "/alerts/al-after"],
  ])("%s opens the neighbouring alert of the queue", async (key, path) => {
    const { user, address } = await open({ handlers: { queue: () => queue } });
    await user.keyboard(key);
    await waitFor(() => expect(address()).toBe(path));
  });

  it("stay on the alert when the queue cannot be loaded", async () => {
    const { user, api, address } = await open({ handlers: { queue: () => new Refusal(503, "Down.") } });
    await user.keyboard("}");
    await waitFor(() => expect(api.calls("queue")).toHaveLength(1));
    expect(address()).toContain("/alert?");
  });

  it("are text in a field", async () => {
    const { user, workbench } = await open();
    const field = screen.getByRole<HTMLInputElement>("textbox", { name: "Any field" });
    await user.click(field);
    await user.keyboard("c1");
    expect(field.value).toBe("c1");
    expect(workbench().actions.dialog).toBeUndefined();
  });
});
