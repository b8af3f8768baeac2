import { describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import type { Breadth } from "#contracts/exception-breadth";
import { type Gate, type GatedRun, type GateRequest, gate } from "./gate.ts";

const draft: ExceptionDraft = {
  name: "Inventory",
  reason: "known",
  ruleIds: [],
  ruleTags: ["Data Source: Sysmon"],
  entries: [{ type: "match", field: "user.name", value: "svc", operator: "included", case: "insensitive" }],
  mode: "enforced",
};

const run: GatedRun = {
  token: "seen",
  breadth: { score: 5, level: "narrow", reasons: [] },
  notes: [],
  red: 0,
};

const broad: Breadth = { score: 40, level: "broad", reasons: [] };
const substance = "The owners of the service confirmed it";

function pass(
  result: Partial<GatedRun>,
  request: Partial<GateRequest> = {},
  change: Partial<ExceptionDraft> = {},
): Gate {
  const asked = { draft: { ...draft, ...change }, token: "seen", now: 0, policy: "reason" as const, ...request };
  return gate(asked, [], { ...run, ...result });
}

const codeOf = (outcome: Gate) => (outcome.kind === "refused" ? outcome.problem.code : outcome.kind);

describe("the gate", () => {
  it("lets a narrow draft pass whose dry run was seen", () => {
    expect(pass({})).toEqual({ kind: "ok" });
    expect(codeOf(pass({ token: "another" }))).toBe("exception.dry-run-stale");
  });

  it.each([
    ["refuse", "exception.too-broad", "exception.too-broad"],
    ["reason", "exception.breadth-reason-missing", "ok"],
    ["second-person", "exception.breadth-reason-missing", "needs-second-person"],
  ] as const)("asks of a broad draft what the policy %s says", (policy, without, withReason) => {
    expect(codeOf(pass({ breadth: broad }, { policy }))).toBe(without);
    expect(codeOf(pass({ breadth: broad }, { policy }, { breadthReason: substance }))).toBe(withReason);
    const shadow = { mode: "shadow", breadthReason: substance } as const;
    expect(codeOf(pass({ breadth: broad }, { policy }, shadow))).toBe("ok");
  });

  it("asks for a second person for alerts judged malicious under every policy, and for a reason of substance", () => {
    expect(codeOf(pass({ red: 2 }))).toBe("exception.hides-malicious");
    expect(codeOf(pass({ red: 2 }, { overrideReason: "ok" }))).toBe("exception.hides-malicious");
    expect(pass({ red: 2 }, { overrideReason: substance })).toEqual({
      kind: "needs-second-person",
      reasons: ["It would hide 2 alerts judged malicious."],
    });
    expect(codeOf(pass({ red: 2 }, {}, { mode: "shadow" }))).toBe("ok");
  });

  it("names all reasons, and lets the second person pass", () => {
    const asked = { policy: "second-person", overrideReason: substance } as const;
    const both = { breadth: broad, red: 2 };
    const waiting = pass(both, asked, { breadthReason: substance });
    expect(waiting.kind === "needs-second-person" && waiting.reasons).toHaveLength(2);
    const second = { policy: "second-person", bySecondPerson: true } as const;
    expect(codeOf(pass(both, second, { breadthReason: substance }))).toBe("ok");
  });

  it("lets nobody pass with a draft that is too broad, expired, or meant in another way", () => {
    const refused: Breadth = { score: 100, level: "refused", reasons: [] };
    const note = { field: "entries.0.value", weight: "error", text: "Write it so." } as const;
    for (const bySecondPerson of [true, false]) {
      expect(codeOf(pass({ breadth: refused }, { bySecondPerson }))).toBe("exception.too-broad");
      expect(codeOf(pass({ notes: [note] }, { bySecondPerson }))).toBe("exception.draft-invalid");
      expect(codeOf(pass({}, { bySecondPerson, now: 1 }, { expires: "1970-01-01T00:00:00Z" }))).toBe(
        "exception.expired",
      );
    }
    expect(pass({ notes: [note] })).toMatchObject({ problem: { at: { field: "draft.entries.0.value" } } });
    expect(pass({ notes: [{ ...note, weight: "warning" }] })).toEqual({ kind: "ok" });
  });
});
