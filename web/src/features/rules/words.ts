import type { Location } from "#contracts/problem";
import type { RuleQuery } from "#contracts/rule";

/** The states of a rule. */
export const stateLabels = {
  runs: "Active",
  "turned off": "Disabled",
  "not evaluable": "Not evaluable",
} as const satisfies Record<RuleQuery["state"][number], string>;

/** A duration as rules write it: `2m`, `90s`, `1h 30m`. Takes milliseconds. */
export function spanInWords(milliseconds: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ] as const;
  let rest = milliseconds;
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) {
      parts.push(`${count}${unit}`);
      rest -= count * size;
    }
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/** `file:line:column`, which editors and terminals can open. */
export function withPlace(file: string, at: Location | undefined): string {
  return at?.line === undefined ? file : `${file}:${at.line}:${at.column ?? 1}`;
}

interface Text {
  readonly ruleId: string;
  readonly hash: string;
}

/** URL of the comparison of two rule versions. */
export function compareUrl(left: Text, right: Text): string {
  const search = new URLSearchParams({
    leftRule: left.ruleId,
    left: left.hash,
    rightRule: right.ruleId,
    right: right.hash,
  });
  return `/rules/compare?${search}`;
}
