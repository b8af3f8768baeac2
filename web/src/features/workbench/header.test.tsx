import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import type { Handlers } from "../../test/fake-api.ts";
import { alertDetail } from "../../test/fixtures/alert.ts";
import { neighbourhood } from "../../test/fixtures/lineage.ts";
import { playbook } from "../../test/fixtures/playbook.ts";
import { storeDown, workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { Header } from "./header.tsx";
import { WithActions, WithLineage } from "./test-harness.tsx";

function open(alert: Partial<AlertDetail> = {}, handlers: Handlers = {}) {
  const select = vi.fn();
  const toggle = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions) => (
        <WithLineage>
          {(loaded) => (
            <Header
              alert={{ ...alertDetail, ...alert }}
              lineage={loaded}
              verdict={playbook.verdict}
              actions={actions}
              select={select}
              details={{ open: true, toggle }}
            />
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

  it("shows rule, severity, status, time and verdict", () => {
    open({ status: "closed", closeReason: "false-positive" });
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(alertDetail.rule.name);
    for (const text of ["high", "closed: false positive", "2026-03-04 09:12:07", "suspicious, unconfirmed"]) {
      expect(screen.getByText(text)).toBeDefined();
    }
    expect(screen.getByText("Verdict so far (3/7)")).toBeDefined();
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

  it.each([
    [3, undefined, "4 alerts in this incident"],
    [0, undefined, "1 alert in this incident"],
    [3, { at: "2026-03-04T09:40:00Z", actor: "mika", reason: "" }, "Removed from incident"],
  ])("counts the alerts of the incident (%s others)", (sameIncident, removed, name) => {
    open({ removed, related: { ...alertDetail.related, sameIncident } });
    expect(screen.getByRole("button", { name })).toBeDefined();
  });

  it("toggles the details drawer", async () => {
    const { user, toggle } = open();
    await user.click(screen.getByRole("button", { name: "Details", pressed: true }));
    expect(toggle).toHaveBeenCalled();
  });
});
