import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { IncidentDetail } from "#contracts/incident";
import type { VerdictOutcome } from "#contracts/playbook";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail, alertSummary } from "../../../test/fixtures/alert.ts";
import { incidentDetail, otherAlert } from "../../../test/fixtures/incident.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { incident as queueIncident, queuePage } from "../../../test/fixtures/queue.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { CloseDialog } from "./close-dialog.tsx";

const alone: IncidentDetail = { ...incidentDetail, items: [alertSummary], total: 1 };

async function open(outcome: VerdictOutcome = "undetermined", incident: IncidentDetail = alone) {
  const closeDialog = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions, incident) =>
        !incident.isLoading && (
          <CloseDialog
            alert={alertDetail}
            incident={incident}
            actions={{ ...actions, closeDialog }}
            verdict={{ ...playbook.verdict, outcome }}
          />
        )
      }
    </WithActions>,
    {
      api: {
        ...workbenchApi(),
        incident: () => incident,
        incidentTransition: () => incidentDetail,
        queue: () => queuePage([{ ...queueIncident("o", 1), alerts: [otherAlert] }]),
        find: () => ({ groups: [], milliseconds: 1 }),
      },
    },
  );
  await screen.findByRole("dialog");
  return { ...page, closeDialog };
}
const reason = (name: string) => screen.getByRole<HTMLInputElement>("radio", { name });
const note = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Note" });
const submit = (name = "Close alert") => screen.getByRole<HTMLButtonElement>("button", { name });
const refusal = () => new Refusal(409, "The verdict is undetermined: a reason of your own is needed.");

