import { describe, expect, it } from "vitest";
import type { Verdict, VerdictOutcome } from "#contracts/playbook";
import { mayClose } from "./closing.ts";

function verdict(outcome: VerdictOutcome): Verdict {
  return {
    outcome,
    recommendation: outcome === "benign" ? "close" : outcome === "undetermined" ? "continue" : "escalate",
    answered: 0,
    total: 6,
    rule: { number: 1, text: "The row in words." },
    reasons: [],
    flips: [],
  };
}

describe("closing an alert", () => {
  it.each(["benign", "false-positive"] as const)("as %s needs a benign verdict", (reason) => {
    expect(mayClose(verdict("benign"), { reason, note: "" }).ok).toBe(true);
    for (const outcome of ["undetermined", "suspicious", "malicious"] as const) {
      const refused = mayClose(verdict(outcome), { reason, note: "looks fine" });
      expect(refused).toMatchObject({ ok: false, error: { code: "workflow.verdict-not-benign" } });
      expect(refused.ok ? "" : refused.error.message).toContain(`The verdict is ${outcome}: The row in words.`);
    }
  });

  it("against the verdict needs a reason that is not blank", () => {
    expect(mayClose(verdict("suspicious"), { reason: "benign", note: "", override: "  " }).ok).toBe(false);
    expect(mayClose(verdict("suspicious"), { reason: "benign", note: "", override: "Red team exercise 14" })).toEqual({
      ok: true,
      value: { overridden: true },
    });
  });

  it("as a true positive needs a malicious verdict or a reason", () => {
    expect(mayClose(verdict("malicious"), { reason: "true-positive", note: "" }).ok).toBe(true);
    expect(mayClose(verdict("benign"), { reason: "true-positive", note: "" }).ok).toBe(false);
    expect(mayClose(verdict("suspicious"), { reason: "true-positive", note: "", override: "Owner confirmed" }).ok).toBe(
      true,
    );
  });

  it("as a duplicate must name what it repeats, whatever the verdict", () => {
    expect(mayClose(verdict("benign"), { reason: "duplicate", note: " " }).ok).toBe(false);
    expect(mayClose(verdict("undetermined"), { reason: "duplicate", note: "Case 12" }).ok).toBe(true);
  });

  it("with the reason exception is only possible by saving one", () => {
    expect(mayClose(verdict("benign"), { reason: "exception", note: "", override: "please" }).ok).toBe(false);
  });
});
