import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../../test/fake-api.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithPlaybook } from "../test-harness.tsx";
import { PlaybookPane } from "./playbook-pane.tsx";

const open = (step: string, handlers: Handlers = {}) =>
  renderPage(<WithPlaybook step={step}>{(state) => <PlaybookPane playbook={state} />}</WithPlaybook>, {
    api: { ...workbenchApi(), ...handlers },
  });
const openStep = () => screen.findByRole("button", { current: "step" });

describe("the steps of a playbook, one open at a time", () => {
  it("fold what else they say to one line with counts", async () => {
    const { user } = open("command");
    await openStep();
    expect(screen.queryByRole("list", { name: "Hints" })).toBeNull();
    const fold = screen.getByRole("button", { name: /^Why and hints ?1$/, expanded: false });
    await user.click(fold);
    expect(screen.getByRole("list", { name: "Hints" }).textContent).toContain("The number after the underscores");
    expect(screen.getByText(/^The command is the purpose/)).toBeDefined();
    await user.click(fold);
    expect(screen.queryByRole("list", { name: "Hints" })).toBeNull();
  });

  it("show the texts of a guide with the step that they follow, those before all steps with the first one", async () => {
    const texts = [
      { title: "Before all", markdown: "Read *this*." },
      { title: "After the command", markdown: "Then that.", afterStep: "command" },
    ];
    const { user } = open("who", { playbook: () => ({ ...playbook, texts }) });
    // Without queries there is room for it.
    await screen.findByRole("button", { name: "Before all", expanded: true });
    expect(screen.getByText("this").tagName).toBe("EM");
    expect(screen.queryByRole("button", { name: "After the command" })).toBeNull();
    await user.click(screen.getByRole("button", { name: /^3 ?What does/ }));
    expect(screen.getByRole("button", { name: "After the command" })).toBeDefined();
  });

  it("list their questions on request", async () => {
    const { user } = open("command");
    await openStep();
    const list = screen.getByRole("button", { name: "List the questions" });
    const before = list.getAttribute("aria-pressed");
    await user.click(list);
    expect(list.getAttribute("aria-pressed")).not.toBe(before);
  });

  it("name what raises and lowers concern above the answers", async () => {
    const { user } = open("command");
    await openStep();
    const raises = within(screen.getByRole("region", { name: "Raises concern" }));
    expect(raises.getAllByRole("listitem")).toHaveLength(2);
    await user.click(raises.getByRole("button", { name: "Raises concern: 2", expanded: false }));
    expect(raises.getByRole("button", { expanded: true })).toBeDefined();
  });

  it("show several queries one at a time, and what all of them came to", async () => {
    const { user } = open("command");
    const tabs = within(await screen.findByRole("tablist", { name: "Queries" }));
    expect((await tabs.findByRole("tab", { name: /What the command started.*9 hits/ })).ariaSelected).toBe("true");
    await user.click(await tabs.findByRole("tab", { name: /Names it looked up.*no data/ }));
    expect(await screen.findByRole("region", { name: "Query: Names it looked up" })).toBeDefined();
    expect(screen.queryByRole("region", { name: "Query: What the command started" })).toBeNull();
  });
});
