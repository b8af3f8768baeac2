import { describe, expect, it } from "vitest";
import { verdictChanges } from "./verdict-changes.ts";

describe("the answers that would change the verdict", () => {
  it("are grouped by step and outcome", () => {
    expect(
      verdictChanges([
        { stepId: "2", to: "raises", outcome: "malicious" },
        { stepId: "2", to: "unresolved", outcome: "suspicious" },
        { stepId: "2", to: "not-applicable", outcome: "suspicious" },
        { stepId: "3", to: "lowers", outcome: "suspicious" },
      ]),
    ).toEqual([
      { stepId: "2", outcome: "malicious", answers: ["raises"] },
      { stepId: "2", outcome: "suspicious", answers: ["unresolved", "not-applicable"] },
      { stepId: "3", outcome: "suspicious", answers: ["lowers"] },
    ]);
  });
});
