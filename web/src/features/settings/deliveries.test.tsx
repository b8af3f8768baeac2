import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Delivery, DeliveryList } from "#contracts/delivery";
import { Refusal } from "../../test/fake-api.ts";
import { renderPage } from "../../test/render-page.tsx";
import { SettingsPage } from "./page.tsx";

const delivered: Delivery = {
  ...{ id: "d-1", incident: "p/1", target: "https://chat.example/hook", at: "2026-03-04T08:00:00.000Z", actor: "Lena" },
  ...{ note: "contain\u202eit", alerts: 3, state: "delivered", attempts: 1, endedAt: "2026-03-04T08:00:02.000Z" },
  files: [{ name: "bundle.html", sha256: "ab".repeat(32) }],
};
const failed: Delivery = {
  ...delivered,
  id: "d-2",
  state: "failed",
  attempts: 10,
  reason: "it answers 503",
  files: [],
};
const waiting: Delivery = {
  ...{ ...failed, id: "d-3", state: "waiting", attempts: 2, target: undefined, endedAt: undefined },
  nextAt: "2026-03-04T09:00:00.000Z",
};

const open = (list: Partial<DeliveryList>, as: "analyst" | "viewer" = "analyst") =>
  renderPage(<SettingsPage />, {
    ...{ path: "/settings", at: "/settings?tab=deliveries", as },
    api: {
      deliveries: () => ({ items: [], total: 0, receivers: [], evidence: false, ...list }),
      sendDeliveryAgain: ({ params }) =>
        params.id === "d-2" ? { ...waiting, id: "d-2" } : new Refusal(409, "It was delivered."),
    },
  });

describe("deliveries of escalations", () => {
  it("says that escalations are not posted if nothing is set", async () => {
    open({});
    expect(await screen.findByText("No webhook is set, so escalations are not posted.")).toBeDefined();
    expect(screen.getByText(/^Nothing was sent/)).toBeDefined();
  });

  it("shows where they go, what became of each, and when it is tried next", async () => {
    const receivers = ["https://chat.example/hook"];
    open({ items: [waiting, failed, delivered], total: 3, receivers, evidence: true });
    expect(
      await screen.findByText(
        "Escalations are posted to https://chat.example/hook. Bundles of escalated incidents are written into the folder for evidence.",
      ),
    ).toBeDefined();
    const rows = within(screen.getByRole("table", { name: "Deliveries" }))
      .getAllByRole("row")
      .slice(1);
    const texts = rows.map((row) => row.textContent ?? "");
    expect(texts[0]).toContain("Folder for evidencewaiting, next try 2026-03-04 09:00:00: it answers 503");
    expect(texts[1]).toContain("failed 2026-03-04 08:00:02: it answers 503");
    expect(texts[2]).toContain("delivered 2026-03-04 08:00:02");
  });

  it("sends again what failed, and nothing else", async () => {
    const { user, api } = open({ items: [failed, delivered], total: 2 });
    const [button, ...others] = await screen.findAllByRole("button", { name: /^Send the escalation/ });
    expect(others).toEqual([]);
    await user.click(button as HTMLElement);
    expect(api.calls("sendDeliveryAgain").map(({ params }) => params.id)).toEqual(["d-2"]);
  });

  it("does not offer that to somebody who may only read", async () => {
    open({ items: [failed], total: 1 }, "viewer");
    const button = await screen.findByRole<HTMLButtonElement>("button", { name: /^Send the escalation/ });
    expect(button.disabled).toBe(true);
  });
});
