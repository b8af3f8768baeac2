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
  ruleOf: (id: string) => Rule | undefined = () => undefined,
): readonly Need[] {
  const running = query.groups.filter((_, index) => bound[index]?.condition !== undefined);
  const named = running.map((group) =>
    group.providers.flatMap((provider) => {
      if (provider.field !== RULE_ID || provider.excluded) {
        return [];
      }
      return provider.type === "phrase" ? [provider.value] : provider.type === "phrases" ? provider.values : [];
    }),
  );
  return named.length === 0 || named.some((ids) => ids.length === 0)
    ? [anyRecord(stored.sources)]
    : [...new Set(named.flat().map(String))].flatMap((id) => ruleNeeds(ruleOf(id), stored));
}

/** A rule that is not loaded, or whose events no stored source has, could not have raised an alert. */
function ruleNeeds(rule: Rule | undefined, stored: StoredKinds): readonly Need[] {
  const stages = rule === undefined ? [] : neededEvents(rule);
  return stages.length === 0
    ? [{ kinds: [] }]
    : stages.map(({ condition }) => ({ kinds: needsOf([condition], [], stored).flatMap(({ kinds }) => kinds) }));
}
