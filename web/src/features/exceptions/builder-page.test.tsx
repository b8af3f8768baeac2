import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Role } from "#contracts/roles";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { dryRunOf, saved } from "../../test/fixtures/exceptions.ts";
import { alertId } from "../../test/fixtures/lineage.ts";
import { exceptionProposal } from "../../test/fixtures/proposals.ts";
import { storeDown, workbenchApi } from "../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ExceptionBuilderPage } from "./builder-page.tsx";

const open = (handlers: Handlers = {}, search = `?alert=${alertId}`, as?: Role) =>
  renderPage(<ExceptionBuilderPage />, {
    path: "/exceptions/new",
    ...(as === undefined ? {} : { as }),
    at: `/exceptions/new${search}`,
    api: { ...workbenchApi(), ...handlers },
  });
const field = (name: string) => screen.findByRole("textbox", { name });
const save = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Save/ });
const results = () => screen.findByRole("region", { name: "Dry run results" });

/** Waits until the bar at the bottom shows a text. */
const bar = (text: string) => waitFor(() => expect(screen.getByRole("contentinfo").textContent).toContain(text));

describe("saving an exception", () => {
  it("needs a reason", async () => {
    open();
    await bar("Enter a reason");
    expect(save().disabled).toBe(true);
  });

  it("needs a name", async () => {
    const { fill } = open();
    fill(await field("Name"), " ");
    await bar("Enter a name");
    expect(save().disabled).toBe(true);
  });

  it("needs a value for each entry", async () => {
    const { user } = open();
    const values = await screen.findAllByRole("textbox", { name: "Value" });
    await user.clear(values[2] as HTMLElement);
    await bar("Enter a value for host.name");
  });

  it("needs an expiry date in the future", async () => {
    const { fill } = open();
    fill(await screen.findByLabelText("Expires (UTC)"), "2026-03-01");
    await bar("The expiry date is in the past");
  });

  it("needs a reason for the breadth of a broad draft", async () => {
    const { user, fill } = open();
    fill(await field("Reason"), "agreed");
    await user.click(screen.getByRole("button", { name: "Remove host.name" }));
    await bar("Enter a reason for the breadth");
    fill(await field("Reason for the breadth"), "the whole site");
    await bar("Shadow mode: hits are counted, nothing is hidden.");
    expect(save().disabled).toBe(false);
  });

  it("is refused for a draft that is too broad", async () => {
    const { user, fill } = open();
    fill(await field("Reason"), "agreed");
    await user.click(screen.getByRole("button", { name: "Remove host.name" }));
    await user.click(screen.getByRole("button", { name: "Remove process.command_line" }));
    await bar("Too broad to save");
    expect(save().disabled).toBe(true);
  });

  it("in shadow mode shows that no alert was closed, and opens the exception", async () => {
    const { user, fill, api, address } = open({ saveException: () => ({ exception: saved, closed: 0 }) });
    fill(await field("Reason"), "agreed");
    await bar("Shadow mode");
    await user.click(screen.getByRole("button", { name: "Save in shadow mode" }));
    await screen.findByText("Saved in shadow mode. No alerts were closed.");
    expect(address()).toBe("/exceptions/ex-1");
    const [call] = api.calls("saveException");
    expect(call?.body.dryRunToken).toBe(dryRunOf(call?.body.draft ?? saved).token);
  });

  it("enforced shows how many alerts were closed", async () => {
    const exception = { ...saved, mode: "enforced" as const };
    const { user, fill } = open({ saveException: () => ({ exception, closed: 1204 }) });
    fill(await field("Reason"), "agreed");
    await user.click(screen.getByRole("radio", { name: "Enforced" }));
    await bar("Enforced: 1 open alert closes now");
    await user.click(screen.getByRole("button", { name: "Save and enforce" }));
    await screen.findByText("1,204 alerts closed.");
  });

  it("keeps what was typed when the server refuses it", async () => {
    const { user, fill } = open({ saveException: () => new Refusal(409, "The dry run is outdated. Run it again.") });
    fill(await field("Reason"), "agreed");
    await bar("Shadow mode");
    await user.click(save());
    expect((await screen.findByRole("alert")).textContent).toContain("The dry run is outdated. Run it again.");
    expect((await field("Reason")).textContent).toBe("agreed");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("an exception of an analyst, who may not save it", () => {
  it("is proposed with a rationale, once it could be saved", async () => {
    const { user, fill, api, address } = open({ proposeException: () => exceptionProposal }, undefined, "analyst");
    await bar("Enter a reason");
    const propose = () => screen.getByRole<HTMLButtonElement>("button", { name: "Propose…" });
    expect(propose().disabled).toBe(true);
    expect(screen.queryByRole("button", { name: /^Save/ })).toBeNull();
    fill(await field("Reason"), "agreed");
    await bar("An author can save it once you have proposed it.");
    await user.click(propose());
    const dialog = within(await screen.findByRole("dialog", { name: "Propose exception" }));
    fill(dialog.getByRole("textbox", { name: "Rationale" }), "ten like this");
    await user.click(dialog.getByRole("button", { name: "Propose" }));
    await waitFor(() => expect(address()).toBe("/proposals"));
    const [call] = api.calls("proposeException");
    expect(call?.body).toMatchObject({ rationale: "ten like this", draft: { reason: "agreed" } });
  });

  it("keeps rationale and draft when the server refuses it", async () => {
    const { user, fill } = open({ proposeException: () => new Refusal(409, "It is closed.") }, undefined, "analyst");
    fill(await field("Reason"), "agreed");
    await bar("An author can save it");
    await user.click(screen.getByRole("button", { name: "Propose…" }));
    const dialog = within(await screen.findByRole("dialog"));
    fill(dialog.getByRole("textbox", { name: "Rationale" }), "ten like this");
    await user.click(dialog.getByRole("button", { name: "Propose" }));
    expect((await dialog.findByRole("alert")).textContent).toContain("It is closed.");
    expect(dialog.getByRole<HTMLTextAreaElement>("textbox").value).toBe("ten like this");
  });
});

describe("the dry run of an exception", () => {
  it("shows breadth, counts, and the alerts that are covered", async () => {
    open();
    const region = within(await results());
    expect((await region.findByRole("img", { name: "Breadth 6 of 100: narrow" })).textContent).toBe("");
    expect(region.getByText("open alert covered; shadow mode leaves it open")).toBeDefined();
    expect(region.getByText("of 40,211 stored events match")).toBeDefined();
    expect(region.getByRole("region", { name: "Open alerts covered" })).toBeDefined();
  });

  it("warns of confirmed malicious alerts that would have been hidden", async () => {
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Remove host.name" }));
    expect(await screen.findByRole("heading", { name: "Would have hidden 1 alert judged malicious" })).toBeDefined();
  });

  it("is marked as that of the previous draft while a new one runs, and blocks saving", async () => {
    const { fill, api } = open();
    await bar("Enter a reason");
    const proceed = api.pause("exceptionDryRun");
    fill(await field("Reason"), "agreed");
    expect(await screen.findByText(/The results below are of the previous draft/)).toBeDefined();
    await bar("Review the dry run of this draft first");
    expect(save().disabled).toBe(true);
    proceed();
    await bar("Shadow mode");
  });

  it("shows what it has found while it runs", async () => {
    const soFar = { breadth: saved.breadth, tested: 4100, closesNow: [], totals: { closesNow: 17, wouldHide: 3 } };
    const item = {
      id: "1",
      kind: "exceptionDryRun",
      state: "running",
      askedAt: "2026-03-04T10:00:00Z",
      milliseconds: 900,
    } as const;
    open({
      exceptionDryRun: () => new Promise<never>(() => undefined),
      work: () => ({ items: [{ ...item, dryRun: soFar }], waiting: 0, running: 1, workers: 2 }),
    });
    const found = await results();
    await waitFor(() => expect(found.textContent).toContain("17open alerts found until now"));
    expect(found.textContent).toContain("4,100alerts tested, the newest first");
  });

  it("shows why it failed and can be run again", async () => {
    const { user, api } = open({ exceptionDryRun: storeDown });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer.");
    api.use({ exceptionDryRun: ({ body }) => dryRunOf(body) });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("region", { name: "Dry run" });
  });
});

describe("the entries of an exception", () => {
  it("show how many alerts each of them matches and why it was suggested", async () => {
    open();
    const [first] = within(await screen.findByRole("region", { name: "Entries" })).getAllByRole("listitem");
    await waitFor(() => expect(first?.textContent).toContain("41 alerts"));
    expect(first?.textContent).toContain("The rule's own parent.");
  });

  it("include the value from the address", async () => {
    open({}, `?alert=${alertId}&field=user.name&value=adm-lena`);
    expect(await screen.findByRole("listitem", { name: "user.name is adm-lena (ignoring case)" })).toBeDefined();
  });

  it("start from an alert", async () => {
    open({}, "");
    expect(await screen.findByText("Exceptions start from an alert")).toBeDefined();
  });
});

describe("the editor of entries", () => {
  const dryRuns = (api: ReturnType<typeof open>["api"]) => api.calls("exceptionDryRun").map(({ body }) => body);

  it("adds an ancestor from the process graph, with what is known of it", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("button", { name: "Add from the process graph" }));
    await user.click(await screen.findByRole("menuitem", { name: "Ancestor or parent process" }));
    const added = await screen.findByRole("listitem", { name: /^below an ancestor whose process\.executable is / });
    await user.click(within(added).getByRole("button", { name: "And" }));
    expect(within(added).getAllByRole("listitem")).toHaveLength(2);
    await bar("Enter a value for process.name");
    await user.click(within(added).getByRole("button", { name: "Remove process.name" }));
    await waitFor(() =>
      expect(dryRuns(api).at(-1)?.entries.at(-1)).toMatchObject({
        type: "ancestor",
        which: "any",
        operator: "included",
      }),
    );
  });

  it("adds another group, which starts as the last one", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("button", { name: "Or another group" }));
    const group = await screen.findByRole("region", { name: "Or all of these must match" });
    await user.click(within(group).getByRole("button", { name: "Remove host.name" }));
    await waitFor(() => expect(dryRuns(api).at(-1)?.alternatives).toMatchObject([[{}, {}]]));
    for (const name of ["Remove process.command_line", "Remove process.parent.name"]) {
      await user.click(within(group).getByRole("button", { name }));
    }
    await waitFor(() => expect(dryRuns(api).at(-1)).not.toHaveProperty("alternatives"));
  });

  it("completes values from stored alerts with their counts", async () => {
    const { user } = open();
    const [, , host] = await screen.findAllByRole("textbox", { name: "Value" });
    await user.click(host as HTMLElement);
    const values = await screen.findByRole("group", { name: "Values of host.name" });
    expect(values.textContent).toContain("1 of 2 values in 16 alerts.");
    await user.click(within(values).getByRole("button", { name: "srv-03 4" }));
    expect(await screen.findByRole("listitem", { name: "host.name is srv-03 (ignoring case)" })).toBeDefined();
  });

  it("applies the draft to rules by tag or to all rules, on some hosts", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("radio", { name: "By tag" }));
    await bar("Choose the rules that the exception applies to");
    await user.click(screen.getByRole("radio", { name: "All rules" }));
    await user.click(screen.getByText("Only on some hosts or systems"));
    await user.type(screen.getByLabelText("Hosts", { selector: "input" }), "srv-*{Enter}");
    await user.click(screen.getByRole("checkbox", { name: "Windows" }));
    await waitFor(() =>
      expect(dryRuns(api).at(-1)).toMatchObject({ ruleIds: [], allRules: true, hosts: ["srv-*"], os: ["windows"] }),
    );
    await user.click(screen.getByRole("radio", { name: "Some rules" }));
    await waitFor(() => expect(dryRuns(api).at(-1)?.ruleIds).toHaveLength(1));
  });

  it("keeps the draft over a reload, until it is discarded", async () => {
    const first = open();
    first.fill(await field("Reason"), "half a reason");
    cleanup();
    const second = open();
    expect((await field("Reason")).textContent).toBe("half a reason");
    await second.user.click(screen.getByRole("button", { name: "Start over" }));
    expect((await field("Reason")).textContent).toBe("");
    cleanup();
    open();
    expect((await field("Reason")).textContent).toBe("");
    expect(screen.queryByText("Your draft from before.")).toBeNull();
  });
});

describe("a proposed exception", () => {
  const at = `?alert=${alertId}&proposal=${exceptionProposal.id}`;

  it("starts with its draft in shadow mode, names its origin, and is taken by saving it", async () => {
    const bodies: unknown[] = [];
    const { user } = open(
      {
        proposal: () => exceptionProposal,
        saveException: ({ body }) => {
          bodies.push(body);
          return { exception: saved, closed: 0 };
        },
      },
      at,
    );
    expect((await field("Name")).getAttribute("value")).toBe("Proposed by a program");
    expect((await screen.findByRole("complementary", { name: "Proposal" })).textContent).toContain("helper 2.1");
    await bar("Shadow mode: hits are counted, nothing is hidden.");
    await user.click(save());
    await waitFor(() => expect(bodies).toMatchObject([{ proposal: exceptionProposal.id, draft: { mode: "shadow" } }]));
  });

  it("is not opened again after somebody decided on it", async () => {
    open({ proposal: () => ({ ...exceptionProposal, state: "dismissed" }) }, at);
    expect(await screen.findByText("This proposal is no longer open")).toBeDefined();
  });
});
