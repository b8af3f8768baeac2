import { describe, expect, it } from "vitest";
import { clearsNothing, splitImplication } from "./implication.ts";

describe("the implication of a step", () => {
  it.each([
    ["escalate when A; lower concern when B.", ["escalate when A"], ["lower concern when B."], []],
    ["Broaden scope when A; keep the case local when B", ["Broaden scope when A"], ["keep the case local when B"], []],
    ["more suspicious if A; less suspicious if B", ["more suspicious if A"], ["less suspicious if B"], []],
    ["concern rises when A; narrow when B", ["concern rises when A"], ["narrow when B"], []],
    [
      "escalate when `a;b` (c; d) holds; close only when B",
      ["escalate when `a;b` (c; d) holds"],
      ["close only when B"],
      [],
    ],
    [
      "escalate when A; signed binaries reduce masquerade concern but do not clear the rest",
      ["escalate when A"],
      ["signed binaries reduce masquerade concern but do not clear the rest"],
      [],
    ],
    [
      "escalate when A; lower concern when B. Missing telemetry is unresolved, not benign.",
      ["escalate when A"],
      ["lower concern when B."],
      ["Missing telemetry is unresolved, not benign."],
    ],
    [
      "treat failed lookups as unresolved, not benign. Lower suspicion only when B",
      [],
      ["Lower suspicion only when B"],
      ["treat failed lookups as unresolved, not benign."],
    ],
  ])("%s", (text, raises, lowers, rest) => {
    expect(splitImplication(text)).toEqual({ raises, lowers, rest });
  });

  it("stays in one piece where no part tells", () => {
    const text = "the answer depends on the role; ask the owner. Missing data proves nothing.";
    expect(splitImplication(text)).toEqual({ raises: [], lowers: [], rest: [text] });
  });

  it("says when what lowers concern outweighs nothing", () => {
    expect(clearsNothing(["a signature reduces concern but does not clear the command"])).toBe(true);
    expect(clearsNothing(["lower concern when it recurs"])).toBe(false);
  });
});
