import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import type { PlaybookView } from "#contracts/playbook";
import { Refusal } from "../../../test/fake-api.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithPlaybook } from "../test-harness.tsx";
import { PlaybookPane } from "./playbook-pane.tsx";

const label = "Shared folders";
const source = `osquery: ${label}`;
const sha256 = "c0ffee".padEnd(64, "0");
const withQuery: PlaybookView = {
  ...playbook,
  steps: playbook.steps.map((step) => ({
    ...step,
    osquery: step.id === "command" ? [{ label, sql: "SELECT * FROM shared_resources", missing: [] }] : [],
  })),
};
const withAnswer: PlaybookView = {
  ...withQuery,
  steps: withQuery.steps.map((step) => ({
    ...step,
    answer: {
      ...{ stepId: step.id, value: "raises", note: "", evidence: [], actor: "mika", at: "2026-03-04T09:40:00Z" },
      attachments: [{ title: "Shares", source, sha256, bytes: 18 }],
    },
  })),
};
beforeEach(() => sessionStorage.clear());

const open = (view: PlaybookView = withQuery, isClosed = false) => {
  let current = view;
  const api = workbenchApi();
  return renderPage(
    <WithPlaybook step="command" isClosed={isClosed}>
      {(state) => <PlaybookPane playbook={state} />}
    </WithPlaybook>,
    {
      api: {
        ...api,
        playbook: () => current,
        answer: (call) => {
          const given = api.answer(call).steps.find(({ id }) => id === call.params.step)?.answer;
          current = {
            ...current,
            steps: current.steps.map((step) => (step.id === call.params.step ? { ...step, answer: given } : step)),
          };
          return current;
        },
        attachedText: () => ({ sha256, bytes: 18, text: '[{"name":"C$"}]' }),
      },
    },
  );
};
const opener = async () => {
  const fold = await screen.findByRole("button", { name: /^osquery/ });
  if (fold.getAttribute("aria-expanded") === "false") {
    fireEvent.click(fold);
  }
  return screen.findByRole("button", { name: "Paste its result" });
};
const field = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: `Pasted text: ${label}` });
const paste = (element: HTMLElement, text: string) =>
  fireEvent.paste(element, { clipboardData: { getData: () => text } });

describe("a result that is pasted to a step", () => {
  it("is one line until it is opened; then its title is that of the query, and it is saved exactly as it was pasted", async () => {
    const { user, api } = open();
    expect(await screen.findByRole("button", { name: "Paste a result" })).toBeTruthy();
    await user.click(await opener());
    expect(document.activeElement).toBe(await field());
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Title of the attachment" }).value).toBe(label);
    const text = "name,path\r\nC$,C:\\\r\n\u202eADMIN$,C:\\Windows\r\n";
    paste(await field(), text);
    expect((await field()).value).toContain("⟨U+202E⟩ADMIN$");
    const preview = await screen.findByRole("region", { name: `Table: Preview of ${label}` });
    expect(within(preview).getAllByRole("row")).toHaveLength(3);
    expect(screen.getByText(/of 65,536 bytes · saved with your answer/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: /^raises/ }));
    await waitFor(() => expect(api.calls("answer")).toHaveLength(1));
    expect(api.calls("answer")[0]?.body).toMatchObject({ attachments: [{ title: label, source, text }] });
    expect(await screen.findByRole("button", { name: label, expanded: false })).toBeTruthy();
  });

  it("is refused when it is too large, and what was typed stays", async () => {
    const { user } = open();
    await user.click(await opener());
    paste(await field(), "a\r\n");
    paste(await field(), "x".repeat(64 * 1024));
    expect((await screen.findByRole("alert")).textContent).toMatch(/Not pasted: .* can have 65,536/);
    expect((await field()).value).toBe("a\n");
  });

  it("stays in the draft when saving fails, and can be removed", async () => {
    const rendered = open();
    rendered.api.use({ answer: () => new Refusal(413, "The attachments are too large.") });
    await rendered.user.click(await opener());
    rendered.fill(await field(), "seen");
    await rendered.user.click(screen.getByRole("button", { name: /^raises/ }));
    await screen.findByText("The attachments are too large.");
    expect((await field()).value).toBe("seen");
    expect(sessionStorage.getItem(Object.keys(sessionStorage)[0] ?? "")).toContain('"text":"seen"');
    await rendered.user.click(screen.getByRole("button", { name: `Remove ${label}` }));
    await opener();
  });
});

describe("an attachment of a recorded answer", () => {
  it("shows its size, who attached it and its hash, and its text when it is opened", async () => {
    const { user } = open(withAnswer, true);
    const results = await screen.findByRole("region", { name: "Attachments" });
    expect(results.textContent).toContain("18 bytes · mika, ");
    within(results).getByRole("button", { name: "Copy the SHA-256 of Shares" });
    expect(within(results).queryByRole("button", { name: "Remove Shares" })).toBeNull();
    await user.click(within(results).getByRole("button", { name: "Shares", expanded: false }));
    const table = await within(results).findByRole("region", { name: "Table: Shares" });
    expect(
      within(table)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ).toEqual(["C$"]);
    within(results).getByText("Text as it was pasted");
  });

  it("is kept by its hash when the step is answered again, and left out when it is removed", async () => {
    const { user, api } = open(withAnswer);
    const results = await screen.findByRole("region", { name: "Attachments" });
    await user.click(screen.getByRole("button", { name: /^unresolved/ }));
    await waitFor(() => expect(api.calls("answer")).toHaveLength(1));
    expect(api.calls("answer")[0]?.body).toMatchObject({ attachments: [{ title: "Shares", source, sha256 }] });
    await user.click(within(results).getByRole("button", { name: "Remove Shares" }));
    await user.click(screen.getByRole("button", { name: /^unresolved/ }));
    await waitFor(() => expect(api.calls("answer")).toHaveLength(2));
    expect(api.calls("answer")[1]?.body).toMatchObject({ attachments: [] });
  });
});
