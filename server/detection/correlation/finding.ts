import { derivedId } from "../../lib/plain-id.ts";
import type { Rule } from "../rule.ts";
import type { Member } from "../sequence/state.ts";
import type { GroupFinding } from "./measure.ts";
import type { Occurrence } from "./occurrence.ts";
import type { CorrelationPlan } from "./plan.ts";

/** Events of a finding that are listed; all are counted. */
export const maximumMembers = 100;

/** A finding of a rule in one group. */
export interface CorrelationFinding {
  readonly rule: Rule;
  readonly plan: CorrelationPlan;
  /** Derived from the rule, the group and the time slot in which the finding starts. */
  readonly id: string;
  /** The group-by values, encoded as for `valuesOfTuple`. */
  readonly tuple: string;
  readonly finding: GroupFinding;
}

export function findingId(ruleId: string, tuple: string, slot: number): string {
  return derivedId(["correlation", ruleId, tuple, String(slot)].join("\u0000"));
}

/** The occurrence that completed the finding. */
export function completingOccurrence({ occurrences, completedAt }: GroupFinding): Occurrence | undefined {
  return occurrences[completedAt];
}

/** The listed events of a finding in time order: the first ones, and the one that completed it. */
export function membersOf({ occurrences, completedAt }: GroupFinding): readonly Member[] {
  const listed =
    occurrences.length <= maximumMembers
      ? occurrences
      : [...occurrences.slice(0, maximumMembers - 1), occurrences[Math.max(completedAt, maximumMembers - 1)]];
  const members = new Map<string, Member>();
  for (const occurrence of listed) {
    for (const { id, time } of occurrence === undefined ? [] : (occurrence.members ?? [occurrence])) {
      if (members.size < maximumMembers || occurrence === listed.at(-1)) {
        members.set(id, { id, time });
      }
    }
  }
  return [...members.values()].sort((left, right) => left.time - right.time);
}
