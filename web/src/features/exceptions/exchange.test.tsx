import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ExceptionExport, ExceptionImport } from "#contracts/exception-exchange";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ExceptionPage } from "./exception-page.tsx";
import { ExceptionsPage } from "./list-page.tsx";

const api = (handlers: Handlers = {}): Handlers => ({
  ...workbenchApi(),
  ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
  ...handlers,
});

describe("the export of an exception", () => {
  const open = (handlers: Handlers = {}) =>
    renderPage(<ExceptionPage />, { path: "/exceptions/:id", at: "/exceptions/ex-1", api: api(handlers) });

  it("shows the text, its proof, and a proposal to the authors of the rule", async () => {
    const { user, api: calls } = open();
    await user.click(await screen.findByRole("button", { name: "Export…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Export exception" }));
    expect((await dialog.findByRole("list", { name: "Proof" })).textContent).toContain("Hides 12 of 12 events");
    expect(dialog.getByRole("region", { name: "exceptions.ndjson" }).textContent).toContain("stemma-ex-1");
    expect(calls.calls("exportExceptions")[0]?.body).toEqual({ format: "elastic", ids: ["ex-1"] });
    await user.click(dialog.getByRole("combobox", { name: "Format" }));
    await user.click(await screen.findByRole("option", { name: /^Proposal/ }));
    expect((await dialog.findByRole("region", { name: "tuning-proposal.md" })).textContent).toContain(
      "Tuning proposal",
    );
  });

  it("says why there is none", async () => {
    const refused: ExceptionExport = {
      ...{ format: "elastic", fileName: "e.ndjson", text: "", exported: 0 },
      exceptions: [{ id: "ex-1", name: "n", notes: [], refused: "It has conditions on the logon session." }],
    };
    const { user } = open({ exportExceptions: () => refused });
    await user.click(await screen.findByRole("button", { name: "Export…" }));
    expect((await screen.findByRole("list", { name: "Proof" })).textContent).toContain("Not exported");
    expect(screen.queryByRole("button", { name: "Save file" })).toBeNull();
  });
});

describe("the import of exceptions", () => {
  const result: ExceptionImport = {
    saved: 0,
    exceptions: [
      { ...{ line: 2, name: "Inventory", itemId: "i", rules: 1, wouldHide: 5, malicious: 0 }, breadth: "narrow" },
    ],
    problems: [{ code: "exchange.line", message: "surprise: unknown key surprise", at: { file: "e", line: 3 } }],
    warnings: [],
    summary: "1 exception can be imported.",
  };
  const open = (handlers: Handlers) =>
    renderPage(<ExceptionsPage />, { path: "/exceptions", at: "/exceptions", api: api(handlers) });
  const file = () => new File(['{"item_id":"i"}\n'], "e.ndjson");

  it("checks the file first, lists problems by line, and imports what is right", async () => {
    const { user, api: calls } = open({
      importExceptions: ({ body }) => ({
        ...result,
        saved: body.dryRun ? 0 : 1,
        exceptions: result.exceptions.map((item) => ({ ...item, ...(body.dryRun ? {} : { exceptionId: "new" }) })),
      }),
    });
    await user.click(await screen.findByRole("button", { name: "Import…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Import exceptions" }));
    expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Check" }).disabled).toBe(true);
    await user.upload(document.querySelector<HTMLInputElement>('input[type="file"]') as HTMLInputElement, file());
    await waitFor(() => expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Check" }).disabled).toBe(false));
    await user.click(dialog.getByRole("button", { name: "Check" }));
    expect((await dialog.findByRole("list", { name: "Problems (1)" })).textContent).toContain("Line 3: surprise");
    await user.click(dialog.getByRole("button", { name: "Import the 1 without problems" }));
    const link = await dialog.findByRole("link", { name: "Inventory" });
    expect(link.getAttribute("href")).toBe("/exceptions/new");
    expect(calls.calls("importExceptions").map(({ body }) => [body?.dryRun, body?.partial])).toEqual([
      [true, undefined],
      [false, true],
    ]);
  });

  it("keeps what was entered when the server refuses", async () => {
    const { user, fill } = open({ importExceptions: () => new Refusal(503, "The store is locked.") });
    await user.click(await screen.findByRole("button", { name: "Import…" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.upload(document.querySelector<HTMLInputElement>('input[type="file"]') as HTMLInputElement, file());
    fill(dialog.getByRole("textbox", { name: "Reason" }), "agreed");
    await waitFor(() => expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Check" }).disabled).toBe(false));
    await user.click(dialog.getByRole("button", { name: "Check" }));
    expect((await dialog.findByRole("alert")).textContent).toContain("The store is locked.");
    expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Reason" }).value).toBe("agreed");
    expect(dialog.getByText("e.ndjson")).toBeDefined();
  });
});
