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
]);

/** Identifies the meaning of a plan: saved state of another version of the rule does not belong to it. */
export function planFingerprint(plan: SequencePlan | CorrelationPlan): string {
  return hash("sha256", JSON.stringify(plan, withFormerNames), "base64url").slice(0, 12);
}

function withFormerNames(_: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [formerNames.get(name) ?? name, inner]))
    : value;
}
