import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { scanners } from "../../test/fixtures/exceptions.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ValueListsPage } from "./lists-page.tsx";

const open = (handlers: Handlers = {}) => renderPage(<ValueListsPage />, { api: { ...workbenchApi(), ...handlers } });

describe("the page of value lists", () => {
  it("creates a list with one value per line", async () => {
    const { user, fill, api } = open({ createValueList: () => ({ list: scanners, added: 2, removed: 0 }) });
    await user.click(await screen.findByRole("button", { name: "New list…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "New value list" }));
    fill(dialog.getByRole("textbox", { name: "Name" }), "Backup servers");
    fill(dialog.getByRole("textbox", { name: "Values, one per line" }), "srv-1\r\n\n srv-2 ");
    await user.click(dialog.getByRole("button", { name: "Create" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(api.calls("createValueList")[0]?.body).toEqual({
      name: "Backup servers",
      type: "keyword",
      values: ["srv-1", "srv-2"],
    });
  });

  it("keeps what was typed when the server refuses it", async () => {
    const message = "Value 1 is neither an address nor a network in CIDR notation: nonsense.";
    const { user, fill } = open({ changeValueList: () => new Refusal(400, message) });
    await user.click(await screen.findByRole("button", { name: scanners.name }));
    const dialog = within(await screen.findByRole("dialog", { name: scanners.name }));
    const values = await dialog.findByRole("textbox", { name: "Values to add or remove, one per line" });
    expect(within(dialog.getByRole("list", { name: "Values" })).getAllByRole("listitem")).toHaveLength(2);
    fill(values, "nonsense");
    await user.click(dialog.getByRole("button", { name: "Add" }));
    expect((await dialog.findByRole("alert")).textContent).toContain(message);
    expect(values.textContent).toBe("nonsense");
  });

  it("says how many values were added", async () => {
    const { user, fill } = open({ changeValueList: () => ({ list: scanners, added: 1, removed: 0 }) });
    await user.click(await screen.findByRole("button", { name: scanners.name }));
    const values = await screen.findByRole("textbox", { name: "Values to add or remove, one per line" });
    fill(values, "192.0.2.9");
    await user.click(screen.getByRole("button", { name: "Add" }));
    expect(await screen.findByText("1 added, 0 removed.")).toBeDefined();
  });

  it("says what lists are for when there is none", async () => {
    open({ valueLists: () => ({ items: [], total: 0 }) });
    expect(await screen.findByText("No value lists")).toBeDefined();
  });
});
