import type { Rule } from "../../detection/rule.ts";
import type { Playbook } from "../playbook.ts";

/** The playbook that the investigation guide of a rule is compiled to; undefined if the rule has no guide. */
export function guideOfRule(_rule: Rule): Playbook | undefined {
  return undefined;
}

/** The id of the playbook that the guide of a rule is compiled to. */
export function guideId(ruleId: string): string {
  return `guide-${ruleId}`;
}

/** The rule whose guide a playbook with this id is; undefined for other ids. */
export function ruleIdOfGuide(id: string): string | undefined {
  return id.startsWith(guideId("")) ? id.slice(guideId("").length) : undefined;
}
