import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { ShiftReport, ShiftReportAnswer } from "#contracts/shift-report";
import { Refusal } from "../../test/fake-api.ts";
import { quietReport, shiftReport } from "../../test/fixtures/shift-report.ts";
import { renderPage } from "../../test/render-page.tsx";
import { ReportPage } from "./page.tsx";

const between = "from=2026-03-04T01%3A00%3A00.000Z&to=2026-03-04T09%3A00%3A00.000Z";

const open = (report: ShiftReport = shiftReport, search = between) =>
  renderPage(<ReportPage />, {
    ...{ path: "/report", at: `/report?${search}`, as: "analyst" },
    api: { shiftReport: (): ShiftReportAnswer => ({ report, markdown: "# Shift report\n" }) },
  });

const rowsOf = async (table: string) =>
  within(await screen.findByRole("table", { name: table }))
    .getAllByRole("row")
    .slice(1)
    .map((row) =>
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    );

describe("the shift report", () => {
  it("shows the figures in alerts and incidents, with the range and its zone", async () => {
    open();
    expect((await screen.findByText("Opened")).closest("div")?.textContent).toBe(
      "Opened1,240 alertsin 12 incidents, 11 new",
    );
    expect(screen.getByText("Reopened").closest("div")?.textContent).toBe("Reopened1 alertin 1 incident");
    expect(screen.getByText(/made at/).textContent).toBe(
      "2026-03-04 01:00 to 2026-03-04 09:00 (UTC), made at 2026-03-04 09:01",
    );
  });

  it("shows what is handed over, to whom and what is left, and how much is not listed", async () => {
    open();
    expect(await rowsOf("Incidents handed over")).toEqual([
      [
        ...["high", "Suspicious Cmd Execution via WMI", "escalated", "Lena", "33", "2026-03-04 02:00", "2 of 17"],
        "malicious",
      ],
    ]);
    const [link] = screen.getAllByRole("link", { name: "Suspicious Cmd Execution via WMI" });
    expect(link?.getAttribute("href")).toBe("/incidents/p%2F1");
    expect(screen.getByText(/^1 of 101: the queue lists all/)).toBeDefined();
  });

  it("shows false positives with the counts that they are of", async () => {
    open();
    expect(await rowsOf("Noisiest rules")).toEqual([
      ["high", "Suspicious Cmd Execution via WMI", "900", "4", "4 of 5 closed (80 %)"],
      ["low", "Quiet", "1", "1", "none closed"],
    ]);
  });

  it("shows closings by reason and verdict, and times to triage with how many are left out", async () => {
    open();
    expect(await rowsOf("Closings")).toEqual([
      ["False positive", "5", "1"],
      ["True positive", "3", "1"],
      ["Verdict: malicious", "3", "1"],
      ["Verdict: none", "5", "1"],
    ]);
    expect(await rowsOf("Time to triage")).toEqual([
      ["Alerts", "1,240", "38", "9 min", "45 min", "1,200", "2"],
      ["New incidents", "11", "0", "–", "–", "11", "0"],
    ]);
  });

  it("shows tactics as columns with their techniques and counts", async () => {
    open();
    const matrix = await screen.findByRole("region", { name: "ATT&CK matrix" });
    expect(
      within(matrix)
        .getAllByRole("heading")
        .map((one) => one.textContent),
    ).toEqual(["Execution900 alerts", "No tactic named1 alert"]);
    const cells = within(matrix)
      .getAllByRole("listitem")
      .map((one) => one.textContent);
    expect(cells).toContain("T1047 Windows Management Instrumentation900");
    expect(cells).toContain("T1204 2");
  });

  it("says why it is empty, and still what is handed over", async () => {
    open(quietReport);
    expect(await screen.findByText("Nothing happened in this time")).toBeDefined();
    expect(screen.getByText(/1,230 alerts in 10 incidents were open at the end/)).toBeDefined();
    expect(await rowsOf("Incidents handed over")).toHaveLength(1);
    expect(screen.queryByRole("table", { name: "Noisiest rules" })).toBeNull();
  });

  it("shows the failure of the server, and can be tried again", async () => {
    renderPage(<ReportPage />, {
      ...{ path: "/report", as: "analyst" },
      api: { shiftReport: () => new Refusal(500, "Number 4711.") },
    });
    expect(await screen.findByText("Number 4711.")).toBeDefined();
    expect(screen.getByRole("button", { name: "Try again" })).toBeDefined();
  });

  it("asks for the range of the address, and for people only when that is wanted", async () => {
    const { api, user, address } = open();
    await screen.findByText("Opened");
    const asked = () => api.calls("shiftReport").map(({ query }) => Object.fromEntries(query));
    expect(asked()).toEqual([
      { from: "2026-03-04T01:00:00.000Z", to: "2026-03-04T09:00:00.000Z", zone: "UTC", people: "false" },
    ]);
    await user.click(screen.getByRole("checkbox", { name: "What each person did" }));
    await vi.waitFor(() => expect(asked()).toHaveLength(2));
    expect(asked().at(-1)).toMatchObject({ people: "true" });
    await user.click(screen.getByRole("radio", { name: "24 h" }));
    await vi.waitFor(() => expect(asked()).toHaveLength(3));
    expect(address()).toBe("/report?last=24h&people=true");
    const { from, to } = asked().at(-1) as { from: string; to: string };
    expect(Date.parse(to) - Date.parse(from)).toBe(86_400_000);
  });

  it("copies the Markdown", async () => {
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Copy as Markdown" }));
    expect(await navigator.clipboard.readText()).toBe("# Shift report\n");
    expect(await screen.findByRole("button", { name: "Copied" })).toBeDefined();
  });
});
