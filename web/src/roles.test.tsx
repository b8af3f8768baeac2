import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ExceptionBuilderPage } from "./features/exceptions/builder-page.tsx";
import { ExceptionPage } from "./features/exceptions/exception-page.tsx";
import { QueuePage } from "./features/queue/page.tsx";
import { RulePage } from "./features/rules/detail.tsx";
import { RuleFoldersPage } from "./features/rules/folders.tsx";
import { RulesPage } from "./features/rules/list.tsx";
import { RuleReportPage } from "./features/rules/report.tsx";
import { WorkbenchPage } from "./features/workbench/page.tsx";
import { useAllCommands } from "./keyboard/commands.tsx";
import { Refusal } from "./test/fake-api.ts";
import { alertSummary } from "./test/fixtures/alert.ts";
import { health, saved } from "./test/fixtures/exceptions.ts";
import { alertId } from "./test/fixtures/lineage.ts";
import { incident, meAs, queuePage } from "./test/fixtures/queue.ts";
import { ruleDetail, ruleFolders, rulePage, ruleReport, ruleSources, ruleSummary } from "./test/fixtures/rules.ts";
import { workbenchApi } from "./test/fixtures/workbench-api.ts";
import { renderPage } from "./test/render-page.tsx";

/** The reasons of disabled commands, as the palette shows them. */
function DisabledCommands() {
  const disabled = useAllCommands().filter((command) => command.disabled !== undefined);
  return (
    <ul aria-label="Disabled commands">
      {disabled.map((command) => (
        <li key={command.id}>{`${command.title}: ${command.disabled}`}</li>
      ))}
    </ul>
  );
}
const disabledCommands = () =>
  within(screen.getByRole("list", { name: "Disabled commands" }))
    .queryAllByRole("listitem")
    .map((item) => item.textContent);

const openAlert = (as: "viewer" | "analyst", step: string) =>
  renderPage(
    <>
      <WorkbenchPage />
      <DisabledCommands />
    </>,
    { as, path: "/alerts/:id", at: `/alerts/${alertId}?step=${step}`, api: workbenchApi() },
  );
const analystNeeded = /needs the analyst role\. Yours is viewer\./;
const authorNeeded = /needs the author role\. Yours is analyst\./;

describe("a viewer", () => {
  it("reads the answers of a playbook, and can neither answer nor pin", async () => {
    const { user, api } = openAlert("viewer", "who");
    const answer = await screen.findByRole("region", { name: /^Answer to: Which account/ });
    expect(answer.textContent).toContain("raises concern");
    expect(within(answer).getByText(analystNeeded)).toBeDefined();
    expect(screen.queryByRole("textbox", { name: "Note" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Pin row as evidence" })).toBeNull();
    await user.keyboard("1p");
    expect(api.calls("answer")).toEqual([]);
  });

  it("has no actions on an alert, and the palette says why", async () => {
    openAlert("viewer", "who");
    const bar = await screen.findByRole("region", { name: "Verdict and actions" });
    await within(bar).findByText(analystNeeded);
    expect(within(bar).queryByRole("button", { name: "Close…" })).toBeNull();
    const reason = "Needs the analyst role. Yours is viewer.";
    await waitFor(() =>
      expect(disabledCommands()).toEqual(
        expect.arrayContaining([
          `Acknowledge the incident: ${reason}`,
          `Exception…: ${reason}`,
          `Answer: raises concern: ${reason}`,
        ]),
      ),
    );
  });

  it("selects nothing in the queue", async () => {
    renderPage(<QueuePage />, {
      as: "viewer",
      api: {
        queue: () => queuePage([incident("a", 3)]),
        ruleNames: () => ({ items: [], total: 0 }),
        batches: () => ({ items: [], total: 0 }),
      },
    });
    await screen.findByRole("article", { name: "Incident a" });
    await waitFor(() => expect(screen.queryByRole("checkbox")).toBeNull());
  });

  it("finds no exception builder", async () => {
    renderPage(<ExceptionBuilderPage />, { as: "viewer", at: `/?alert=${alertId}`, api: workbenchApi() });
    const state = await screen.findByText("This page is not part of your role");
    expect(state.closest("[role=status]")?.textContent).toContain("An administrator can change it.");
  });
});

describe("an analyst", () => {
  it("answers and closes", async () => {
    openAlert("analyst", "who");
    expect(await screen.findByRole("textbox", { name: "Note" })).toBeDefined();
    expect(screen.getByRole("button", { name: "Close…" })).toBeDefined();
  });

  it("drafts an exception and proposes it to an author, who has to save it", async () => {
    renderPage(<ExceptionBuilderPage />, { as: "analyst", at: `/?alert=${alertId}`, api: workbenchApi() });
    expect(await screen.findByRole("button", { name: "Propose…" })).toBeDefined();
    expect(screen.queryByRole("button", { name: /^Save/ })).toBeNull();
  });

  it("cannot disable an exception", async () => {
    renderPage(<ExceptionPage />, {
      as: "analyst",
      path: "/exceptions/:id",
      at: "/exceptions/ex-1",
      api: {
        exception: () => saved,
        exceptionVersions: () => ({ items: [], total: 0 }),
        exceptionHealth: () => health,
        hiddenHits: () => ({ items: [], total: 0 }),
        ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
      },
    });
    await screen.findByText(authorNeeded);
    expect(screen.queryByRole("button", { name: "Disable…" })).toBeNull();
  });

  it("switches no rules", async () => {
    renderPage(<RulesPage />, { as: "analyst", api: { rules: () => rulePage([ruleSummary]) } });
    const state = await screen.findByTitle("Needs the author role. Yours is analyst.");
    expect(state.textContent).toBe("on");
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it("reads a rule", async () => {
    renderPage(<RulePage />, {
      as: "analyst",
      path: "/rules/:id",
      at: "/rules/r-1",
      api: { rule: () => ruleDetail, ruleSources: () => ruleSources },
    });
    await screen.findByText(authorNeeded);
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it("changes no rule folders", async () => {
    renderPage(<RuleFoldersPage />, { as: "analyst", api: { ruleFolders: () => ruleFolders } });
    await screen.findByText(authorNeeded);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("runs no rules", async () => {
    renderPage(<RuleReportPage />, { as: "analyst", api: { ruleReport: () => ruleReport } });
    await screen.findByText(authorNeeded);
    expect(screen.queryByRole("button", { name: /^Run all rules/ })).toBeNull();
  });
});

describe("a role that is taken away", () => {
  it("takes the actions away as soon as something is refused, and keeps the page", async () => {
    const { user, api } = openAlert("analyst", "who");
    const bar = await screen.findByRole("region", { name: "Verdict and actions" });
    api.use({ me: () => meAs("viewer"), incidentTransition: () => new Refusal(403, "Needs the role analyst.") });
    const acknowledge = within(bar).getByRole<HTMLButtonElement>("button", { name: "Acknowledge" });
    await waitFor(() => expect(acknowledge.disabled).toBe(false));
    await user.click(acknowledge);
    await within(bar).findByText(analystNeeded);
    expect(within(bar).queryByRole("button", { name: "Acknowledge" })).toBeNull();
  });
});
