import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import type { PlaybookView } from "#contracts/playbook";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { VerdictBar } from "./verdict-bar.tsx";

function open(alert: Partial<AlertDetail> = {}, view: PlaybookView | undefined = playbook) {
  const goToStep = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions) => (
        <>
          <VerdictBar alert={{ ...alertDetail, ...alert }} playbook={view} actions={actions} goToStep={goToStep} />
          <output>{actions.dialog}</output>
        </>
      )}
    </WithActions>,
  );
  return { ...page, goToStep };
}
const actionNames = () =>
  screen
    .getAllByRole("button")
    .map((button) => button.textContent)
    .filter((name) => name?.startsWith("Why") === false);

describe("the verdict bar", () => {
  it("shows the verdict and the rule of the decision table behind it", () => {
    open();
    expect(screen.getByText("suspicious, unconfirmed")).toBeDefined();
    expect(screen.getByText(playbook.verdict.rule.text)).toBeDefined();
  });

  it("has no verdict before the playbook is loaded", () => {
    renderPage(
      <WithActions>
        {(actions) => <VerdictBar alert={alertDetail} playbook={undefined} actions={actions} goToStep={vi.fn()} />}
      </WithActions>,
    );
    expect(screen.getByText("The verdict is derived from the playbook.")).toBeDefined();
    expect(screen.queryByRole("button", { name: /^Why/ })).toBeNull();
  });

  it("explains the verdict, and which answers would change it", async () => {
    const { user, goToStep } = open();
    await user.click(screen.getByRole("button", { name: "Why this verdict (2 possible changes)" }));
    const explanation = await screen.findByRole("dialog");
    expect(explanation.textContent).toContain("3 of 7 steps answered");
    expect(explanation.textContent).toContain("“raises concern” would change the verdict to malicious");
    await user.click(screen.getAllByRole("button", { name: "Step 1" })[0] ?? explanation);
    expect(goToStep).toHaveBeenCalledWith("who");
  });

  it.each([
    ["open", ["Acknowledge", "Exception…", "Escalate…", "Close…"]],
    ["acknowledged", ["Exception…", "Escalate…", "Close…"]],
    ["escalated", ["Exception…", "Close…"]],
    ["closed", ["Reopen"]],
  ] as const)("offers the actions of an alert that is %s", (status, names) => {
    open({ status });
    expect(actionNames()).toEqual(names);
  });

  it("acknowledges the alert", async () => {
    const { user, api } = open();
    api.use({ transition: () => ({ ...alertDetail, status: "acknowledged" }) });
    await user.click(screen.getByRole("button", { name: "Acknowledge" }));
    expect(api.calls("transition")).toMatchObject([{ params: { id: alertId }, body: { to: "acknowledged" } }]);
  });

  it("reports an action that the server refuses", async () => {
    const { user, api } = open({ status: "closed" });
    api.fail("transition", new Refusal(409, "The alert was archived."));
    await user.click(screen.getByRole("button", { name: "Reopen" }));
    const report = await screen.findByRole("alert");
    expect(report.textContent).toContain("Alert not changed");
    expect(report.textContent).toContain("The alert was archived.");
  });

  it("opens the exception builder with the alert", async () => {
    const { user, address } = open();
    await user.click(screen.getByRole("button", { name: "Exception…" }));
    expect(address()).toBe(`/exceptions/new?alert=${alertId}`);
  });

  it.each([
    ["Close…", "close"],
    ["Escalate…", "escalate"],
  ])("opens a dialog with %s", async (name, dialog) => {
    const { user } = open();
    await user.click(screen.getByRole("button", { name }));
    expect(screen.getByText(dialog, { selector: "output" })).toBeDefined();
  });
});
