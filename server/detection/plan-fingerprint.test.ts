import { describe, expect, it } from "vitest";
import { equals } from "../condition/tree.ts";
import { planFingerprint } from "./plan-fingerprint.ts";
import type { SequencePlan } from "./sequence/plan.ts";

function planFor(name: string): SequencePlan {
  const keys = [{ field: "host.id", optional: true }];
  const stage = { condition: equals("process.name", name, { caseInsensitive: true }), keys, missing: false };
  return { kind: "sequence", stages: [stage, stage], maxspan: 5000, until: undefined };
}

describe("the fingerprint of a plan", () => {
  it("stays what it was when the first databases were written", () => {
    expect(planFingerprint(planFor("cmd.exe"))).toBe("ZGKEmb1RaZaG");
  });

  it("differs for plans with another meaning", () => {
    expect(planFingerprint(planFor("cmd.exe"))).not.toBe(planFingerprint(planFor("wmic.exe")));
  });
});
