import type { ExceptionDraft } from "#contracts/exception";

type Scope = Pick<ExceptionDraft, "ruleIds"> & Partial<Pick<ExceptionDraft, "ruleTags" | "allRules">>;

/** What an exception needs to know of a rule; a rule that is not loaded any more has no tags. */
export interface ScopedRule {
  readonly id: string;
  readonly tags?: readonly string[];
}

/** Whether an exception applies to a rule: by its id, by one of its tags, or because it applies to all rules. */
export function appliesTo(scope: Scope, rule: ScopedRule): boolean {
  return (
    scope.allRules === true ||
    scope.ruleIds.includes(rule.id) ||
    (scope.ruleTags?.some((tag) => rule.tags?.includes(tag)) ?? false)
  );
}

/** The loaded rules that an exception applies to. */
export function rulesInScope<R extends ScopedRule>(scope: Scope, rules: readonly R[]): readonly R[] {
  return rules.filter((rule) => appliesTo(scope, rule));
}

/** Ids of the rules whose alerts can be hidden, also of rules that are not loaded any more; undefined for all rules. */
export function ruleIdsInScope(scope: Scope, rules: readonly ScopedRule[]): readonly string[] | undefined {
  return scope.allRules === true
    ? undefined
    : [...new Set([...scope.ruleIds, ...rulesInScope(scope, rules).map(({ id }) => id)])];
}
