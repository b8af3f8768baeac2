import { describe, expect, it } from "vitest";
import { groupFlips } from "./flips.ts";

describe("what would flip the verdict", () => {
  it("joins the answers of a step that lead to the same outcome and keeps the others apart", () => {
    expect(
      groupFlips([
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
