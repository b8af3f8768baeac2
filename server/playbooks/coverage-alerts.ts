import { literalsOf } from "../condition/fields.ts";
import type { Rule } from "../detection/rule.ts";
import { neededEvents } from "../detection/rule-events.ts";
import { anyRecord, type Need, needsOf, type StoredKinds } from "./coverage-kinds.ts";
import type { PlaybookQuery } from "./playbook.ts";
import type { BoundGroup } from "./query-condition.ts";

const RULE_ID = "kibana.alert.rule.rule_id";

/**
 * What has to be recorded on a host so that there would be alerts: anything at all, or, for each rule that the query
 * names, one of the kinds of events that it can match; of a sequence one for each stage.
 */
export function alertNeeds(
  query: Pick<PlaybookQuery, "groups">,
  bound: readonly BoundGroup[],
  stored: StoredKinds,
  ruleOf: (id: string) => Rule | undefined,
): readonly Need[] {
  const named = query.groups.flatMap(({ providers }, index) => {
    const condition = bound[index]?.condition;
    const names = providers.some(({ field, excluded }) => field === RULE_ID && !excluded);
    return condition === undefined ? [] : [names ? (literalsOf(condition).get(RULE_ID) ?? []) : []];
  });
  return named.length === 0 || named.some((ids) => ids.length === 0)
    ? [anyRecord(stored.sources)]
    : [...new Set(named.flat())].flatMap((id) => ruleNeeds(ruleOf(id), stored));
}

/** A rule that is not loaded, or whose events no stored source has, could not have raised an alert. */
function ruleNeeds(rule: Rule | undefined, stored: StoredKinds): readonly Need[] {
  const stages = rule === undefined ? [] : neededEvents(rule);
  return stages.length === 0
    ? [{ kinds: [] }]
    : stages.map(({ condition }) => ({ kinds: needsOf([condition], [], stored).flatMap(({ kinds }) => kinds) }));
}
