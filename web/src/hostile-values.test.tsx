import { screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { ExceptionBuilderPage } from "./features/exceptions/builder-page.tsx";
import { ExceptionPage } from "./features/exceptions/exception-page.tsx";
import { ExceptionsPage } from "./features/exceptions/list-page.tsx";
import { PeoplePage } from "./features/people/page.tsx";
import { QueuePage } from "./features/queue/page.tsx";
import { RulePage } from "./features/rules/detail.tsx";
import { RuleFoldersPage } from "./features/rules/folders.tsx";
import { RulesPage } from "./features/rules/list.tsx";
import { RuleReportPage } from "./features/rules/report.tsx";
import { WorkbenchPage } from "./features/workbench/page.tsx";
import type { Handlers } from "./test/fake-api.ts";
import { alertSummary } from "./test/fixtures/alert.ts";
import { alertId } from "./test/fixtures/lineage.ts";
import { peopleApi } from "./test/fixtures/people.ts";
import { incident, queuePage } from "./test/fixtures/queue.ts";
import { ruleDetail, ruleFolders, rulePage, ruleReport, ruleSources, ruleSummary } from "./test/fixtures/rules.ts";
import { workbenchApi } from "./test/fixtures/workbench-api.ts";
import { hostileApi, hostileCharacter } from "./test/hostile-api.ts";
import { renderPage } from "./test/render-page.tsx";

const api: Handlers = {
  ...workbenchApi(),
  ...peopleApi,
  queue: () => queuePage([incident("a", 3)]),
  batches: () => ({ items: [], total: 0 }),
  ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
  rules: () => rulePage([ruleSummary]),
  rule: () => ruleDetail,
  ruleSources: () => ruleSources,
  ruleFolders: () => ruleFolders,
  ruleReport: () => ruleReport,
};

/** What a person reads or hears on the page that still has a hostile character. */
function hostileTexts(): readonly string[] {
  const found: string[] = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    if (node instanceof Element) {
      const shown = ["title", "aria-label", "aria-description", "aria-valuetext", "alt", "placeholder"];
      const texts = [...shown.map((name) => node.getAttribute(name) ?? ""), editedText(node)];
      found.push(...texts.filter((text) => hostileCharacter.test(text)).map((text) => `${node.nodeName}: ${text}`));
    } else if (hostileCharacter.test(node.textContent ?? "")) {
      found.push(`${node.parentElement?.outerHTML}`);
    }
  }
  return found;
}

/** What a field shows. */
function editedText(element: Element): string {
  return (element instanceof HTMLInputElement && element.type !== "hidden") || element instanceof HTMLTextAreaElement
    ? element.value
    : "";
}

const pages: readonly (readonly [string, ReactNode, { readonly path?: string; readonly at?: string }])[] = [
  ["queue", <QueuePage key="page" />, {}],
  ["workbench", <WorkbenchPage key="page" />, { path: "/alerts/:id", at: `/alerts/${alertId}?step=command` }],
  ["exception builder", <ExceptionBuilderPage key="page" />, { at: `/?alert=${alertId}` }],
  ["exception", <ExceptionPage key="page" />, { path: "/exceptions/:id", at: "/exceptions/ex-1" }],
  ["exceptions", <ExceptionsPage key="page" />, {}],
  ["rules", <RulesPage key="page" />, {}],
  ["rule", <RulePage key="page" />, { path: "/rules/:id", at: "/rules/r-1" }],
  ["rule report", <RuleReportPage key="page" />, {}],
  ["rule folders", <RuleFoldersPage key="page" />, {}],
  ["people", <PeoplePage key="page" />, {}],
];

describe("characters that hide or reorder text", () => {
  it.each(pages)("never reach the page as they are: %s", async (_, page, where) => {
    renderPage(page, { ...where, api: hostileApi(api) });
    await waitFor(() => expect(document.body.textContent).toMatch(/U\+202E/), { timeout: 20_000 });
    await waitFor(() => expect(screen.queryAllByLabelText(/^Loading/)).toEqual([]), { timeout: 20_000 });
    expect(screen.queryByText("Unexpected Application Error!")).toBeNull();
    expect(hostileTexts()).toEqual([]);
    expect(document.title).not.toMatch(hostileCharacter);
  });
});
