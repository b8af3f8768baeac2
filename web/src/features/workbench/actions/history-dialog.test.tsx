import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AuditRecord } from "#contracts/audit";
import type { Delivery } from "#contracts/delivery";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { storeDown } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { HistoryDialog } from "./history-dialog.tsx";

const alert = {
  ...alertDetail,
  history: [
    { at: "2026-03-04T09:20:00Z", actor: "mika", from: "open" as const, to: "acknowledged" as const },
    {
      at: "2026-03-04T09:50:00Z",
      actor: "robin",
      from: "acknowledged" as const,
      to: "closed" as const,
      reason: "benign" as const,
      note: "planned maintenance",
    },
    {
      at: "2026-03-04T09:30:00Z",
      actor: "mika",
      from: "open" as const,
      to: "open" as const,
      incident: "removed" as const,
    },
  ],
};
const incident = { key: alertDetail.incidentKey };
const noDeliveries = () => ({ items: [], total: 0, receivers: [], evidence: false });
const choice: AuditRecord = {
  sequence: 7,
  at: "2026-03-04T09:40:00Z",
  actor: "robin",
  action: "process.parent",
  subject: { kind: "process", id: "cmd" },
  before: {},
  after: { chosenBy: "robin" },
  hash: "",
  previousHash: "",
};
const audit = (items: readonly AuditRecord[]) => ({
  items: [...items],
  total: items.length,
  chain: { intact: true, checked: items.length, notes: { isKept: true, unreadable: 0 } },
});
const titles = () => [...document.querySelectorAll(".mantine-Timeline-itemTitle")].map((title) => title.textContent);

describe("the history of an alert", () => {
  it("lists changes of the alert and choices of parents on its path in order of time", async () => {
    renderPage(<HistoryDialog alert={alert} incident={incident} close={vi.fn()} />, {
      api: { deliveries: noDeliveries, audit: ({ query }) => audit(query.get("id") === "cmd" ? [choice] : []) },
    });
    expect(await screen.findByText("Parent of cmd.exe 2828.")).toBeDefined();
    expect(titles()).toEqual([
      "Raised",
      "acknowledged",
      "Removed from the incident",
      "Parent chosen",
      "closed: benign",
    ]);
    expect(screen.getByText("planned maintenance")).toBeDefined();
  });

  it("shows the times of the event and of the alert", () => {
    renderPage(<HistoryDialog alert={alertDetail} incident={incident} close={vi.fn()} />, {
      api: { deliveries: noDeliveries, audit: () => audit([]) },
    });
    expect(screen.getByText(/^Event/).textContent).toBe(
      "Event 2026-03-04 09:12:07.400 · Alert raised 2026-03-04 09:14:31",
    );
  });

  it("offers to try again when the audit trail cannot be read", async () => {
    renderPage(<HistoryDialog alert={alert} incident={incident} close={vi.fn()} />, {
      api: { deliveries: noDeliveries, audit: storeDown },
    });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer");
    expect(screen.getByRole("button", { name: "Try again" })).toBeDefined();
    expect(titles()).toContain("closed: benign");
  });

  it("shows what was sent since the alert was escalated, not what was sent about others before", async () => {
    const escalated = { at: "2026-03-04T09:45:00.000Z", actor: "mika", from: "open", to: "escalated" } as const;
    const delivery: Delivery = {
      ...{ id: "d-1", incident: incident.key, target: "https://chat.example/… (3f2a9c10)", at: escalated.at },
      ...{ actor: "mika", note: "", alerts: 3, state: "delivered", attempts: 1, endedAt: "2026-03-04T09:45:02.000Z" },
      files: [{ name: "bundle.html", sha256: "ab".repeat(32) }],
    };
    const before = { ...delivery, id: "d-0", at: "2026-03-04T09:10:00.000Z", target: "https://other.example/… (1)" };
    renderPage(<HistoryDialog alert={{ ...alertDetail, history: [escalated] }} incident={incident} close={vi.fn()} />, {
      api: {
        audit: () => audit([]),
        deliveries: () => ({ ...noDeliveries(), items: [delivery, before], total: 2 }),
      },
    });
    expect(await screen.findByText("bundle.html")).toBeDefined();
    expect(titles()).toEqual(["Raised", "escalated", "Sent to https://chat.example/… (3f2a9c10)"]);
    expect(screen.getByText(/^Escalation of 3 alerts/).textContent).toBe(
      "Escalation of 3 alerts: delivered 2026-03-04 09:45:02",
    );
  });
});
