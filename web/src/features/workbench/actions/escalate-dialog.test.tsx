import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { incidentDetail } from "../../../test/fixtures/incident.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { EscalateDialog } from "./escalate-dialog.tsx";

async function open() {
  const closeDialog = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions, incident) =>
        !incident.isLoading && (
          <EscalateDialog alert={alertDetail} incident={incident} actions={{ ...actions, closeDialog }} />
        )
      }
    </WithActions>,
    { api: { ...workbenchApi(), incidentTransition: () => incidentDetail } },
  );
  await screen.findByRole("dialog");
  return { ...page, closeDialog };
}
const note = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /Note for the next analyst/ });
const submit = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Escalate/ });

describe("the dialog that escalates an alert", () => {
  it("needs a note that is not blank", async () => {
    const { fill } = await open();
    expect(submit().disabled).toBe(true);
    fill(note(), "   ");
    expect(submit().disabled).toBe(true);
    fill(note(), "isolate SRV-02");
    expect(submit().disabled).toBe(false);
  });

  it("sends the note and disappears", async () => {
    const { user, fill, api, closeDialog } = await open();
    fill(note(), "isolate SRV-02");
    await user.click(submit());
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("incidentTransition")[0]?.body).toEqual({
      to: "escalated",
      note: "isolate SRV-02",
      scope: { kind: "incident" },
    });
  });

  it("keeps the note when the server refuses", async () => {
    const { user, fill, api, closeDialog } = await open();
    api.fail("incidentTransition", new Refusal(409, "The alert is closed."));
    fill(note(), "isolate SRV-02");
    await user.click(submit());
    expect((await screen.findByRole("alert")).textContent).toContain("The alert is closed.");
    expect(note().value).toBe("isolate SRV-02");
    expect(closeDialog).not.toHaveBeenCalled();
  });
});
