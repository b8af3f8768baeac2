import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ExceptionBuilderPage } from "./builder-page.tsx";

const open = (handlers: Handlers = {}, search = `?alert=${alertId}`) =>
  renderPage(<ExceptionBuilderPage />, {
    path: "/exceptions/new",
    at: `/exceptions/new${search}`,
    api: { ...workbenchApi(), ...handlers },
  });
const section = (name: string) => screen.findByRole("region", { name });

describe("the counter-examples of a draft", () => {
  it("say how many changed copies would be hidden, and what is covered but unlike the alert", async () => {
    open();
    const found = within(await section("Counter-examples"));
    await found.findByText("None of 2 changed copies of the alert's event would be hidden wrongly.");
    expect(found.getByText("20 % different", { exact: false })).toBeTruthy();
  });

  it("offer an edit for each copy that would be hidden wrongly, which the keyboard reaches", async () => {
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Remove host.name" }));
    const narrow = await screen.findByRole("button", { name: "Narrow: exclude Another host" });
    narrow.focus();
    await user.keyboard("{Enter}");
    await screen.findByRole("button", { name: "Remove host.name" });
    await waitFor(() => expect(screen.queryByRole("button", { name: "Narrow: exclude Another host" })).toBeNull());
  });
});

describe("separating a draft from malicious alerts", () => {
  it("takes chosen alerts and pasted addresses, and uses the entries that were found", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("button", { name: "Separate from malicious alerts…" }));
    const form = within(await screen.findByRole("form", { name: "Separate from malicious alerts" }));
    await user.click(await form.findByRole("checkbox"));
    await user.type(form.getByRole("textbox"), "https://stemma.example/alerts/a%2F1?pane=tree b2");
    await user.click(form.getByRole("button", { name: "Separate from 3 alerts" }));
    await user.click(await form.findByRole("button", { name: "Use these entries" }));
    expect(api.calls("synthesis")[0]?.body).toEqual({ benign: [alertId], malicious: [alertId, "a/1", "b2"] });
    await waitFor(() => expect(screen.queryByRole("button", { name: "Remove host.name" })).toBeNull());
  });

  it("names the pairs that cannot be separated, and keeps the form when the server refuses", async () => {
    const pairs = [{ benign: "one", malicious: "two" }];
    const { user, api } = open({ synthesis: () => new Refusal(404, "No alert with the id two.") });
    await user.click(await screen.findByRole("button", { name: "Separate from malicious alerts…" }));
    const form = within(await screen.findByRole("form", { name: "Separate from malicious alerts" }));
    await user.type(form.getByRole("textbox"), "two");
    await user.click(form.getByRole("button", { name: "Separate from 1 alert" }));
    await form.findByText("No alert with the id two.", { exact: false });
    expect(form.getByRole<HTMLTextAreaElement>("textbox").value).toBe("two");
    api.use({
      synthesis: () => ({ kind: "inseparable", reason: "They are alike.", pairs, totalPairs: 3, milliseconds: 1 }),
    });
    await user.type(form.getByRole("textbox"), " three");
    await user.click(form.getByRole("button", { name: "Separate from 2 alerts" }));
    await form.findByText("1 of 3 pairs are listed.");
    expect(form.getByRole("link", { name: "two" }).getAttribute("href")).toBe("/alerts/two");
  });
});

it("drafts one exception for several alerts", async () => {
  const { api } = open({}, "?alert=one&alert=two");
  await section("Counter-examples");
  expect(api.calls("draftException")[0]?.body).toEqual({ alertIds: ["one", "two"] });
});
