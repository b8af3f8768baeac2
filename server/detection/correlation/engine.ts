import { compileLazily } from "../../condition/evaluate.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { Rule } from "../rule.ts";
import { createRuleIndex } from "../rule-index.ts";
import { defaultMemory } from "../sequence/engine.ts";
import type { IndexFactory } from "../shared-index.ts";
import { type EventInput, flattenPlan, type GroupMatch, groupsOf } from "./plan-tree.ts";
import { type CorrelationRun, createCorrelationRun } from "./run.ts";

/** The groups of a rule that an event belongs to: a plain value that another thread can compute. */
export interface InputMatch {
  /** The index of the rule in `CorrelationEngine.rules`. */
  readonly rule: number;
  readonly groups: readonly GroupMatch[];
}

/** The conditions of all correlation rules in one index. */
export interface CorrelationEngine {
  readonly rules: readonly Rule[];
  /** What the event matches; most events match nothing. Pure. */
  match(event: Pick<StemmaEvent, "id" | "fields">): readonly InputMatch[];
  /** Resumes from the `saved` rows of an earlier run; rows of other versions of a rule are deleted. */
  start(saved?: Iterable<readonly [string, string]>, options?: { readonly memory?: number }): CorrelationRun;
}

const none: readonly InputMatch[] = [];

/** `createIndex` selects the conditions to test on an event; the matches are the same with any index. */
export function createCorrelationEngine(
  rules: readonly Rule[],
  createIndex: IndexFactory = createRuleIndex,
): CorrelationEngine {
  const correlationRules = rules.flatMap((rule) =>
    rule.body.kind === "correlation" ? [flattenPlan(rule, rule.body.plan)] : [],
  );
  const conditions = correlationRules.flatMap(({ eventInputs }, rule) =>
    eventInputs.map((eventInput) => {
      const { condition } = eventInput.input;
      return { rule, eventInput, condition, matches: compileLazily(condition) };
    }),
  );
  const candidates = createIndex(conditions.map(({ condition }) => condition));
  return {
    rules: correlationRules.map(({ rule }) => rule),
    match(event) {
      const positions = candidates(event.fields);
      if (positions.length === 0) {
        return none;
      }
      const matched = new Map<number, EventInput[]>();
      for (const position of positions) {
        const candidate = conditions[position];
        if (candidate?.matches(event.fields)) {
          matched.getOrInsertComputed(candidate.rule, (): EventInput[] => []).push(candidate.eventInput);
        }
      }
      return matched.size === 0
        ? none
        : [...matched].map(([rule, inputs]) => ({
            rule,
            groups: groupsOf(event, correlationRules[rule]?.nodes ?? [], inputs),
          }));
    },
    start: (saved = [], { memory = defaultMemory } = {}) => createCorrelationRun(correlationRules, saved, memory),
  };
}
