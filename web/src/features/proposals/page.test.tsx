import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ListedProposal } from "#contracts/proposal";
import type { Role } from "#contracts/roles";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { listedProposals } from "../../test/fixtures/proposals.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ProposalsPage } from "./page.tsx";

const [answer, exception] = listedProposals;
const pageOf = (...items: readonly ListedProposal[]) => ({ items: [...items], total: items.length });

const open = (handlers: Handlers = {}, { search = "", as = "analyst" as Role } = {}) =>
  renderPage(<ProposalsPage />, {
    path: "/proposals",
    at: `/proposals${search}`,
    as,
    api: { proposals: () => pageOf(exception, answer), ...handlers },
  });
const answerRow = () => screen.findByRole("article", { name: /What does the captured command do\?/ });
const exceptionRow = () => screen.findByRole("article", { name: /Proposed by a program/ });
const tab = (name: string) => within(screen.getByRole("navigation", { name: "State" })).getByRole("link", { name });

describe("the proposals", () => {
  it("are the open ones first, and those of another state by a link", async () => {
    const { user, api, address } = open();
    await answerRow();
    expect(tab("Open").getAttribute("aria-current")).toBe("page");
    expect(api.calls("proposals")[0]?.query.toString()).toBe("state=open&limit=50");
    await user.click(tab("Dismissed"));
    expect(address()).toBe("/proposals?state=dismissed");
    await user.click(tab("All"));
    await waitFor(() => expect(api.calls("proposals").at(-1)?.query.toString()).toBe("limit=50"));
  });

  it("say which answer to which step of which alert, by whom, why and when", async () => {
    open();
    const row = await answerRow();
    expect(row.textContent).toContain("raises concern");
    expect(row.textContent).toContain("Proposed by assistant helper 2.1, via token night shift");
    expect(row.textContent).toContain("cmd.exe");
    expect(row.textContent).toContain(answer.alert?.host);
    expect(row.textContent).toContain("1 piece of evidence pinned");
    expect(within(row).getByRole("figure").textContent).toContain("in the words of the proposer");
    const place = `/alerts/${encodeURIComponent(alertId)}?step=command`;
    for (const name of [answer.alert?.rule.name ?? "", "Open at the step"]) {
      expect(within(row).getByRole("link", { name }).getAttribute("href")).toBe(place);
    }
  });

  it("say which exception with which entries, and lead to the builder with it", async () => {
    open();
    const row = await exceptionRow();
    const entries = within(row).getByRole("list", { name: "Entries of the exception" });
    expect(within(entries).getAllByRole("listitem").length).toBeGreaterThan(0);
    expect(row.textContent).toContain("shadow");
    const link = within(row).getByRole("link", { name: "Open in the builder" });
    expect(link.getAttribute("href")).toMatch(/^\/exceptions\/new\?alert=.*&proposal=proposal-2$/);
  });

  it("cannot be taken from the list, without the evidence", async () => {
    open();
    expect(within(await answerRow()).queryByRole("button", { name: /answer|take/i })).toBeNull();
  });

  it("show hostile text as text, with hidden characters in sight", async () => {
    open();
    const row = await answerRow();
    expect(row.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(row.textContent).toContain("U+202E");
    expect(row.querySelector("img, b")).toBeNull();
  });

  it.each(["x".repeat(3000), "line\n".repeat(40)])("collapse a long rationale", async (rationale) => {
    const { user } = open({ proposals: () => pageOf({ ...answer, rationale }) });
    const row = await answerRow();
    const more = within(row).getByRole("button", { name: /^Show all/ });
    await user.click(more);
    expect(within(row).getByRole("button", { name: "Show less" })).toBeDefined();
  });

  it("say who decided, when and why", async () => {
    const decision = { at: "2026-03-04T10:00:00Z", by: "lena", note: "The change has ended" };
    open({ proposals: () => pageOf({ ...exception, state: "dismissed", decision }) }, { search: "?state=dismissed" });
    const row = await exceptionRow();
    expect(row.textContent).toMatch(/Dismissed by lena, .*: The change has ended/);
    expect(within(row).queryByRole("button", { name: "Dismiss…" })).toBeNull();
    expect(within(row).queryByRole("link", { name: "Open in the builder" })).toBeNull();
  });

  it("keep what they no longer know the step or the alert of", async () => {
    const { alert, question, ...orphan } = answer as Extract<ListedProposal, { kind: "answer" }>;
    open({ proposals: () => pageOf({ ...orphan, alert }, { ...orphan, id: "orphan" }) });
    const [stepless, alertless] = await screen.findAllByRole("article", { name: /Step command/ });
    expect(stepless?.textContent).toContain(alert?.rule.name);
    expect(alertless?.textContent).toContain("The alert is no longer stored.");
    expect(within(alertless as HTMLElement).queryByRole("link")).toBeNull();
    expect(question).toBeDefined();
  });

  it("come in pages", async () => {
    const { user, address, api } = open({
      proposals: ({ query }) =>
        query.has("cursor") ? { items: [], total: 70 } : { items: [exception, answer], total: 70, next: "further" },
    });
    const pages = await screen.findByRole("navigation", { name: "Pages" });
    expect(pages.textContent).toContain("2 of 70");
    await user.click(within(pages).getByRole("button", { name: "Next page" }));
    expect(address()).toBe("/proposals?cursor=further");
    await screen.findByText("Nothing on this page any more");
    await user.click(screen.getByRole("button", { name: "First page" }));
    await answerRow();
    expect(address()).toBe("/proposals");
    expect(api.calls("proposals")[1]?.query.get("cursor")).toBe("further");
  });

  it("say why there are none, and can be read again after a failure", async () => {
    const { user, api } = open({ proposals: () => new Refusal(500, "Number 4711.") });
    expect((await screen.findByRole("alert")).textContent).toContain("Number 4711.");
    api.use({ proposals: () => pageOf() });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("No open proposals")).toBeDefined();
  });
});

