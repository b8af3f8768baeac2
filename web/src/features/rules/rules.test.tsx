import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import {
  notEvaluable,
  ruleDetail,
  ruleFolders,
  rulePage,
  ruleReport,
  ruleSources,
  ruleSummary,
} from "../../test/fixtures/rules.ts";
import { renderPage } from "../../test/render-page.tsx";
import { RulePage } from "./detail.tsx";
import { RuleFoldersPage } from "./folders.tsx";
import { RulesPage } from "./list.tsx";
import { RuleReportPage } from "./report.tsx";

describe("the list of rules", () => {
  const open = (handlers: Handlers = {}, search = "") =>
    renderPage(<RulesPage />, {
      path: "/rules",
      at: `/rules${search}`,
      api: {
        rules: () => rulePage([ruleSummary, notEvaluable], { total: 1204, loaded: 2000, next: "WzNd" }),
        ...handlers,
      },
    });

  it("shows why a rule is not evaluable, with the place in its file", async () => {
    open();
    const row = await screen.findByRole("row", { name: /Unsupported/ });
    expect(row.textContent).toContain("The function entropy is not supported.");
    expect(row.textContent).toContain("rules/wmi-shell.toml:12:5");
  });

  it("pages through all rules and shows how many are loaded", async () => {
    const { user, address } = open();
    expect(await screen.findByText("2 of 1,204, 2,000 loaded")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Next page" }));
    expect(address()).toBe("/rules?cursor=WzNd");
  });

  it("filters by state under its label", async () => {
    const { user, address } = open();
    await user.click(screen.getByRole("combobox", { name: "State" }));
    await user.click(await screen.findByRole("option", { name: "Disabled (2)" }));
    expect(address()).toBe("/rules?state=turned+off");
  });

  it("disables a rule with a note", async () => {
    const { user, api, fill } = open({ setRuleEnabled: () => ({ enabled: false }) });
    await user.click(await screen.findByRole("switch", { name: `${ruleSummary.name} 3 enabled` }));
    const dialog = await screen.findByRole("dialog");
    const confirm = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Disable" });
    expect(confirm.disabled).toBe(true);
    fill(within(dialog).getByRole("textbox", { name: /Note/ }), " too loud ");
    await user.click(confirm);
    await waitFor(() => expect(api.calls("setRuleEnabled")[0]?.body).toEqual({ enabled: false, note: "too loud" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("shows what somebody else has turned off without a reload; an open dialog keeps what it asks", async () => {
    const { user, api, fill, hear } = open({ setRuleEnabled: () => ({ enabled: false }) });
    const rule = await screen.findByRole<HTMLInputElement>("switch", { name: `${ruleSummary.name} 3 enabled` });
    expect(rule.checked).toBe(true);
    await user.click(rule);
    const dialog = await screen.findByRole("dialog", { name: `Disable ${ruleSummary.name}` });
    api.use({ rules: () => rulePage([{ ...ruleSummary, enabled: false }, notEvaluable]) });
    hear({ kind: "subject", subject: "rule" });
    await waitFor(() => expect(rule.checked).toBe(false));
    fill(within(dialog).getByRole("textbox", { name: /Note/ }), "too loud");
    await user.click(within(dialog).getByRole("button", { name: "Disable" }));
    await waitFor(() => expect(api.calls("setRuleEnabled")[0]?.body).toEqual({ enabled: false, note: "too loud" }));
  });

  it("keeps the note when the server refuses to switch", async () => {
    const { user, fill } = open({ setRuleEnabled: () => new Refusal(404, "There is no rule of this id.") });
    await user.click(await screen.findByRole("switch", { name: `${ruleSummary.name} 3 enabled` }));
    const dialog = await screen.findByRole("dialog");
    const note = within(dialog).getByRole<HTMLTextAreaElement>("textbox", { name: /Note/ });
    fill(note, "too loud");
    await user.click(within(dialog).getByRole("button", { name: "Disable" }));
    expect((await within(dialog).findByRole("alert")).textContent).toContain("There is no rule of this id.");
    expect(note.value).toBe("too loud");
  });

  it("distinguishes no loaded rules from no matching ones", async () => {
    const { api, user } = open({ rules: () => rulePage([], { loaded: 2000 }) }, "?text=nothing");
    await screen.findByText("None of 2,000 loaded rules match these filters.");
    api.use({ rules: () => rulePage([]) });
    await user.click(screen.getByRole("button", { name: "Sorted descending" }));
    await screen.findByText(/^No rules loaded/);
  });
});

describe("the page of a rule", () => {
  const open = (handlers: Handlers = {}) =>
    renderPage(<RulePage />, {
      path: "/rules/:id",
      at: `/rules/${ruleSummary.id}`,
      api: { rule: () => ruleDetail, ruleSources: () => ruleSources, ...handlers },
    });
  const region = (name: string) => screen.findByRole("region", { name });

  it("shows its stages, exclusions and indicators", async () => {
    open();
    const stages = await region("Stages and predicates");
    expect(stages.textContent).toContain("sequence: in this order · within 1m 30s · by host.name");
    expect(within(stages).getByRole("heading", { name: "2 · Must not occur" })).toBeDefined();
    expect((await region("Exclusions")).textContent).toContain("main filter (known benign)");
    const indicators = await region("Indicators");
    expect(indicators.textContent).toContain("regular expression");
    expect(within(indicators).getByRole("link", { name: "1,204" })).toBeDefined();
    expect(indicators.textContent).toContain("1 of 4: see the query for all");
  });

  it("shows which event types can satisfy it and which fields are missing", async () => {
    open();
    const coverage = await region("Data-source coverage");
    await within(coverage).findByText("Stored events can satisfy this rule: Sysmon 1.");
    const row = within(coverage).getByRole("row", { name: /Security 4688/ });
    expect(row.textContent).toContain("process.hash.sha256");
    expect(row.textContent).toContain("alternatives that cannot match require process.pe.imphash");
    expect(coverage.textContent).toContain("sample of 2,000 of 156,986 stored events");
  });

  it("links references that are addresses and shows the others as text", async () => {
    open();
    const references = await region("References");
    expect(within(references).getAllByRole("link")).toHaveLength(1);
    expect(references.textContent).toContain("a book");
  });

  it("shows that it is disabled or not evaluable", async () => {
    open({ rule: () => ({ ...ruleDetail, ...notEvaluable, enabled: false }) });
    await screen.findByText("This rule is disabled and raises no alerts.");
    expect(screen.getByText(/This rule is not evaluable: The function entropy/)).toBeDefined();
  });

  it("offers the list when there is no such rule", async () => {
    open({ rule: () => new Refusal(404, "There is no rule of this id.") });
    expect((await screen.findByRole("alert")).textContent).toContain("Not found");
    expect(screen.getByRole("link", { name: "All rules" })).toBeDefined();
  });
});

describe("the rule folders", () => {
  const open = (handlers: Handlers = {}) =>
    renderPage(<RuleFoldersPage />, { api: { ruleFolders: () => ruleFolders, ...handlers } });

  it("show files that are not in use, with the reason and the place", async () => {
    open();
    const rows = within(await screen.findByRole("table", { name: "Rule files not in use" })).getAllByRole("row");
    expect(rows[1]?.textContent).toBe("failed to loadInvalid TOML.mine/broken.toml:3:7");
    expect(rows[2]?.textContent).toContain("older version");
  });

  it("show one that somebody else has added without a reload", async () => {
    const { api, hear } = open();
    await screen.findByRole("table", { name: "Rule folders" });
    const theirs = ruleFolders.folders.map((folder) => ({ ...folder, path: `${folder.path}/theirs` }));
    api.use({ ruleFolders: () => ({ ...ruleFolders, folders: theirs }) });
    hear({ kind: "subject", subject: "rule-folder" });
    await screen.findByRole("button", { name: "Remove /srv/mine/theirs" });
  });

  it("can be removed only when they were added here", async () => {
    const { user, api, fill } = open({ removeRuleFolder: () => ruleFolders });
    await user.click(await screen.findByRole("button", { name: "Remove /srv/mine" }));
    const dialog = await screen.findByRole("dialog");
    fill(within(dialog).getByRole("textbox", { name: /Note/ }), "moved");
    await user.click(within(dialog).getByRole("button", { name: "Remove" }));
    await waitFor(() => expect(api.calls("removeRuleFolder")[0]?.body).toEqual({ path: "/srv/mine", note: "moved" }));
    expect(screen.queryByRole("button", { name: "Remove /srv/rules" })).toBeNull();
  });

  it("keep the typed path when it cannot be added", async () => {
    const { user, fill } = open({ addRuleFolder: () => new Refusal(400, "There is no such folder.") });
    const path = await screen.findByRole<HTMLInputElement>("textbox", { name: /Folder to add/ });
    fill(path, "/srv/none");
    fill(screen.getByRole("textbox", { name: /Note/ }), "the team's own");
    await user.click(screen.getByRole("button", { name: "Add folder" }));
    expect((await screen.findByRole("alert")).textContent).toContain("There is no such folder.");
    expect(path.value).toBe("/srv/none");
  });
});

describe("the quality report", () => {
  const open = (handlers: Handlers = {}) =>
    renderPage(<RuleReportPage />, {
      path: "/rules/report",
      api: { ruleReport: () => ruleReport, ...handlers },
    });
  const rows = () =>
    within(screen.getByRole("table", { name: "Rules by finding" }))
      .getAllByRole("row")
      .slice(1);

  it("counts rules by finding and filters by one", async () => {
    const { user, address } = open();
    await user.click(await screen.findByRole("button", { name: /Correlation input/ }));
    expect(rows()).toHaveLength(1);
    expect(address()).toBe("/rules/report?finding=counted+by+others");
    await user.click(screen.getByRole("button", { name: /Correlation input/ }));
    expect(rows()).toHaveLength(3);
  });

  it.each([
    ["sampled", 2000],
    ["stored", 156_986],
  ])("says that no %s event has what a rule needs when it looked at %i", async (which, sampled) => {
    const totals = [{ finding: "no source" as const, count: 2 }];
    open({ ruleReport: () => ({ ...ruleReport, totals, sampled }) });
    const button = await screen.findByRole("button", { name: /No data source/ });
    expect(button.textContent).toContain(`no ${which} event has the required fields`);
  });

  it("adds the hits of a run over stored events", async () => {
    const run = {
      id: "run-1",
      state: "done" as const,
      events: 156_986,
      milliseconds: 1204,
      exact: true,
      rules: [{ rule: alertSummary.rule, hits: 4711, listed: [] }],
      coverage: "156,986 events",
    };
    const { user } = open({ startRuleRun: () => run, ruleRun: () => run });
    await user.click(await screen.findByRole("button", { name: "Run all rules on stored events" }));
    await screen.findByText(/counts are exact/);
    expect(rows()[0]?.textContent).toContain("4,711");
  });
});
