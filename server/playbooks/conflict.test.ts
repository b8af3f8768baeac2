import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerValue, Suggestion } from "#contracts/playbook";
import { conflictOf, lowersInConflict, mostConcern, reasonNeeded, suggestedOf } from "./conflict.ts";

const values = ["lowers", "not-applicable", "unresolved", "raises"] as const;
const suggestion = (value: AnswerValue, ...because: string[]): Suggestion => ({ value, because, evidence: [] });
const why = "The backup agent does this every night, see ticket 4711";

describe("an answer against the evidence", () => {
  it.each([
    ["lowers", "raises", "against-raises"],
    ["not-applicable", "raises", "against-raises"],
    ["lowers", "unresolved", "without-data"],
    ["not-applicable", "unresolved", "without-data"],
    ["raises", "lowers", "against-lowers"],
    ["raises", "unresolved", undefined],
    ["raises", "raises", undefined],
    ["lowers", "lowers", undefined],
    ["lowers", "not-applicable", undefined],
    ["lowers", undefined, undefined],
    ["raises", undefined, undefined],
  ] as const)("%s where %s is suggested: %s", (value, suggested, conflict) => {
    expect(conflictOf(value, suggested)).toBe(conflict);
  });

  it("is never one that leaves the question unresolved", () => {
    for (const suggested of [...values, undefined]) {
      expect(conflictOf("unresolved", suggested)).toBeUndefined();
    }
  });

  it("blocks a benign verdict only where it lowers concern", () => {
    expect(lowersInConflict("raises", "lowers")).toBe(false);
    expect(lowersInConflict("lowers", "raises")).toBe(true);
    expect(lowersInConflict("not-applicable", "unresolved")).toBe(true);
  });

  it("is refused without a reason of substance, with what was suggested", () => {
    const suggested = { value: "raises", because: ["It reads the memory of LSASS."] } as const;
    for (const note of ["", "ok", "asdf asdf asdf", "2"]) {
      expect(reasonNeeded("lowers", { ...suggested, because: [...suggested.because] }, note)).toMatchObject({
        code: "playbook.reason-needed",
        message: expect.stringContaining("Suggested: raises concern: It reads the memory of LSASS."),
        at: { field: "note" },
        suggested,
      });
    }
    expect(reasonNeeded("lowers", { value: "raises", because: [] }, why)).toBeUndefined();
    expect(reasonNeeded("raises", { value: "raises", because: [] }, "")).toBeUndefined();
    expect(reasonNeeded("lowers", undefined, "")).toBeUndefined();
  });
});

describe("what is kept of a suggestion", () => {
  it("is unresolved where a query has no result, unless something raises concern", () => {
    const missing = ["Logons: no Security log"];
    expect(suggestedOf(undefined, missing)).toEqual({ value: "unresolved", because: missing });
    expect(suggestedOf(suggestion("lowers", "known"), missing)).toEqual({ value: "unresolved", because: missing });
    expect(suggestedOf(suggestion("raises", "seen"), missing)).toEqual({ value: "raises", because: ["seen"] });
    expect(suggestedOf(suggestion("lowers", "known"), [])).toEqual({ value: "lowers", because: ["known"] });
    expect(suggestedOf(undefined, [])).toBeUndefined();
  });

  it("is bounded, and says how much it leaves out", () => {
    const reasons = Array.from({ length: 25 }, (_, index) => `${index} ${"x".repeat(900)}`);
    const kept = suggestedOf(suggestion("raises", ...reasons), []);
    expect(kept?.because).toHaveLength(11);
    expect(kept?.because.at(-1)).toBe("15 more reasons.");
    expect(Math.max(...(kept?.because ?? []).map(({ length }) => length))).toBe(500);
  });

  it("is that of most concern, in whatever order they come", () => {
    const one = fc.option(fc.constantFrom(...values), { nil: undefined });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (drawn) => {
        const all = drawn.map((value) => value && { value, because: [] });
        const most = mostConcern(all)?.value;
        expect(mostConcern(all.toReversed())?.value).toBe(most);
        for (const value of drawn) {
          expect(most === value || !lowersInConflict("lowers", value) || lowersInConflict("lowers", most)).toBe(true);
        }
      }),
    );
  });
});
