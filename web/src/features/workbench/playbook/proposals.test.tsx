import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { rolePermissions } from "#contracts/roles";
import type { Handlers } from "../../../test/fake-api.ts";
import { Refusal } from "../../../test/fake-api.ts";
import { answerProposal, exceptionProposal } from "../../../test/fixtures/proposals.ts";
import { me } from "../../../test/fixtures/queue.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithPlaybook } from "../test-harness.tsx";
import { PlaybookPane } from "./playbook-pane.tsx";

const open = (handlers: Handlers = {}, step = "command") =>
  renderPage(<WithPlaybook step={step}>{(state) => <PlaybookPane playbook={state} />}</WithPlaybook>, {
    api: {
      ...workbenchApi(),
      proposals: () => ({ items: [answerProposal, exceptionProposal], total: 2 }),
      ...handlers,
    },
  });
const answer = () => screen.findByRole("complementary", { name: "Proposed answer" });
const exceptions = () => screen.findByRole("button", { name: "1 proposed exception" });
const exception = () => screen.findByRole("complementary", { name: "Proposed exception" });

describe("a proposed answer", () => {
  it("names who proposed it with which program and token, why, and with which evidence", async () => {
    open();
    const text = (await answer()).textContent;
    expect(text).toContain("Proposed by assistant helper 2.1, via token night shift");
    expect(text).toContain("writes to a share");
    expect(within(await answer()).getByRole("list", { name: "Evidence of the proposal" })).toBeDefined();
  });

  it("is no answer: the step is as open as before", async () => {
    open();
    await answer();
    expect(screen.getByRole("tab", { name: "Steps 3/7 2 open proposals" })).toBeDefined();
  });

  it("shows hostile text as text, with hidden characters in sight", async () => {
    open();
    const card = await answer();
    expect(card.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(card.textContent).toContain("U+202E");
    expect(card.querySelector("img, b")).toBeNull();
  });

  it("is recorded as one's own when it is taken, and not shown at other steps", async () => {
    const taken: string[] = [];
    const { user } = open({
      takeProposal: ({ params }) => {
        taken.push(params.id);
        return { ...answerProposal, state: "taken" };
      },
    });
    await user.click(within(await answer()).getByRole("button", { name: "Use this answer" }));
    await waitFor(() => expect(taken).toEqual(["proposal-1"]));
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect(screen.queryByRole("complementary", { name: "Proposed answer" })).toBeNull();
  });

  it("cannot be taken over unsaved changes of one's own", async () => {
    const { fill } = open();
    await answer();
    fill(await screen.findByRole("textbox", { name: "Note" }), "my own");
    const use = within(await answer()).getByRole<HTMLButtonElement>("button", { name: "Use this answer" });
    expect(use.disabled).toBe(true);
  });

  it("says why it could not be taken", async () => {
    const { user } = open({ takeProposal: () => new Refusal(409, "It was dismissed by mika.") });
    await user.click(within(await answer()).getByRole("button", { name: "Use this answer" }));
    expect((await within(await answer()).findByRole("alert")).textContent).toContain("dismissed by mika");
  });

  it("is dismissed with a note", async () => {
    const notes: unknown[] = [];
    const { user, fill } = open({
      dismissProposal: ({ body }) => {
        notes.push(body);
        return { ...answerProposal, state: "dismissed" };
      },
    });
    await user.click(within(await answer()).getByRole("button", { name: "Dismiss…" }));
    const dialog = await screen.findByRole("dialog");
    fill(within(dialog).getByRole("textbox"), "not so");
    await user.click(within(dialog).getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(notes).toEqual([{ note: "not so" }]));
  });

  it("offers no decision to those who only read", async () => {
    open({ me: () => ({ ...me, role: "viewer", permissions: [...rolePermissions.viewer] }) });
    const card = await answer();
    await waitFor(() => expect(within(card).queryByRole("button", { name: /Use|Dismiss/ })).toBeNull());
    expect(card.textContent).toContain("Proposed by");
  });
});

describe("evidence of a proposed answer", () => {
  const evidence = [
    { kind: "alert", id: "al-2", label: "Other rule on srv-02" },
    { kind: "session", id: "s-1", label: "Logon session 0x1 on srv-02" },
    { kind: "event", id: "ev-1", label: "Sysmon 1 on srv-02: whoami" },
    { kind: "field", id: "host.name", label: "host.name: srv-02" },
  ] as const;
  const withEvidence = { ...answerProposal, evidence: [...evidence] };
  const list = async () => within(await screen.findByRole("list", { name: "Evidence of the proposal" }));

  it("leads to the alert, the logon session and the pages of a value", async () => {
    const { user } = open({ proposals: () => ({ items: [withEvidence], total: 1 }) });
    const links = (await list()).getAllByRole("link").map((link) => link.getAttribute("href"));
    expect(links).toEqual(["/alerts/al-2", "/sessions/s-1"]);
    await user.click((await list()).getByRole("button", { name: "srv-02" }));
    expect(await screen.findByRole("menuitem", { name: "Open page" })).toBeDefined();
  });

  it("opens the record of an event", async () => {
    const source = { eventId: "ev-1", file: "day.evtx", code: "1", time: "2026-03-04T09:00:00Z" };
    const { user } = open({
      proposals: () => ({ items: [withEvidence], total: 1 }),
      event: () => ({ id: "ev-1", time: source.time, fields: { "process.command_line": "whoami /all" }, source }),
      rawEvent: () => ({ source, record: { Image: "whoami.exe" } }),
    });
    await user.click((await list()).getByRole("button", { name: /Sysmon 1/ }));
    const dialog = await screen.findByRole("dialog", { name: "Event" });
    expect(dialog.textContent).toContain("whoami /all");
    await within(dialog).findByText(/whoami\.exe/);
  });
});

describe("a step with a proposed answer", () => {
  it("says so while it is collapsed", async () => {
    open({}, "who");
    const row = await screen.findByRole("button", { name: /command do/ });
    await waitFor(() => expect(within(row).getByRole("img", { name: "1 open proposal" })).toBeDefined());
  });
});

describe("a proposed exception", () => {
  it("takes one line until it is opened, and its rationale a few", async () => {
    const rationale = "so it is. ".repeat(200);
    const { user } = open({ proposals: () => ({ items: [{ ...exceptionProposal, rationale }], total: 1 }) });
    const line = await exceptions();
    expect(screen.queryByRole("complementary", { name: "Proposed exception" })).toBeNull();
    await user.click(line);
    await user.click(within(await exception()).getByRole("button", { name: "Show all 2,000 characters" }));
    expect(within(await exception()).getByRole("button", { name: "Dismiss…" })).toBeDefined();
  });

  it("leads to the builder with its draft", async () => {
    const { user } = open();
    await user.click(await exceptions());
    const link = within(await exception()).getByRole("link", { name: "Open in the builder" });
    expect(link.getAttribute("href")).toMatch(/^\/exceptions\/new\?alert=.*&proposal=proposal-2$/);
    expect((await exception()).textContent).toContain("Ten alerts like this were benign.");
  });
});
