import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../../test/fake-api.ts";
import { Refusal } from "../../../test/fake-api.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { storeDown, workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithPlaybook } from "../test-harness.tsx";
import { PlaybookPane } from "./playbook-pane.tsx";

const open = (step?: string, handlers: Handlers = {}) =>
  renderPage(<WithPlaybook step={step}>{(state) => <PlaybookPane playbook={state} />}</WithPlaybook>, {
    api: { ...workbenchApi(), ...handlers },
  });
const openStep = () => screen.findByRole("button", { current: "step" });
const note = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Note" });
const answer = (name: RegExp) => screen.getByRole("button", { name });
const pins = () => screen.queryAllByRole("listitem").filter((item) => item.closest("[aria-label='Pinned evidence']"));

describe("an answer that somebody else gave meanwhile", () => {
  const changed = {
    at: "2026-03-04T15:54:01.273Z",
    actor: "Otto",
    action: "playbook.answer",
    fields: [
      { field: "stepId", after: "command" },
      { field: "value", after: "raises" },
      { field: "note", after: "saw wmiexec" },
      { field: "evidence", after: [] },
      { field: "playbook", after: { id: "wmi-output-capture", version: "1" } },
    ],
  };
  const conflict = { changed: [changed], total: 1, current: '"8-bbbbbbbb"' };
  const refusal = new Refusal(409, "Otto changed this.", { code: "request.conflict", conflict });
  const meet = async () => {
    const rendered = open("command", { answer: () => refusal });
    rendered.fill(await note(), "seen before");
    await rendered.user.click(answer(/^lowers/));
    return { ...rendered, alert: await screen.findByRole("alert") };
  };

  it("is told in words", async () => {
    const { alert } = await meet();
    expect(alert.textContent).toContain("Changed by somebody else");
    expect(alert.textContent).toContain("Otto answered raises concern at 2026-03-04 15:54saw wmiexec");
    expect(alert.textContent).not.toMatch(/stepId|evidence|wmi-output|T15:54|\u2192/);
  });

  it("is replaced only on request", async () => {
    const { user, api } = await meet();
    await user.click(answer(/^unresolved/));
    expect(api.calls("answer")).toHaveLength(1);
    api.use({ answer: workbenchApi().answer });
    await user.click(screen.getByRole("button", { name: "Replace with mine" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(api.calls("answer").at(-1)?.body).toMatchObject({ value: "unresolved", note: "seen before" });
  });

  it("can be kept; one's own draft is set aside and can be restored", async () => {
    const { user } = await meet();
    await user.click(screen.getByRole("button", { name: "Keep theirs" }));
    expect(screen.queryByRole("alert")).toBeNull();
    expect((await note()).value).toBe("");
    await user.click(screen.getByRole("button", { name: "Restore my draft" }));
    expect((await note()).value).toBe("seen before");
  });
});

describe("the steps of a closed alert", () => {
  it("cannot be answered, and say why; items can be ticked off", async () => {
    const { user } = renderPage(
      <WithPlaybook step="command" isClosed>
        {(state) => <PlaybookPane playbook={state} />}
      </WithPlaybook>,
      { api: workbenchApi() },
    );
    await screen.findByText("Answering: the alert is closed. Reopen it to change an answer.");
    expect(screen.queryByRole("textbox", { name: "Note" })).toBeNull();
    await user.click(screen.getByRole("tab", { name: "Response" }));
    for (const item of await screen.findAllByRole<HTMLInputElement>("checkbox")) {
      expect(item.disabled).toBe(false);
    }
  });
});

describe("the steps of a playbook", () => {
  it("open the first one without an answer", async () => {
    open();
    expect((await openStep()).textContent).toContain("What does the captured command do");
    expect(screen.getByRole("tab", { name: "Steps 3/7" })).toBeDefined();
  });

  it("show the answer of each step, and which one has unsaved changes", async () => {
    const { fill } = open();
    fill(await note(), "writes to ADMIN$");
    const rail = within(screen.getByRole("navigation", { name: "Steps" }));
    const steps = rail.getAllByRole("listitem").map((step) => step.textContent);
    expect(steps[0]).toMatch(/^1Which account.*raises$/);
    expect(steps[2]).toMatch(/^3What does.*unsavedopen$/);
    expect(steps[4]).toMatch(/^5Do other hosts.*lowers$/);
  });

  it("move to the next and the previous one", async () => {
    const { user } = open();
    await openStep();
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect((await openStep()).textContent).toContain("What else ran below");
    await user.click(screen.getByRole("button", { name: "Previous" }));
    expect((await openStep()).textContent).toContain("What does the captured command do");
  });

  it("name the origin of values that only the lineage has", async () => {
    open("command");
    await openStep();
    const row = (field: string) => screen.getByText(field).closest("div")?.textContent;
    expect(row("process.hash.sha256")).toBe("process.hash.sha2569f2bfrom the process");
    expect(row("Parent command line")).toContain("from the likeliest parent process, not certain");
    expect(row("Arguments")).not.toContain("from the");
    expect(screen.getByText("Arguments").title).toBe("process.args");
  });

  it("show which fields the alert lacks, and that the step is required to close", async () => {
    open("command");
    await openStep();
    expect(screen.getByText("Working directory").closest("div")?.textContent).toContain(
      "not in the records or the lineage",
    );
    expect(screen.getByText("Required to close")).toBeDefined();
  });

  it("explain a playbook without steps", async () => {
    open(undefined, { playbook: () => ({ ...playbook, steps: [] }) });
    expect(await screen.findByText("This playbook has no steps")).toBeDefined();
  });
});

describe("the answer of a step", () => {
  it("is saved with its note", async () => {
    const { user, fill, api } = open("siblings");
    fill(await note(), "writes to ADMIN$");
    await user.click(answer(/^raises/));
    expect(await screen.findByText(/Saved by mika/)).toBeDefined();
    const [call] = api.calls("answer");
    expect(call?.params).toEqual({ id: alertId, step: "siblings" });
    expect(call?.body).toMatchObject({ value: "raises", note: "writes to ADMIN$" });
  });

  it("shows that it is being saved", async () => {
    const { user, api } = open("siblings");
    await openStep();
    const resume = api.pause("answer");
    await user.click(answer(/^lowers/));
    expect(screen.getByText("Saving…")).toBeDefined();
    resume();
    expect(await screen.findByText(/Saved by mika/)).toBeDefined();
  });

  it("keeps the note when saving fails, and can be saved again", async () => {
    let down = true;
    const server = workbenchApi();
    const { user, fill } = open("siblings", {
      ...server,
      answer: (call) => (down ? storeDown() : server.answer(call)),
    });
    fill(await note(), "writes to ADMIN$");
    await user.click(answer(/^raises/));
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect((await note()).value).toBe("writes to ADMIN$");
    down = false;
    await user.click(screen.getByRole("button", { name: "Save “raises concern”" }));
    expect(await screen.findByText(/Saved by mika/)).toBeDefined();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("against the suggestion waits for a reason in the note, and is saved with it", async () => {
    const server = workbenchApi();
    const suggested = { value: "raises" as const, because: ["It reads the memory of LSASS."] };
    const { user, fill, api } = open("siblings", {
      ...server,
      answer: (call) =>
        call.body.note === ""
          ? new Refusal(409, "A reason is needed.", { code: "playbook.reason-needed", suggested })
          : server.answer(call),
    });
    await openStep();
    await user.click(answer(/^lowers/));
    const needed = await screen.findByRole("alert", { name: "Reason needed" });
    expect(needed.textContent).toContain("The evidence suggests raises concern");
    expect(needed.textContent).toContain("It reads the memory of LSASS.");
    expect(document.activeElement).toBe(await note());
    expect(answer(/^lowers/).getAttribute("aria-pressed")).toBe("true");
    fill(await note(), "The backup agent does this every night");
    await user.keyboard("{Control>}{Enter}{/Control}");
    expect(await screen.findByText(/Saved by mika/)).toBeDefined();
    expect(screen.queryByRole("alert")).toBeNull();
    expect(api.calls("answer").at(-1)?.body).toMatchObject({
      value: "lowers",
      note: expect.stringContaining("backup"),
    });
  });

  it("shows what it contradicts", async () => {
    const step = playbook.steps[0];
    if (step?.answer === undefined) {
      throw new Error("the first step has an answer");
    }
    const conflict = { suggested: { value: "lowers" as const, because: ["Known account."] }, conflict: true as const };
    const steps = [{ ...step, answer: { ...step.answer, ...conflict } }, ...playbook.steps.slice(1)];
    open(step.id, { playbook: () => ({ ...playbook, steps }) });
    expect((await screen.findByText("Against the suggestion:")).parentElement?.textContent).toBe(
      "Against the suggestion: lowers concern. Known account.",
    );
  });

  it("keeps the draft of a step while another one is open", async () => {
    const { user, fill } = open("siblings");
    fill(await note(), "writes to ADMIN$");
    await user.click(screen.getByRole("button", { name: "Next" }));
    expect((await note()).value).toBe("");
    await user.click(screen.getByRole("button", { name: "Previous" }));
    expect((await note()).value).toBe("writes to ADMIN$");
  });

  it("is filled in by the suggestion and saved only on request", async () => {
    const { user, api } = open("command");
    const suggestion = within(await screen.findByRole("complementary", { name: "Suggestion" }));
    expect(suggestion.getByText("Pins 1 record as evidence")).toBeDefined();
    await user.click(suggestion.getByRole("button", { name: "Use suggestion" }));
    expect(pins()).toHaveLength(1);
    expect(screen.getByText("Not saved yet.")).toBeDefined();
    expect(api.calls("answer")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Unpin whoami /groups" }));
    expect(pins()).toHaveLength(0);
  });
});

describe("the playbook pane", () => {
  it("shows that it is loading", async () => {
    const { api } = open();
    const resume = api.pause("playbook");
    expect(screen.getByRole("status", { name: "Loading the playbook" })).toBeDefined();
    resume();
    expect(await openStep()).toBeDefined();
  });

  it("offers to try again when loading fails", async () => {
    let down = true;
    const { user } = open(undefined, { playbook: () => (down ? storeDown() : playbook) });
    await screen.findByRole("alert");
    down = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await openStep()).toBeDefined();
  });

  it("lists what is required before closing, and known false positives", async () => {
    const { user } = open();
    await openStep();
    await user.click(screen.getByRole("tab", { name: "Closing" }));
    expect(screen.getByRole("heading", { name: "Before you close" })).toBeDefined();
    expect(screen.getByText("Every step that is required to close must lower concern.")).toBeDefined();
    expect(screen.getByText(/Software inventory over WMI/)).toBeDefined();
  });

  it("puts the checklist of the current verdict first and saves a ticked item", async () => {
    const ticked = {
      ...playbook,
      checklists: playbook.checklists.map((list) => ({
        ...list,
        items: list.items.map((item) => (item.id === "memory" ? { ...item, done: true } : item)),
      })),
    };
    const { user, api } = open(undefined, { checklist: () => ticked });
    await openStep();
    await user.click(screen.getByRole("tab", { name: "Response" }));
    const [first] = screen.getAllByRole("heading", { level: 2 });
    expect(first?.textContent).toBe("While it is open1/2 · matches the current verdict");
    api.use({ playbook: () => ticked });
    await user.click(screen.getByRole("checkbox", { name: /memory image/ }));
    await waitFor(() => expect(screen.getByRole("checkbox", { name: /memory image/, checked: true })).toBeDefined());
    expect(api.calls("checklist")[0]).toMatchObject({ params: { item: "memory" }, body: { done: true } });
  });

  it("leaves it to the person whose tick stays after a conflict", async () => {
    const fields = [{ field: "text", after: "Take a memory image" }];
    const changed = { at: "2026-03-04T15:54:01Z", actor: "Otto", action: "checklist.done", fields };
    const conflict = { changed: [changed], total: 1, current: '"8-bbbbbbbb"' };
    const refusal = new Refusal(409, "Otto changed this.", { code: "request.conflict", conflict });
    const { user, api } = open(undefined, { checklist: () => refusal });
    await openStep();
    await user.click(screen.getByRole("tab", { name: "Response" }));
    await user.click(screen.getByRole("checkbox", { name: /memory image/ }));
    await user.click(await screen.findByRole("button", { name: "Replace with mine" }));
    await waitFor(() => expect(api.calls("checklist")).toHaveLength(2));
    await user.click(await screen.findByRole("button", { name: "Keep theirs" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(api.calls("checklist")).toHaveLength(2);
  });

  it("shows why an item was not ticked", async () => {
    const { user } = open(undefined, { checklist: () => new Refusal(409, "The alert is closed.") });
    await openStep();
    await user.click(screen.getByRole("tab", { name: "Response" }));
    await user.click(screen.getByRole("checkbox", { name: /memory image/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("The alert is closed.");
    expect(screen.getByRole("checkbox", { name: /memory image/, checked: false })).toBeDefined();
  });
});
