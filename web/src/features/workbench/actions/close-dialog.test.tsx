import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { VerdictOutcome } from "#contracts/playbook";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { storeDown } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithActions } from "../test-harness.tsx";
import { CloseDialog } from "./close-dialog.tsx";

function open(outcome: VerdictOutcome = "undetermined") {
  const closeDialog = vi.fn();
  const page = renderPage(
    <WithActions>
      {(actions) => <CloseDialog actions={{ ...actions, closeDialog }} verdict={{ ...playbook.verdict, outcome }} />}
    </WithActions>,
    { api: { transition: () => ({ ...alertDetail, status: "closed" }) } },
  );
  return { ...page, closeDialog };
}
const reason = (name: string) => screen.getByRole<HTMLInputElement>("radio", { name });
const note = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Note" });
const submit = (name = "Close alert") => screen.getByRole<HTMLButtonElement>("button", { name });
const refusal = () => new Refusal(409, "The verdict is undetermined: a reason of your own is needed.");

describe("the dialog that closes an alert", () => {
  it("needs a reason", async () => {
    const { user } = open();
    expect(submit().disabled).toBe(true);
    await user.click(reason("False positive"));
    expect(submit().disabled).toBe(false);
  });

  it.each([
    ["benign", "Benign"],
    ["malicious", "True positive, resolved"],
  ] as const)("suggests the reason that fits the verdict %s", (outcome, name) => {
    open(outcome);
    expect(reason(name).checked).toBe(true);
  });

  it("sends reason and note, and disappears", async () => {
    const { user, fill, api, closeDialog } = open("benign");
    fill(note(), "planned maintenance");
    await user.click(submit());
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("transition")[0]?.body).toEqual({ to: "closed", reason: "benign", note: "planned maintenance" });
  });

  it("keeps what was typed when the server fails, and asks for no override", async () => {
    const { user, fill, api, closeDialog } = open();
    api.fail("transition", storeDown());
    await user.click(reason("Benign"));
    fill(note(), "planned maintenance");
    await user.click(submit());
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect(note().value).toBe("planned maintenance");
    expect(screen.queryByRole("textbox", { name: /Your reason/ })).toBeNull();
    expect(closeDialog).not.toHaveBeenCalled();
  });

  it("lets the analyst override a verdict with a reason", async () => {
    const { user, fill, api, closeDialog } = open();
    api.fail("transition", refusal());
    await user.click(reason("Benign"));
    await user.click(submit());
    const override = await screen.findByRole("textbox", { name: /Your reason for closing against the verdict/ });
    expect(submit("Close against the verdict").disabled).toBe(true);
    fill(override, "confirmed by telephone");
    api.use({ transition: () => ({ ...alertDetail, status: "closed" }) });
    await user.click(submit("Close against the verdict"));
    await waitFor(() => expect(closeDialog).toHaveBeenCalled());
    expect(api.calls("transition").at(-1)?.body).toMatchObject({ override: "confirmed by telephone" });
  });

  it("drops the problem when another reason is chosen", async () => {
    const { user, api } = open();
    api.fail("transition", refusal());
    await user.click(reason("Benign"));
    await user.click(submit());
    await screen.findByRole("alert");
    await user.click(reason("Duplicate"));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(submit().disabled).toBe(false);
  });

  it("is cancelled without a request", async () => {
    const { user, api, closeDialog } = open("benign");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(closeDialog).toHaveBeenCalled();
    expect(api.calls("transition")).toEqual([]);
  });
});
