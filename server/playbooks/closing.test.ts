import { describe, expect, it } from "vitest";
import type { Verdict, VerdictOutcome } from "#contracts/playbook";
import { checkSecondAnalyst, mayClose } from "./closing.ts";

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

  it("against the verdict needs a reason of substance", () => {
    const close = (override: string) => mayClose(verdict("suspicious"), { reason: "benign", note: "", override });
    expect(close("  ")).toMatchObject({ error: { code: "workflow.verdict-not-benign" } });
    for (const override of ["ok", "asdf asdf asdf", "aaaaaaaaaaaaaaaaaaaa", "false positive"]) {
      expect(close(override)).toMatchObject({ error: { code: "workflow.reason-needed", at: { field: "override" } } });
    }
    expect(mayClose(verdict("suspicious"), { reason: "benign", note: "", override: "Red team exercise 14" })).toEqual({
      ok: true,
      value: { overridden: true },
    });
  });

  it("as a true positive needs a malicious verdict or a reason", () => {
    expect(mayClose(verdict("malicious"), { reason: "true-positive", note: "" }).ok).toBe(true);
    expect(mayClose(verdict("benign"), { reason: "true-positive", note: "" }).ok).toBe(false);
    expect(
      mayClose(verdict("suspicious"), { reason: "true-positive", note: "", override: "Owner confirmed it today" }).ok,
    ).toBe(true);
  });

  it("as a duplicate must name what it repeats, whatever the verdict", () => {
    const close = (note: string, duplicateOf?: string) =>
      mayClose(verdict("undetermined"), { reason: "duplicate", note, duplicateOf });
    const why = "The same process, seen by another rule";
    expect(close(why)).toMatchObject({ error: { code: "workflow.duplicate-reference-missing" } });
    expect(close("Case 12", "a1")).toMatchObject({ error: { code: "workflow.reason-needed", at: { field: "note" } } });
    expect(close(why, "a1").ok).toBe(true);
  });

  it("with the reason exception is only possible by saving one", () => {
    expect(mayClose(verdict("benign"), { reason: "exception", note: "", override: "please" }).ok).toBe(false);
  });

  it("as benign takes somebody else than who answered, where the playbook asks for two", () => {
    const refused = { code: "workflow.second-analyst" };
    for (const reason of ["benign", "false-positive"] as const) {
      expect(checkSecondAnalyst(reason, { name: "lena", answeredBy: ["lena"] })).toMatchObject(refused);
      expect(checkSecondAnalyst(reason, { name: "lena", answeredBy: ["omar", "lena"] })).toMatchObject(refused);
      expect(checkSecondAnalyst(reason, { name: "lena", answeredBy: [] })).toMatchObject(refused);
      expect(checkSecondAnalyst(reason, { name: "lena", answeredBy: ["omar"] })).toBeUndefined();
    }
    expect(checkSecondAnalyst("true-positive", { name: "lena", answeredBy: ["lena"] })).toBeUndefined();
    expect(checkSecondAnalyst("duplicate", { name: "lena", answeredBy: [] })).toBeUndefined();
  });
});
