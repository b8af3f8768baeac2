import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AlertDifference, EarlierAlerts } from "#contracts/earlier-alerts";
import { alertSummary } from "../../../test/fixtures/alert.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { SimilarAnswers } from "./similar-answers.tsx";

const [step] = playbook.steps;

const earlier = (
  id: string,
  differs: AlertDifference[],
  topic = step?.topic ?? "",
): EarlierAlerts["items"][number] => ({
  alert: { ...alertSummary, id },
  differs,
  payload: differs.includes("payload") ? ["Get-Service"] : [],
  answers: [{ topic, value: "lowers", note: "Nightly inventory.", actor: "lena", at: "2026-03-02T09:00:00Z" }],
});

async function open(...items: EarlierAlerts["items"]) {
  if (step === undefined) {
    throw new Error("the fixture has no step");
  }
  const answer: EarlierAlerts = { items, total: 40, payload: ["<b>IEX</b> (New-Object Net.WebClient)"] };
  const { api } = renderPage(<SimilarAnswers alertId={alertId} step={step} />, {
    api: { ...workbenchApi(), earlierAlerts: () => answer },
  });
  await expect.poll(() => api.calls("earlierAlerts").length).toBe(1);
}

describe("earlier answers to the question of a step", () => {
  it("name who answered, when and how, and that nothing differs", async () => {
    await open(earlier("a", []), earlier("b", ["user", "host"]));
    const box = within(await screen.findByRole("complementary", { name: "Earlier answers" }));
    expect(box.getByRole("heading").textContent?.trim()).toBe("Answered for 2 of 40 earlier alerts like this");
    const [first, second] = box.getAllByRole("listitem");
    expect(first?.textContent).toMatch(/^lowers concern ?lena, .*ago/);
    expect(first?.textContent).toContain("Nightly inventory.");
    expect(first?.textContent).toContain("Same command, payload, parent, user and host.");
    expect(second?.textContent).toContain("Differs now: user, host.");
    expect(box.queryByText(/new payload/)).toBeNull();
  });

  it("warn when only the wrapper is known, and show both payloads as text", async () => {
    await open(earlier("a", ["payload"]));
    const box = within(await screen.findByRole("complementary", { name: "Earlier answers" }));
    expect(box.getByText(/^Same wrapper, new payload/)).toBeDefined();
    expect(box.getByText("Get-Service")).toBeDefined();
    expect(box.getByText("<b>IEX</b> (New-Object Net.WebClient)")).toBeDefined();
  });

  it("are left out if none was given to this question", async () => {
    await open(earlier("a", [], "another topic"));
    expect(screen.queryByRole("complementary")).toBeNull();
  });
});