describe("deciding", () => {
  it("dismisses with a note, and the focus goes on to the next proposal", async () => {
    const notes: unknown[] = [];
    let items = [exception, answer];
    const { user, fill } = open({
      proposals: () => pageOf(...items),
      dismissProposal: ({ params, body }) => {
        notes.push(params.id, body);
        items = items.filter(({ id }) => id !== params.id);
        return { ...exception, state: "dismissed" };
      },
    });
    await user.click(within(await exceptionRow()).getByRole("button", { name: "Dismiss…" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toMatch(/Exception .?Proposed by a program.? on the alert .*Proposed by assistant/);
    fill(within(dialog).getByRole("textbox"), "not so");
    await user.click(within(dialog).getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByRole("article", { name: /Proposed by a program/ })).toBeNull());
    expect(notes).toEqual(["proposal-2", { note: "not so" }]);
    const next = await answerRow();
    await waitFor(() => expect(document.activeElement).toBe(next));
  });

  it("is refused to viewers, who read everything", async () => {
    open({}, { as: "viewer" });
    await screen.findByText(/needs the analyst role\. Yours is viewer\./);
    for (const row of [await answerRow(), await exceptionRow()]) {
      const dismiss = within(row).getByRole<HTMLButtonElement>("button", { name: "Dismiss…" });
      expect([dismiss.disabled, dismiss.title]).toEqual([true, "Needs the analyst role. Yours is viewer."]);
    }
    const builder = within(await exceptionRow()).getByRole<HTMLButtonElement>("button", {
      name: "Open in the builder",
    });
    expect(builder.disabled).toBe(true);
    expect(within(await answerRow()).getByRole("link", { name: "Open at the step" })).toBeDefined();
  });

  it("moves between proposals by keys", async () => {
    const { user } = open();
    const [first, second] = [await exceptionRow(), await answerRow()];
    await user.keyboard("j");
    expect(document.activeElement).toBe(first);
    await user.keyboard("j");
    expect(document.activeElement).toBe(second);
    await user.keyboard("k");
    expect(document.activeElement).toBe(first);
  });
});
