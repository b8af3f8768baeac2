import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Role } from "#contracts/roles";
import type { DraftCheck, RuleRunView } from "#contracts/rule-draft";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { ruleDetail, ruleFolders } from "../../test/fixtures/rules.ts";
import { renderPage } from "../../test/render-page.tsx";
import { RuleEditorPage } from "./editor-page.tsx";

// CodeMirror measures what it draws, which jsdom cannot; a text area has the same value and problems.
vi.mock("../../ui/code-editor.tsx", () => ({
  CodeEditor: ({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) => (
    <textarea aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
  ),
}));

const valid: DraftCheck = { problems: [], evaluable: true, file: { name: "a_new_rule.toml", text: "[rule]" } };
const run: RuleRunView = {
  id: "run-1",
  state: "done",
  events: 156_986,
  milliseconds: 12,
  exact: false,
  truncationReason: "Stopped at the time limit.",
  rules: [{ rule: alertSummary.rule, hits: 1204, listed: [] }],
  coverage: "156,986 events",
};
const open = (handlers: Handlers = {}, search = "", as?: Role) =>
  renderPage(<RuleEditorPage />, {
    as,
    path: "/rules/new",
    at: `/rules/new${search}`,
    api: {
      checkRule: () => valid,
      fieldNames: () => ({ items: [], total: 0 }),
      ruleFolders: () => ruleFolders,
      rule: () => ruleDetail,
      ...handlers,
    },
  });
const text = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Rule" });

describe("the rule editor", () => {
  it("shows a problem with its line and column", async () => {
    open({
      checkRule: () => ({
        problems: [{ code: "query.syntax", message: "Expected a value.", at: { line: 2, column: 16 } }],
        evaluable: false,
      }),
    });
    await screen.findByText("Line 2, column 16: Expected a value.");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Try on stored events" }).disabled).toBe(true);
  });

  it("shows why a valid rule is not evaluable", async () => {
    open({
      checkRule: () => ({ problems: [], evaluable: false, reason: "No entropy.", at: { line: 1, column: 3 } }),
    });
    await screen.findByText("Valid, but not evaluable. Line 1, column 3: No entropy.");
  });

  it("replaces an unchanged template with that of another language, and keeps a changed text", async () => {
    const { user, fill } = open();
    await user.click(screen.getByRole("radio", { name: "Sigma" }));
    expect((await text()).value).toContain("logsource:");
    fill(await text(), "title: Mine");
    await user.click(screen.getByRole("radio", { name: "KQL" }));
    expect((await text()).value).toBe("title: Mine");
  });

  it("starts from an existing rule and keeps its id", async () => {
    open({}, `?from=${ruleDetail.id}`);
    expect((await text()).value).toBe(ruleDetail.query);
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Id" }).value).toBe(ruleDetail.id);
  });

  it("marks the hits of a previous text", async () => {
    const { user, fill } = open({ startRuleRun: () => run, ruleRun: () => run });
    await screen.findByText("No errors.");
    await user.click(screen.getByRole("button", { name: "Try on stored events" }));
    await screen.findByText("at least 1,204 hits");
    expect(screen.getByText("Stopped at the time limit.")).toBeDefined();
    fill(await text(), "any where true");
    await screen.findByText(/These are the hits of the previous text/);
  });

  it("saves a draft into a writable folder and links the rule", async () => {
    const { user, api, fill } = open({ saveRule: () => ({ file: "/srv/mine/a_new_rule.toml", ruleId: "rule-9" }) });
    await screen.findByText("No errors.");
    await user.click(screen.getByRole("combobox", { name: "Rule folder" }));
    expect(screen.queryByRole("option", { name: "/srv/rules" })).toBeNull();
    await user.click(await screen.findByRole("option", { name: "/srv/mine" }));
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Save and load" });
    expect(button.disabled).toBe(true);
    fill(screen.getByRole("textbox", { name: "Note" }), "seen in incident 17");
    await user.click(button);
    expect((await screen.findByRole("link", { name: "Open rule" })).getAttribute("href")).toBe("/rules/rule-9");
    expect(api.calls("saveRule")[0]?.body).toMatchObject({
      folder: "/srv/mine",
      name: "a_new_rule.toml",
      replace: false,
      note: "seen in incident 17",
    });
  });

  it("keeps the file name when the server refuses to save", async () => {
    const { user, fill } = open({ saveRule: () => new Refusal(409, "The file exists already.") });
    await screen.findByText("No errors.");
    await user.click(screen.getByRole("combobox", { name: "Rule folder" }));
    await user.click(await screen.findByRole("option", { name: "/srv/mine" }));
    const name = screen.getByRole<HTMLInputElement>("textbox", { name: "File name" });
    fill(name, "mine.toml");
    fill(screen.getByRole("textbox", { name: "Note" }), "seen in incident 17");
    await user.click(screen.getByRole("button", { name: "Save and load" }));
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("The file exists already."));
    expect(name.value).toBe("mine.toml");
  });

  it("keeps an unsaved new rule in the browser", async () => {
    const { fill } = open();
    fill(await text(), "any where true");
    await waitFor(() => expect(localStorage.getItem("stemma.rule-draft")).toContain("any where true"));
  });
});

describe("the rule editor of an analyst", () => {
  it("checks and downloads a rule, and says who can run and save it", async () => {
    open({}, "", "analyst");
    await waitFor(() => expect(screen.getAllByText(/needs the author role\. Yours is analyst\./)).toHaveLength(2));
    await waitFor(() =>
      expect(screen.getByRole<HTMLButtonElement>("button", { name: "Download" }).disabled).toBe(false),
    );
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save and load" }).disabled).toBe(true);
  });
});