describe("the dialog that closes an alert", () => {
  it("needs a reason", async () => {
    const { user } = await open();
    expect(submit().disabled).toBe(true);
    await user.click(reason("False positive"));
    expect(submit().disabled).toBe(false);
  });

  it.each([
    ["benign", "Benign"],
    ["malicious", "True positive, resolved"],
  ] as const)("suggests the reason that fits the verdict %s", async (outcome, name) => {
    await open(outcome);
    expect(reason(name).checked).toBe(true);
  });

  it("sends reason and note, and disappears", async () => {
    const { user, fill, api, closeDialog } = await open("benign");
    fill(note(), "planned maintenance");
    await user.click(submit());
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("incidentTransition")[0]?.body).toEqual({
      to: "closed",
      reason: "benign",
      note: "planned maintenance",
      scope: { kind: "alerts", ids: [alertId] },
    });
  });

  it("keeps what was typed when the server fails, and asks for no override", async () => {
    const { user, fill, api, closeDialog } = await open();
    api.fail("incidentTransition", storeDown());
    await user.click(reason("Benign"));
    fill(note(), "planned maintenance");
    await user.click(submit());
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect(note().value).toBe("planned maintenance");
    expect(screen.queryByRole("textbox", { name: /Your reason/ })).toBeNull();
    expect(closeDialog).not.toHaveBeenCalled();
  });

  it("lets the analyst override a verdict with a reason", async () => {
    const { user, fill, api, closeDialog } = await open();
    api.fail("incidentTransition", refusal());
    await user.click(reason("Benign"));
    await user.click(submit());
    const override = await screen.findByRole("textbox", { name: /Your reason for closing against the verdict/ });
    expect(submit("Close against the verdict").disabled).toBe(true);
    fill(override, "confirmed by telephone");
    api.use({ incidentTransition: () => incidentDetail });
    await user.click(submit("Close against the verdict"));
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("incidentTransition").at(-1)?.body).toMatchObject({ override: "confirmed by telephone" });
  });

  it("drops the problem when another reason is chosen", async () => {
    const { user, api } = await open();
    api.fail("incidentTransition", refusal());
    await user.click(reason("Benign"));
    await user.click(submit());
    await screen.findByRole("alert");
    await user.click(reason("Duplicate"));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(submit().disabled).toBe(true);
  });

  it("asks for the alert that a duplicate repeats, and why", async () => {
    const { user, fill, api, closeDialog } = await open();
    await user.click(reason("Duplicate"));
    const other = await screen.findByRole("radio", { name: new RegExp(`^${otherAlert.rule.name}, `) });
    expect(screen.queryByRole("radio", { name: new RegExp(alertId) })).toBeNull();
    await user.click(other);
    expect(submit().disabled).toBe(true);
    fill(screen.getByRole("textbox", { name: /^Note/ }), "The same process, seen by another rule");
    await user.click(submit());
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("incidentTransition").at(-1)?.body).toMatchObject({
      reason: "duplicate",
      duplicateOf: otherAlert.id,
      note: "The same process, seen by another rule",
    });
  });

  it("takes the address of the other alert", async () => {
    const { user, fill, api } = await open();
    await user.click(reason("Duplicate"));
    fill(
      screen.getByRole("textbox", { name: /Duplicate of/ }),
      "https://stemma.example/alerts/br20w9-lgu2AJJbdED5O30?step=a",
    );
    await user.click(await screen.findByRole("radio", { name: "Alert br20w9-lgu2AJJbdED5O30" }));
    fill(screen.getByRole("textbox", { name: /^Note/ }), "The same process, seen by another rule");
    await user.click(submit());
    await waitFor(() => expect(api.calls("incidentTransition")).toHaveLength(1));
    expect(api.calls("incidentTransition")[0]?.body).toMatchObject({ duplicateOf: "br20w9-lgu2AJJbdED5O30" });
  });

  it("offers no override where a second analyst is needed", async () => {
    const { user, api } = await open();
    api.fail("incidentTransition", new Refusal(409, "Ask somebody else.", { code: "workflow.second-analyst" }));
    await user.click(reason("Benign"));
    await user.click(submit());
    expect((await screen.findByRole("alert")).textContent).toContain("Ask somebody else.");
    expect(screen.queryByRole("textbox", { name: /Your reason/ })).toBeNull();
  });

  it("is cancelled without a request", async () => {
    const { user, api, closeDialog } = await open("benign");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(closeDialog).toHaveBeenCalled();
    expect(api.calls("incidentTransition")).toEqual([]);
  });

  it("closes the incident unless another scope is chosen, with the number of alerts and their verdict", async () => {
    const three = [
      ...incidentDetail.items,
      { ...otherAlert, id: "al-13", process: { ...otherAlert.process, key: "x" } },
    ];
    const counts = { ...incidentDetail.counts, open: 2, escalated: 1 };
    const { user, api } = await open("malicious", { ...incidentDetail, counts, items: three, total: 3 });
    expect(screen.getByRole("dialog", { name: "Close incident" })).toBeDefined();
    await screen.findByText("suspicious, unconfirmed");
    expect(submit("Close 3 alerts").disabled).toBe(true);
    await user.click(screen.getByRole("radio", { name: /This process: cmd.exe 2828\s*2 alerts/ }));
    expect(screen.getByText(/verdict of these alerts is checked/)).toBeDefined();
    expect(submit("Close 2 alerts").disabled).toBe(true);
    await user.click(screen.getByRole("radio", { name: /This alert/ }));
    expect(screen.getByText("malicious")).toBeDefined();
    await user.click(submit("Close alert"));
    await waitFor(() => expect(api.calls("incidentTransition")).toHaveLength(1));
    expect(api.calls("incidentTransition")[0]?.body.scope).toEqual({ kind: "alerts", ids: [alertId] });
  });

  it("reads more of a large incident, to know how many alerts a process has", async () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ ...otherAlert, id: `al-${at}` }));
    const counts = { ...incidentDetail.counts, open: 1700 };
    const { api } = await open("benign", { ...incidentDetail, counts, total: 1700 });
    expect(screen.getByRole("radio", { name: /This process.*at least 2 alerts/ })).toBeDefined();
    api.use({ incident: () => ({ ...incidentDetail, counts, items: many, total: 1700 }) });
    await screen.findByRole("button", { name: "Close 1,700 alerts" });
    expect(api.calls("incident").at(-1)?.query.get("limit")).toBe("500");
  });
});
