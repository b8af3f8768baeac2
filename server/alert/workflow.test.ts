import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AlertStatus, alertStatus, closeReason } from "#contracts/alert";
import { checkTransition, isBenignClosing, nextStatuses } from "./workflow.ts";

const request = { to: "acknowledged" as const, note: "" };
const statuses = alertStatus.options;

describe("alert workflow", () => {
  it.each<[AlertStatus, AlertStatus]>([
    ["open", "acknowledged"],
    ["acknowledged", "escalated"],
    ["escalated", "closed"],
    ["closed", "open"],
    ["open", "closed"],
  ])("lets an alert go from %s to %s", (from, to) => {
    const reason = to === "closed" ? ("true-positive" as const) : undefined;
    expect(checkTransition(from, { to, reason, note: "seen by the night shift" }).ok).toBe(true);
  });

  it("does not let a closed alert be escalated without reopening it", () => {
    expect(checkTransition("closed", { to: "escalated", note: "x" })).toMatchObject({
      ok: false,
      error: { code: "workflow.no-way", remedy: "From here it can become: open." },
    });
  });

  it("says so when somebody else was faster", () => {
    expect(checkTransition("acknowledged", request)).toMatchObject({
      ok: false,
      error: { code: "workflow.same-status" },
    });
  });

  it("wants a reason for closing and a note for escalating, and names the field", () => {
    expect(checkTransition("open", { to: "closed", note: "" })).toMatchObject({ error: { at: { field: "reason" } } });
    expect(checkTransition("open", { to: "escalated", note: "  " })).toMatchObject({
      error: { at: { field: "note" } },
    });
    expect(checkTransition("open", { to: "acknowledged", reason: "benign", note: "" })).toMatchObject({
      error: { at: { field: "reason" } },
    });
  });

  it("never leaves the table, whatever is asked", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...statuses),
        fc.constantFrom(...statuses),
        fc.option(fc.constantFrom(...closeReason.options), { nil: undefined }),
        fc.string(),
        (from, to, reason, note) => {
          const allowed = checkTransition(from, { to, reason, note }).ok;
          expect(allowed && !nextStatuses(from).includes(to)).toBe(false);
        },
      ),
    );
  });

  it("lets every state be left", () => {
    for (const status of statuses) {
      expect(nextStatuses(status).length).toBeGreaterThan(0);
    }
  });

  it("counts only benign and false positive as benign closings", () => {
    expect(closeReason.options.filter((reason) => isBenignClosing("closed", reason))).toEqual([
      "benign",
      "false-positive",
    ]);
  });
});
