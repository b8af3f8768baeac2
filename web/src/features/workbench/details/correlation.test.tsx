import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { fileEvents } from "../../../test/fixtures/playbook.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { AlertEvents, CorrelationSummary } from "./correlation.tsx";

type Correlation = NonNullable<AlertDetail["correlation"]>;

const correlation: Correlation = {
  measure: "count",
  asked: "10 or more events and 5 or more different user.name within 9 minutes",
  terms: [{ field: "source.ip", value: "192.0.2.37" }, { field: "host.name" }],
  count: 1039,
  from: "2026-03-04T09:00:00Z",
  to: "2026-03-04T09:08:18Z",
  reached: "2026-03-04T09:02:00Z",
  window: 540_000,
  counted: [{ field: "user.name", of: "values", count: 7, values: ["ada", "ben"] }],
  rules: [],
};
const openSummary = (change: Partial<Correlation> = {}) =>
  renderPage(<CorrelationSummary alert={{ ...alertDetail, correlation: { ...correlation, ...change } }} />);
const fact = (term: string, index = 0) =>
  screen.getAllByText(term, { selector: "dt" })[index]?.nextElementSibling?.textContent;

describe("the summary of a correlation", () => {
  it("shows the condition, the number of events and their time", () => {
    openSummary();
    expect(fact("Condition")).toBe(correlation.asked);
    expect(fact("Matched")).toBe("1,039 events in 8.3 min");
    expect(fact("Condition met")).toBe("2026-03-04 09:02:00.000");
  });

  it("shows the common values and the distinct ones", () => {
    openSummary();
    expect(fact("Grouped by")).toBe("source.ip 192.0.2.37");
    expect(fact("Grouped by", 1)).toBe("host.name no value");
    expect(fact("Distinct values")).toBe("7 user.nameadabenand 5 more");
  });

  it.each([
    [0, "No further events were suppressed: the rule alerts once per 5 min for the same values."],
    [1, "1 further event was suppressed: the rule alerts once per 5 min for the same values."],
    [1200, "1,200 further events were suppressed: the rule alerts once per 5 min for the same values."],
  ])("counts %s suppressed events", (count, text) => {
    openSummary({ suppressed: { count, duration: 300_000 } });
    expect(screen.getByText(text)).toBeDefined();
  });

  it.each([
    ["2026-03-04T08:00:00Z", "Data of this host covers the full 9 min before these events."],
    [
      "2026-03-04T08:58:00Z",
      "Data of this host begins 2 min before these events. Earlier occurrences within 9 min are unknown.",
    ],
    [undefined, "Data of this host begins with these events. Earlier occurrences within 9 min are unknown."],
  ])("qualifies a new value by the data before it (since %s)", (knownFrom, text) => {
    const alert = { ...alertDetail, correlation: { ...correlation, newTerms: ["192.0.2.37"], knownFrom } };
    renderPage(<CorrelationSummary alert={alert} />);
    expect(fact("New value")).toBe("192.0.2.37");
    expect(screen.getByText(text)).toBeDefined();
  });

  it("is left out for alerts of other rules", () => {
    renderPage(<CorrelationSummary alert={alertDetail} />);
    expect(screen.queryByText("Correlation")).toBeNull();
  });
});

describe("the events of an alert", () => {
  it("are listed, with how many there are, and lead to other processes", async () => {
    const select = vi.fn();
    const [first, ...others] = fileEvents;
    const items = [{ ...first, processKey: "net", fields: { ...first?.fields, "process.name": "net.exe" } }, ...others];
    const alert = { ...alertDetail, members: { items: items as (typeof fileEvents)[number][], total: 39 } };
    const { user } = renderPage(<AlertEvents alert={alert} select={select} />);
    expect(screen.getByText("First 3 of 39 events; all are counted.")).toBeDefined();
    const buttons = within(screen.getByRole("list")).getAllByRole("button");
    expect(buttons.map((button) => button.textContent)).toEqual(["Show net.exe"]);
    await user.click(buttons[0] ?? document.body);
    expect(select).toHaveBeenCalledWith("net");
  });
});
