import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertDetail } from "../../test/fixtures/alert.ts";
import { incidentDetail, incidentQuestions } from "../../test/fixtures/incident.ts";
import { neighbourhood } from "../../test/fixtures/lineage.ts";
import { playbook } from "../../test/fixtures/playbook.ts";
import { storeDown, workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { Header } from "./header.tsx";
import { WithActions, WithAssignee, WithLineage } from "./test-harness.tsx";

function open(alert: Partial<AlertDetail> = {}, handlers: Handlers = {}) {
  const select = vi.fn();
  const toggle = vi.fn();
  const page = renderPage(
    <WithActions alert={{ ...alertDetail, ...alert }}>
      {(actions, incident) => (
        <WithLineage>
          {(loaded) => (
            <WithAssignee incident={incident}>
              {(assignee) => (
                <Header
                  alert={{ ...alertDetail, ...alert }}
                  lineage={loaded}
                  verdict={playbook.verdict}
                  incident={incident}
                  assignee={assignee}
                  actions={actions}
                  select={select}
                  details={{ open: true, toggle }}
                />
              )}
            </WithAssignee>
          )}
        </WithLineage>
      )}
    </WithActions>,
    { api: { ...workbenchApi(), ...handlers } },
  );
  return { ...page, select, toggle };
}
const path = () => screen.getByRole("navigation", { name: "Process path" });

describe("the header of an alert", () => {
  it("shows the note of an escalation, by whom, and how many proposals wait", async () => {
    const escalation = { at: "2026-03-04T10:00:00Z", actor: "lena", note: "isolate SRV-02\nthen call" };
    open({ status: "escalated", escalation, openProposals: 2 });
    const told = await screen.findByRole("region", { name: "Escalation" });
    expect(told.textContent).toContain("Escalated by lena");
    expect(told.textContent).toContain("isolate SRV-02");
    expect(screen.getByRole("img", { name: "2 open proposals" })).toBeDefined();
  });

  it("shows the incident with what is left, and what is different about the alert", async () => {
    const counts = { open: 1, acknowledged: 0, escalated: 0, closed: 1 };
    open(
      { status: "closed", closeReason: "false-positive" },
      {
        incident: () => ({ ...incidentDetail, title: "Account discovery by whoami", counts }),
        incidentQuestions: () => ({
          ...incidentQuestions,
          verdict: { ...incidentQuestions.verdict, outcome: "malicious" },
        }),
      },
    );
    await screen.findByRole("button", { name: "2 alerts · 4 of 7 questions left" });
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Account discovery by whoami");
    expect(screen.getByText("malicious")).toBeDefined();
    const alert = within(screen.getByRole("region", { name: "Alert" }));
    for (const text of [
      alertDetail.rule.name,
      "closed: false positive",
      "2026-03-04 09:12:07",
      "suspicious, unconfirmed",
    ]) {
      expect(alert.getByText(text)).toBeDefined();
    }
  });

  it("says nothing twice that alert and incident have in common", async () => {
    open();
    await screen.findByRole("button", { name: "2 alerts" });
    expect(screen.getAllByText(alertDetail.rule.name)).toHaveLength(1);
    expect(screen.getAllByText("open")).toHaveLength(1);
    await waitFor(() => expect(screen.getAllByText("suspicious, unconfirmed")).toHaveLength(1));
  });

  it("says which alert reopened the incident", async () => {
    const reopened = {
      at: "2026-03-04T09:40:00Z",
      alertId: "al-12",
      ruleName: "x",
      text: "whoami joined the incident",
    };
    open({}, { incident: () => ({ ...incidentDetail, work: { ...incidentDetail.work, reopened } }) });
    const notice = await screen.findByRole("region", { name: "Reopened" });
    expect(notice.textContent).toContain("Reopened: whoami joined the incident");
    expect(within(notice).getByRole("link").getAttribute("href")).toBe("/alerts/al-12");
  });

  it("assigns the incident to somebody, and to nobody", async () => {
    const assigned = { ...incidentDetail, work: { ...incidentDetail.work, assignee: "lena" } };
    const { user, api } = open({}, { incidentAssignee: () => assigned });
    await user.click(await screen.findByRole("combobox", { name: "Assignee" }));
    api.use({ incident: () => assigned });
    await user.click(await screen.findByRole("option", { name: "lena" }));
    await waitFor(() => expect(api.calls("incidentAssignee")[0]?.body).toEqual({ assignee: "lena" }));
    await waitFor(() => expect(screen.getByRole("combobox", { name: "Assignee" })).toHaveProperty("value", "lena"));
    await user.click(screen.getByRole("combobox", { name: "Assignee" }));
    await user.click(await screen.findByRole("option", { name: "Unassigned" }));
    await waitFor(() => expect(api.calls("incidentAssignee")[1]?.body).toEqual({}));
  });

  it("changes the tags, and keeps those that the server refuses", async () => {
    const tagged = { ...incidentDetail, work: { ...incidentDetail.work, tags: ["wmi"] } };
    const { user, api } = open({}, { incident: () => tagged, incidentTags: () => new Refusal(400, "Too odd.") });
    await user.click(await screen.findByRole("button", { name: "Tags: wmi" }));
    await user.type(await screen.findByLabelText("Tags", { selector: "input" }), "case 7{Enter}");
    await user.click(screen.getByRole("button", { name: "Save tags" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Too odd.");
    api.use({ incidentTags: () => tagged });
    await user.click(screen.getByRole("button", { name: "Save tags" }));
    await waitFor(() => expect(screen.queryByLabelText("Tags", { selector: "input" })).toBeNull());
    expect(api.calls("incidentTags").at(-1)?.body).toEqual({ tags: ["wmi", "case 7"] });
  });

  it("leads from the host through the logon session to the process", async () => {
    const { user, select } = open();
    const session = await within(path()).findByRole("link", { name: /^session/ });
    expect(session.textContent).toBe("session 0x1d313d of CORP\\adm-lena (network, NTLM, from WS-07)");
    expect(session.getAttribute("href")).toBe("/sessions/srv-02%7C0x1d313d");
    expect(within(path()).getByRole("link", { name: "srv-02" }).getAttribute("href")).toBe("/hosts/srv-02");
    const steps = within(path()).getAllByRole("button");
    expect(steps.map((step) => step.textContent)).toEqual([
      "wininit.exe",
      "services.exe",
      "svchost.exe",
      "WmiPrvSE.exe",
      "cmd.exe",
    ]);
    expect(within(path()).getByRole("button", { current: true }).textContent).toBe("cmd.exe");
    await user.click(within(path()).getByRole("button", { name: "WmiPrvSE.exe" }));
    expect(select).toHaveBeenCalledWith("wmiprvse");
  });

  it("starts with the process on another host that opened the session", async () => {
    const link = {
      from: { host: "ws-07", processKey: "mmc" },
      to: { host: "srv-02", sessionKey: "srv-02|0x1d313d" },
      time: "2026-03-04T09:12:01Z",
      basis: "connection" as const,
      certainty: "exact" as const,
      why: "Address and port agree.",
      evidence: [],
    };
    const nodes = neighbourhood.nodes.map((node) => (node.key === "mmc" ? { ...node, host: "ws-07" } : node));
    open({}, { lineage: () => ({ ...neighbourhood, nodes, links: [link] }) });
    expect(await within(path()).findByRole("link", { name: "ws-07" })).toBeDefined();
    expect(within(path()).getAllByRole("button")[0]?.textContent).toBe("mmc.exe");
  });

  it("shows the path and user of the alert when the lineage cannot be loaded", async () => {
    open({}, { lineage: storeDown });
    expect(
      within(path())
        .getAllByRole("button")
        .map((step) => step.textContent),
    ).toContain("WmiPrvSE.exe");
    expect(within(path()).getByRole("link", { name: "CORP\\adm-lena" })).toBeDefined();
  });

  it("says that the alert was removed from its incident", async () => {
    open({ removed: { at: "2026-03-04T09:40:00Z", actor: "mika", reason: "" } });
    expect(screen.getByRole("button", { name: "Removed from incident" })).toBeDefined();
  });

  it("toggles the details drawer", async () => {
    const { user, toggle } = open();
    await user.click(screen.getByRole("button", { name: "Details", pressed: true }));
    expect(toggle).toHaveBeenCalled();
  });
});
