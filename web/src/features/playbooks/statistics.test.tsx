import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PlaybookStatistics } from "#contracts/playbook-statistics";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { noStatistics, playbookStatistics } from "../../test/fixtures/playbook-statistics.ts";
import { hostileApi, hostileCharacter } from "../../test/hostile-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { Statistics } from "./statistics.tsx";

describe("the statistics of a playbook", () => {
  const open = (statistics: PlaybookStatistics = playbookStatistics, search = "", handlers: Handlers = {}) =>
    renderPage(<Statistics playbook="wmi" />, {
      path: "/playbooks/:id",
      at: `/playbooks/wmi${search}`,
      api: { playbookStatistics: () => statistics, ...handlers },
    });
  const steps = async () => within(await screen.findByRole("table", { name: "Statistics by step" }));

  it("say in words what became of the alerts", async () => {
    open();
    await steps();
    for (const sentence of [
      "40 alerts worked through in the last 90 days: 4 open, 36 closed (31 benign, 5 true positive).",
      "Their verdicts: 5 malicious, 30 benign.",
      "2 closed against the verdict.",
      "12 closed by a second analyst, who gave none of the answers; 1 of these against the verdict.",
      "From the first to the last answer: 5.2 min in the median (38 alerts).",
      "1 alert got another playbook since.",
    ]) {
      expect(screen.getByText(sentence, { exact: false })).toBeDefined();
    }
  });

  it("have a row for each step, with its answers, times and agreement", async () => {
    open();
    const row = (await steps()).getByRole("row", { name: /What does the captured command do/ });
    const cells = within(row)
      .getAllByRole("cell")
      .map(({ textContent }) => textContent);
    expect(cells.slice(1)).toEqual([
      "36 of 401 elsewhere2 open1 closed without",
      "raises4lowers32",
      "43 against suggestion1 without data",
      "0 of 36",
      "41 s9 of 10 in 2.6 min2 interrupted9 without a start",
      "8 of 11",
    ]);
    expect(
      within(row)
        .getByRole("link", { name: /What does the captured/ })
        .getAttribute("href"),
    ).toBe("#command");
  });

  it("mark a step that never decides, and one on which analysts disagree, with the reason", async () => {
    open();
    const table = await steps();
    expect(table.getByText("On all 36 closed alerts", { exact: false }).textContent).toBe(
      "Never decides. On all 36 closed alerts the verdict would be the same without it.",
    );
    expect(table.getByText("8 of 11 comparisons", { exact: false }).textContent).toContain("Analysts disagree.");
  });

  it("say why a figure is missing", async () => {
    open();
    const row = (await steps()).getByRole("row", { name: /Where else did it run/ });
    expect(row.textContent).toBe("2Where else did it run?never askednonenonenone closednot knownnothing to compare");
  });

  it("list steps of former versions apart", async () => {
    open();
    const former = await screen.findByRole("table", { name: "Statistics of former steps" });
    expect(within(former).getAllByRole("row")).toHaveLength(2);
    expect(within(former).getByText("ticket")).toBeDefined();
  });

  it("are those of the period in the address, which a choice changes and keeps the rest", async () => {
    const { api, user, address } = open(playbookStatistics, "?alert=a-1&period=30d");
    await steps();
    expect(api.calls("playbookStatistics").map(({ query }) => query.get("period"))).toEqual(["30d"]);
    await user.click(screen.getByRole("radio", { name: "365 days" }));
    expect(address()).toBe("/playbooks/wmi?alert=a-1&period=365d");
    await user.click(screen.getByRole("radio", { name: "90 days" }));
    expect(address()).toBe("/playbooks/wmi?alert=a-1");
    await waitFor(() =>
      expect(api.calls("playbookStatistics").map(({ query }) => query.get("period"))).toEqual(["30d", "365d", "90d"]),
    );
  });

  it("say why there are none, and lead to those of all times", async () => {
    const { user, address } = open(noStatistics);
    expect(await screen.findByText("No alert was worked through with it in this time")).toBeDefined();
    expect(screen.getByText("Nobody recorded an answer to one of its steps in the last 90 days.")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Show all" }));
    expect(address()).toBe("/playbooks/wmi?period=all");
    expect(await screen.findByText("No alert has been worked through with it yet")).toBeDefined();
  });

  it("say from when on they count if there is too much to read", async () => {
    open({ ...playbookStatistics, truncated: true });
    expect(
      await screen.findByText(/Only the newest alerts are counted, those answered since 2026-01-01 00:00 UTC/),
    ).toBeDefined();
  });

  it("say what went wrong, with a way to try again", async () => {
    const { user, api } = open(playbookStatistics, "", { playbookStatistics: () => new Refusal(500, "Number 4711.") });
    expect((await screen.findByRole("alert")).textContent).toContain("Number 4711.");
    api.use({ playbookStatistics: () => playbookStatistics });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await steps();
  });

  it("show no character that hides or reorders text", async () => {
    open(playbookStatistics, "", hostileApi({ playbookStatistics: () => playbookStatistics }));
    await steps();
    expect(document.body.textContent).toMatch(/U\+202E/);
    expect(document.body.textContent).not.toMatch(hostileCharacter);
  });
});
