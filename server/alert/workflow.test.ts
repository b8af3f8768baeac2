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
    expect(checkTransition(from, { to, reason, note: "handed over by the night shift" }).ok).toBe(true);
  });

  it("does not let a closed alert be escalated without reopening it", () => {
    expect(checkTransition("closed", { to: "escalated", note: "x" })).toMatchObject({
      ok: false,
      error: { code: "workflow.invalid-transition", remedy: "From here it can become: open." },
    });
  });

  it("refuses the status that the alert has already", () => {
    expect(checkTransition("acknowledged", request)).toMatchObject({
      ok: false,
      error: { code: "workflow.same-status" },
    });
  });

  it("requires a reason for closing and a note for escalating, and names the field", () => {
    expect(checkTransition("open", { to: "closed", note: "" })).toMatchObject({ error: { at: { field: "reason" } } });
    expect(checkTransition("open", { to: "escalated", note: "  " })).toMatchObject({
      error: { at: { field: "note" } },
    });
    expect(checkTransition("open", { to: "acknowledged", reason: "benign", note: "" })).toMatchObject({
      error: { at: { field: "reason" } },
    });
  });

  it("lets detection and exceptions change no alert that somebody is working on", () => {
    const close = { to: "closed" as const, note: "" };
    for (const from of ["acknowledged", "escalated"] as const) {
      expect(checkTransition(from, { ...close, reason: "duplicate" }, "detection").ok).toBe(false);
      expect(checkTransition(from, { ...close, reason: "exception" }, "exception").ok).toBe(false);
    }
    expect(checkTransition("open", { ...close, reason: "duplicate" }, "detection").ok).toBe(true);
    expect(checkTransition("open", { ...close, reason: "exception" }, "exception").ok).toBe(true);
    expect(checkTransition("closed", { to: "open", note: "" }, "detection").ok).toBe(true);
    expect(checkTransition("closed", { to: "open", note: "" }, "exception").ok).toBe(false);
  });

  it("lets an analyst who saves an exception close open and acknowledged alerts, but no escalated ones", () => {
    expect(nextStatuses("acknowledged", "exception-author")).toEqual(["closed"]);
    expect(nextStatuses("escalated", "exception-author")).toEqual([]);
  });

  it("refuses a closing reason that the actor may not use", () => {
    expect(checkTransition("open", { to: "closed", reason: "benign", note: "" }, "exception")).toMatchObject({
      error: { code: "workflow.reason-not-permitted", at: { field: "reason" } },
    });
  });

  it("permits no transition outside its table, for any actor and request", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...statuses),
        fc.constantFrom(...statuses),
        fc.option(fc.constantFrom(...closeReason.options), { nil: undefined }),
        fc.string(),
        fc.constantFrom("analyst" as const, "detection" as const, "exception" as const, "exception-author" as const),
        (from, to, reason, note, actor) => {
          const allowed = checkTransition(from, { to, reason, note }, actor).ok;
          expect(allowed && !nextStatuses(from, actor).includes(to)).toBe(false);
        },
      ),
    );
  });

  it("lets an analyst leave every status", () => {
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
