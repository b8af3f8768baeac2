import { describe, expect, it } from "vitest";
import { actionWords, changeText } from "./action-words.ts";

describe("an audit record in words", () => {
  it("says from which status to which, and whether a parent was chosen or given back", () => {
    const told = [
      { action: "alert.transition", before: { status: "open" }, after: { status: "escalated" } },
      { action: "process.parent", before: {}, after: { chosenBy: "robin" } },
      { action: "process.parent", before: { chosenBy: "robin" }, after: {} },
      { action: "rule.disable" },
    ].map(actionWords);
    expect(told).toEqual(["alert open → escalated", "parent chosen", "choice of parent reverted", "rule disabled"]);
  });

  it("names the closing reason, in records of the old shape as well", () => {
    const before = { status: "open", closeReason: undefined };
    const closed = [
      { action: "alert.transition", before, after: { status: "closed", closeReason: "false-positive" } },
      // As exceptions and withdrawn findings were recorded before there was one audit shape.
      { action: "alert.transition", before: { status: "open" }, after: { status: "closed", reason: "exception" } },
      { action: "alert.transition", before, after: { status: "closed" } },
    ].map(actionWords);
    expect(closed).toEqual([
      "alert open → closed (false positive)",
      "alert open → closed (exception)",
      "alert open → closed",
    ]);
  });

  it("says what was proposed, and why it was dismissed", () => {
    const proposal = { kind: "answer", value: "raises", stepId: "capture", rationale: "writes to a share" };
    const exception = { kind: "exception", draft: { name: "Inventory" }, rationale: "ten like this" };
    const told = [
      { action: "proposal.create", before: undefined, after: { proposal } },
      { action: "proposal.create", before: undefined, after: { proposal: exception } },
      { action: "proposal.dismiss", before: { state: "open" }, after: { state: "dismissed", note: "not so" } },
    ].map((record) => [actionWords(record), changeText(record)]);
    expect(told).toEqual([
      ["answer proposed", "raises concern (step capture): writes to a share"],
      ["exception proposed", "Inventory: ten like this"],
      ["proposal dismissed", "not so"],
    ]);
  });

  it("says what changed of a person", () => {
    const told = [
      { before: { role: "viewer" }, after: { role: "analyst", note: "joined the team" } },
      { before: { disabled: false }, after: { disabled: true } },
      { before: { disabled: true }, after: { disabled: false } },
      { before: { name: "Kim" }, after: { name: "Kim Sand" } },
    ].map((change) => actionWords({ action: "person.changed", ...change }));
    expect(told).toEqual(["role viewer → analyst", "person disabled", "person enabled", "person renamed"]);
  });

  it("shows an action that it does not know as it was stored, whatever its values are", () => {
    expect(actionWords({ action: "constructor", before: null, after: 1 })).toBe("constructor");
    expect(actionWords({ action: "alert.transition", before: null, after: [] })).toBe("alert new → unknown");
  });
});
