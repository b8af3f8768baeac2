import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { DeliveryList } from "#contracts/delivery";
import type { Role } from "#contracts/roles";
import { type Handlers, Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { incidentDetail } from "../../../test/fixtures/incident.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { EscalateDialog } from "./escalate-dialog.tsx";

async function open(api: Handlers = {}, as?: Role) {
  const closeDialog = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions, incident) =>
        !incident.isLoading && (
          <EscalateDialog alert={alertDetail} incident={incident} actions={{ ...actions, closeDialog }} />
        )
      }
    </WithActions>,
    { api: { ...workbenchApi(), incidentTransition: () => incidentDetail, ...api }, ...(as && { as }) },
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

  const goesTo = async (list: Partial<DeliveryList>, as?: Role) => {
    await open({ deliveries: () => ({ items: [], total: 0, receivers: [], evidence: false, ...list }) }, as);
    return (await screen.findByRole("region", { name: "Where it goes" })).textContent;
  };

  it("says before the click who is told, and that a bundle is written", async () => {
    const text = await goesTo({ receivers: ["https://chat.example/… (3f2a9c10)"], evidence: true });
    expect(text).toContain("The incident is posted to:https://chat.example/… (3f2a9c10)");
    expect(text).toContain("Its evidence bundle is written into the folder for evidence first.");
    expect(text).not.toContain("STEMMA_");
    expect(screen.queryByRole("link", { name: "settings of the server" })).toBeNull();
  });

  it("says that nobody is told and no bundle is written, and to administrators how that is set up", async () => {
    const text = await goesTo({});
    expect(text).toContain("It stays in the workbench: no receiver and no folder for evidence are set up.");
    expect(text).toContain("Set STEMMA_WEBHOOK and STEMMA_EVIDENCE where the server is started.");
    expect(screen.getByRole("link", { name: "settings of the server" }).getAttribute("href")).toBe(
      "/settings?tab=server",
    );
  });

  it("does not tell others how it is set up", async () => {
    expect(await goesTo({ evidence: true }, "analyst")).toBe(
      "Its evidence bundle is written into the folder for evidence. No receiver is set up, so nobody is told.",
    );
  });

  it("escalates although it could not be loaded where that goes", async () => {
    const { user, fill, closeDialog } = await open({ deliveries: storeDown });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    fill(note(), "isolate SRV-02");
    await user.click(submit());
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
  });
});
