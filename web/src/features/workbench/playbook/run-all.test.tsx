import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../../test/fake-api.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithPlaybook } from "../test-harness.tsx";
import { PlaybookPane } from "./playbook-pane.tsx";

const open = (handlers: Handlers = {}) =>
  renderPage(<WithPlaybook step="who">{(state) => <PlaybookPane playbook={state} />}</WithPlaybook>, {
    api: { ...workbenchApi(), ...handlers },
  });

describe("all queries of a playbook", () => {
  it("run at once on request, each only once, and show beside the steps what they came to", async () => {
    const { user, api } = open();
    await user.click(await screen.findByRole("button", { name: "Run all 5 queries" }));
    await screen.findByText(/with hits, \d+ without enough data/);
    await waitFor(() => expect(api.calls("stepQuery").length).toBe(5));
    const step = screen.getByRole("button", { name: /What does the captured command do/ });
    expect(step.textContent).toMatch(/hit|no hits|not enough data/);
    await user.click(step);
    await screen.findByRole("region", { name: "Query: What the command started" });
    expect(api.calls("stepQuery").length).toBe(5);
  });

  it("are cancelled while they run", async () => {
    const { user } = open({ stepQuery: () => new Promise<never>(() => undefined) });
    await user.click(await screen.findByRole("button", { name: "Run all 5 queries" }));
    await screen.findByText("0 of 5 have run");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await screen.findByRole("button", { name: "Run all 5 queries" });
    expect(screen.queryByText("0 of 5 have run")).toBeNull();
  });
});
