import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import type { DraftNote } from "#contracts/exception-gate";
import type { Handlers } from "../../test/fake-api.ts";
import { dryRunOf, saved, suggested } from "../../test/fixtures/exceptions.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ExceptionBuilderPage } from "./builder-page.tsx";
import { ExceptionPage } from "./exception-page.tsx";

const build = (handlers: Handlers = {}) =>
  renderPage(<ExceptionBuilderPage />, {
    path: "/exceptions/new",
    at: `/exceptions/new?alert=${alertId}`,
    api: { ...workbenchApi(), ...handlers },
  });
const bar = (text: string) => waitFor(() => expect(screen.getByRole("contentinfo").textContent).toContain(text));

const waiting: ExceptionRecord = {
  ...saved,
  mode: "shadow",
  approval: {
    wants: "enforced",
    reasons: ["It is broad (41 of 100)."],
    requestedBy: "Otto Lind",
    requestedAt: saved.createdAt,
  },
};
const open = (record: ExceptionRecord, handlers: Handlers = {}) =>
  renderPage(<ExceptionPage />, {
    path: "/exceptions/:id",
    at: `/exceptions/${record.id}`,
    api: { ...workbenchApi(), exception: () => record, ...handlers },
  });

describe("the builder", () => {
  it("shows a note at its entry, blocks saving, and corrects the entry at one click", async () => {
    const note: DraftNote = {
      ...{ field: "entries.2.value", group: 0, entry: 2, weight: "error", text: "Write it in another way." },
      fix: { type: "match", field: "host.name", value: "srv-03", operator: "included", case: "insensitive" },
    };
    const { user } = build({
      exceptionDryRun: ({ body }) => ({
        ...dryRunOf(body),
        notes: JSON.stringify(body.entries).includes("srv-03") ? [] : [note],
      }),
    });
    const notes = await screen.findByRole("list", { name: "Notes about this entry" });
    expect(within(notes).getByRole("img", { name: "error" })).toBeDefined();
    await bar("Write it in another way.");
    await user.click(within(notes).getByRole("button", { name: "Correct" }));
    await bar("Enter a reason");
    expect(screen.queryByRole("list", { name: "Notes about this entry" })).toBeNull();
    expect(screen.getAllByRole("textbox", { name: "Value" }).at(-1)?.textContent).toBe("srv-03");
  });

  it("enforces nothing that hides alerts judged malicious: it narrows the draft or asks a second person", async () => {
    const { user, fill, api } = build({ saveException: () => ({ exception: waiting, closed: 0 }) });
    await user.click(await screen.findByRole("button", { name: "Remove host.name" }));
    fill(await screen.findByRole("textbox", { name: "Reason" }), "agreed");
    fill(await screen.findByRole("textbox", { name: "Reason for the breadth" }), "the whole site");
    await user.click(screen.getByRole("radio", { name: "Enforced" }));
    await bar("It would hide alerts judged malicious");
    fill(screen.getByRole("textbox", { name: /ask a second person/ }), "A red team exercise of last week");
    await bar("Another author has to enforce it");
    await user.click(screen.getByRole("button", { name: "Save and ask a second person" }));
    await screen.findByText(/It waits for another author/);
    expect(api.calls("saveException")[0]?.body.overrideReason).toBe("A red team exercise of last week");
  });

  it("takes the proposed entries", async () => {
    const { user } = build();
    await user.click(await screen.findByRole("button", { name: "Remove host.name" }));
    const stop = within(await screen.findByRole("region", { name: "Alerts judged malicious in the dry run" }));
    expect(stop.getByText("It is closed as a true positive.")).toBeDefined();
    await user.click(stop.getByRole("button", { name: "Narrow it so" }));
    await bar("Enter a reason");
    expect(await screen.findByRole("button", { name: "Remove host.name" })).toBeDefined();
    expect(screen.queryByRole("region", { name: "Alerts judged malicious in the dry run" })).toBeNull();
  });

  it("shows what each entry covers in numbers", async () => {
    build();
    const covers = within(await screen.findByRole("region", { name: "What it covers" }));
    expect(covers.getAllByRole("heading").map(({ textContent }) => textContent)).toEqual([
      "All conditions together",
      ...suggested.draft.entries.map((_, index) => expect.stringContaining(`Entry ${index + 1}: `)),
    ]);
    expect(covers.getByText(/41 stored alerts of the rules/)).toBeDefined();
  });
});

describe("the page of an exception that waits for a second person", () => {
  it("enforces it with the token of the dry run that was shown", async () => {
    const { user, fill, api } = open(waiting, { approveException: () => ({ exception: saved, closed: 2 }) });
    expect(await screen.findByText("waits for approval")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Review and approve…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Enforce exception" }));
    await dialog.findByRole("region", { name: "Dry run" });
    fill(dialog.getByRole("textbox", { name: "Reason" }), "checked with the owners");
    await user.click(dialog.getByRole("button", { name: "Approve and enforce" }));
    await screen.findByText("2 alerts closed.");
    const [run] = api.calls("exceptionDryRun");
    expect(run?.body).toMatchObject({ name: saved.name, mode: "enforced" });
    expect(run?.body).not.toHaveProperty("approval");
    const [call] = api.calls("approveException");
    expect(call?.body).toEqual({ dryRunToken: JSON.stringify(run?.body), reason: "checked with the owners" });
  });

  it("leaves it in shadow mode when it is rejected", async () => {
    const { user, fill, api } = open(waiting, { rejectException: () => waiting });
    await user.click(await screen.findByRole("button", { name: "Reject…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Reject exception" }));
    fill(dialog.getByRole("textbox", { name: "Reason" }), "too many hosts");
    await user.click(dialog.getByRole("button", { name: "Reject" }));
    await waitFor(() => expect(api.calls("rejectException")[0]?.body).toEqual({ reason: "too many hosts" }));
  });
});
