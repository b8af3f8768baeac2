import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AuditPage as AuditAnswer, AuditRecord } from "#contracts/audit";
import { peopleApi } from "../../test/fixtures/people.ts";
import { renderPage } from "../../test/render-page.tsx";
import { AuditPage } from "./page.tsx";

const record: AuditRecord = {
  sequence: 1,
  at: "2026-03-04T09:40:00Z",
  actor: "mika",
  action: "alert.transition",
  subject: { kind: "alert", id: "al-7f3a-long-id" },
  before: { status: "open" },
  after: { status: "acknowledged" },
  previousHash: "0".repeat(64),
  hash: "ab".repeat(32),
};
const notes = { isKept: true, file: "stemma.db.audit", unreadable: 0 };
const open = (chain: Omit<AuditAnswer["chain"], "notes"> & Partial<AuditAnswer["chain"]>, search = "") =>
  renderPage(<AuditPage />, {
    path: "/audit",
    at: `/audit${search}`,
    as: "analyst",
    api: { audit: () => ({ items: [record], total: 1, chain: { notes, ...chain } }) },
  });

describe("the audit trail", () => {
  it("shows that the chain was verified, and each change", async () => {
    open({ intact: true, checked: 1204 });
    await screen.findByText("Audit chain verified (1,204 records)");
    const [, row] = screen.getAllByRole("row");
    expect(within(row as HTMLElement).getByText("alert open → acknowledged")).toBeDefined();
    expect(
      within(row as HTMLElement)
        .getByRole("link", { name: "alert al-7f3a-" })
        .getAttribute("href"),
    ).toBe("/alerts/al-7f3a-long-id");
  });

  it("shows at which record the chain is broken", async () => {
    open({ intact: false, checked: 7, brokenAt: 5 });
    expect(await screen.findByText(/^Audit chain broken at record 5:/)).toBeDefined();
  });

  it("says that a trail which lacks what was noted was cut, not that a record was changed", async () => {
    open({ intact: false, checked: 3, brokenAt: 4, lacks: { sequence: 5, hash: "ab".repeat(32) } });
    expect(await screen.findByText(/^Audit trail cut: record 5 was noted/)).toBeDefined();
    expect(screen.queryByText(/was changed after/)).toBeNull();
    expect(screen.queryByText(/does not show it/)).toBeNull();
  });

  it.each([
    [{ isKept: false, unreadable: 0 }, "There is no file stemma.db.audit: "],
    [{ isKept: true, unreadable: 2 }, "2 lines of stemma.db.audit cannot be read: "],
    [{ isKept: true, unreadable: 0, failure: "EACCES" }, "stemma.db.audit cannot be read (EACCES): "],
  ])("says what keeps a cut of the trail from showing: %o", async (state, text) => {
    open({ intact: true, checked: 3, notes: { file: "stemma.db.audit", ...state } });
    expect((await screen.findByText(/does not show it/)).textContent).toContain(text);
  });

  it("shows how somebody had signed in and from where, and only the name in records that do not have it", async () => {
    const origin = { account: "p-2", method: "passkey", address: "10.20.1.14" } as const;
    renderPage(<AuditPage />, {
      as: "analyst",
      api: {
        audit: () => ({
          items: [{ ...record, sequence: 2, origin }, record],
          total: 2,
          chain: { intact: true, checked: 2, notes },
        }),
      },
    });
    await screen.findByText("Audit chain verified (2 records)");
    const [, first, second] = screen.getAllByRole("row");
    expect(within(first as HTMLElement).getByText(/by passkey from/).textContent).toBe("by passkey from 10.20.1.14");
    expect(second?.textContent).toContain("mika");
    expect(second?.textContent).not.toContain(" from ");
  });

  it("shows what was before where nothing is after it, and no change where there is none", async () => {
    const items = [
      { ...record, sequence: 2, action: "session.ended", before: { method: "link" }, after: undefined },
      { ...record, action: "person.invited", before: undefined, after: undefined },
    ];
    renderPage(<AuditPage />, {
      as: "analyst",
      api: { audit: () => ({ items, total: 2, chain: { intact: true, checked: 2, notes } }) },
    });
    expect(await screen.findByText('was {"method":"link"}')).toBeDefined();
    expect(screen.getAllByRole("group")).toHaveLength(1);
  });

  it("names the people and tokens that were changed to administrators", async () => {
    const subject = { kind: "person", id: "p-2" };
    renderPage(<AuditPage />, {
      api: {
        ...peopleApi,
        audit: () => ({ items: [{ ...record, subject }], total: 1, chain: { intact: true, checked: 1, notes } }),
      },
    });
    expect(await screen.findByText("person Robin Falk")).toBeDefined();
  });

  it("filters by subject and clears the filter", async () => {
    const { user, api, address } = open({ intact: true, checked: 1 }, "?kind=alert&id=al-7f3a-long-id");
    await user.click(await screen.findByRole("button", { name: "Clear filter: alert al-7f3a-long-id" }));
    expect(api.calls("audit")[0]?.query.get("id")).toBe("al-7f3a-long-id");
    expect(address()).toBe("/audit");
  });
});
