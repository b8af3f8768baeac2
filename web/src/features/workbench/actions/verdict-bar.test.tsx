import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertStatus } from "#contracts/alert";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { incidentDetail, otherAlertId } from "../../../test/fixtures/incident.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { VerdictBar } from "./verdict-bar.tsx";

async function open(status: AlertStatus = "open") {
  const goToStep = vi.fn();
  const counts = { open: 0, acknowledged: 0, escalated: 0, closed: 0, [status]: 2 };
  const items = incidentDetail.items.map((alert) => ({ ...alert, status }));
  const page = renderPage(
    <WithActions alert={{ ...alertDetail, status }}>
      {(actions) => (
        <>
          <VerdictBar playbook={playbook} actions={actions} recommendation="escalate" goToStep={goToStep} />
          <output>{actions.isLoading ? "loading" : (actions.dialog ?? "ready")}</output>
        </>
      )}
    </WithActions>,
    { api: { ...workbenchApi(), incident: () => ({ ...incidentDetail, status, counts, items }) } },
  );
  await screen.findByText("ready");
  return { ...page, goToStep };
}
describe("the verdict bar", () => {
  it("shows the verdict and the rule of the decision table behind it", async () => {
    await open();
    expect(screen.getByText("suspicious, unconfirmed")).toBeDefined();
    expect(screen.getByText(playbook.verdict.rule.text)).toBeDefined();
  });

  it("has no verdict before the playbook is loaded", () => {
    renderPage(
      <WithActions>
        {(actions) => (
          <VerdictBar playbook={undefined} actions={actions} recommendation={undefined} goToStep={vi.fn()} />
        )}
      </WithActions>,
      { api: workbenchApi() },
    );
    expect(screen.getByText("The verdict is derived from the playbook.")).toBeDefined();
    expect(screen.queryByRole("button", { name: /^Why/ })).toBeNull();
  });

  it("explains the verdict, and which answers would change it", async () => {
    const { user, goToStep } = await open();
    await user.click(screen.getByRole("button", { name: "Why this verdict (2 possible changes)" }));
    const explanation = await screen.findByRole("dialog");
    expect(explanation.textContent).toContain("3 of 7 steps answered");
    expect(explanation.textContent).toContain("“raises concern” would change the verdict to malicious");
    await user.click(screen.getAllByRole("button", { name: "Step 1" })[0] ?? explanation);
    expect(goToStep).toHaveBeenCalledWith("who");
  });

  it.each([
    ["open", ["Acknowledge", "Acknowledge…", "Exception…", "Escalate…", "Close…", "Bundle"]],
    ["acknowledged", ["Exception…", "Escalate…", "Close…", "Bundle"]],
    ["escalated", ["Exception…", "Close…", "Bundle"]],
    ["closed", ["Exception…", "Reopen…", "Bundle"]],
  ] as const)("offers what can be done with an incident that is %s", async (status, names) => {
    await open(status);
    for (const name of names) {
      expect(screen.getByRole("button", { name })).toBeDefined();
    }
    expect(screen.getAllByRole("button")).toHaveLength(names.length + 1);
  });

  it("acknowledges the incident at once, and takes it back", async () => {
    const { user, api } = await open();
    api.use({ incidentTransition: () => incidentDetail });
    await user.click(screen.getByRole("button", { name: "Acknowledge" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Acknowledged 2 alerts");
    expect(api.calls("incidentTransition")).toMatchObject([
      { params: { key: "wininit" }, body: { to: "acknowledged", scope: { kind: "incident" } } },
    ]);
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() =>
      expect(api.calls("incidentTransition")[1]?.body).toMatchObject({
        to: "open",
        scope: { kind: "alerts", ids: [alertId, otherAlertId] },
      }),
    );
  });

  it("reports an acknowledgement that the server refuses", async () => {
    const { user, api } = await open();
    api.fail("incidentTransition", new Refusal(409, "Somebody was faster."));
    await user.click(screen.getByRole("button", { name: "Acknowledge" }));
    const report = await screen.findByRole("alert");
    expect(report.textContent).toContain("Not acknowledged");
    expect(report.textContent).toContain("Somebody was faster.");
  });

  it("opens the exception builder with the alert", async () => {
    const { user, address } = await open();
    await user.click(screen.getByRole("button", { name: "Exception…" }));
    expect(address()).toBe(`/exceptions/new?alert=${alertId}`);
  });

  it.each([
    ["Acknowledge…", "acknowledge"],
    ["Close…", "close"],
    ["Escalate…", "escalate"],
    ["Bundle", "bundle"],
  ])("opens a dialog with %s", async (name, dialog) => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name }));
    expect(screen.getByText(dialog, { selector: "output" })).toBeDefined();
  });
});
