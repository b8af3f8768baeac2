import { hash } from "node:crypto";
import type { CorrelationPlan } from "./correlation/plan.ts";
import type { SequencePlan } from "./sequence/plan.ts";

/**
 * Names that properties of plans and conditions had when the first fingerprints were stored. They stay part of the
 * fingerprint: with another one a rule would lose its saved state, and rules for first occurrences would raise anew.
 */
const formerNames: ReadonlyMap<string, string> = new Map([
  ["caseInsensitive", "fold"],
  ["alternatives", "instead"],
  ["onMissingKey", "lacking"],
  ["valueKeys", "counted"],
  ["suppression", "hold"],
  ["tumbling", "still"],
  ["metric", "of"],
  ["index", "place"],
  ["min", "least"],
  ["max", "most"],
]);
const formerMissingKey: ReadonlyMap<unknown, string> = new Map([
  ["exclude", "left-out"],
  ["separate", "alone"],
]);

/** Identifies the meaning of a plan: saved state of another version of the rule does not belong to it. */
export function planFingerprint(plan: SequencePlan | CorrelationPlan): string {
  return hash("sha256", JSON.stringify(plan, withFormerNames), "base64url").slice(0, 12);
}

function withFormerNames(name: string, value: unknown): unknown {
  if (name === "lacking") {
    return formerMissingKey.get(value);
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [formerNames.get(key) ?? key, inner]))
    : value;
}
