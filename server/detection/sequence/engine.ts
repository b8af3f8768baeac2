import type { Fields } from "#contracts/event";
import { compileLazily } from "../../condition/evaluate.ts";
import { planFingerprint } from "../plan-fingerprint.ts";
import type { Rule } from "../rule.ts";
import { createRuleIndex } from "../rule-index.ts";
import type { IndexFactory } from "../shared-index.ts";
import { groupStages } from "./find.ts";
import { tuplesOf } from "./join.ts";
import { allStages } from "./plan.ts";
import { type SequenceRun, startRun } from "./run.ts";

/** Members and join keys that all rules together can hold; about 200 bytes each. */
export const defaultMemory = 300_000;

/** The stages of a rule that an event matches, by tuple of join keys: a plain value that another thread can compute. */
export interface StageMatch {
  /** The index of the rule in `SequenceEngine.rules`. */
  readonly rule: number;
  readonly tuples: readonly (readonly [tuple: string, stages: readonly number[]])[];
}

/** The stages of all sequence rules in one index, so that each event is tested against those that it can match. */
export interface SequenceEngine {
  readonly rules: readonly Rule[];
  /** What the event matches; most events match nothing. Pure. */
  match(fields: Fields): readonly StageMatch[];
  /** Resumes from the `saved` rows of an earlier run; rows of other rules and other versions of a rule are ignored. */
  start(saved?: Iterable<readonly [string, string]>, options?: { readonly memory?: number }): SequenceRun;
  /** An engine for some of the rules. */
  restrictTo(rules: readonly Rule[]): SequenceEngine;
}

const none: readonly StageMatch[] = [];

/** `createIndex` selects the stages to test on an event; the matches are the same with any index. */
export function createSequenceEngine(
  rules: readonly Rule[],
  createIndex: IndexFactory = createRuleIndex,
): SequenceEngine {
  const sequenceRules = rules.flatMap((rule) =>
    rule.body.kind === "sequence" ? [{ rule, plan: rule.body.plan }] : [],
  );
  const groups = sequenceRules.flatMap(({ plan }, rule) =>
    groupStages(allStages(plan)).map((group) => ({ ...group, rule, matches: compileLazily(group.condition) })),
  );
  const candidates = createIndex(groups.map(({ condition }) => condition));
  return {
    rules: sequenceRules.map(({ rule }) => rule),
    match(fields) {
      const positions = candidates(fields);
      if (positions.length === 0) {
        return none;
      }
      const matched = new Map<number, Map<string, number[]>>();
      for (const position of positions) {
        const group = groups[position];
        if (group?.matches(fields)) {
          for (const tuple of tuplesOf(fields, group.keys)) {
            const tuples = matched.getOrInsertComputed(group.rule, () => new Map<string, number[]>());
            tuples.getOrInsertComputed(tuple, (): number[] => []).push(...group.stages);
          }
        }
      }
      return matched.size === 0 ? none : [...matched].map(([rule, tuples]) => ({ rule, tuples: [...tuples] }));
    },
    restrictTo: (some) => createSequenceEngine(some, createIndex),
    start: (saved = [], { memory = defaultMemory } = {}) =>
      startRun(
        sequenceRules.map(({ rule, plan }) => ({
          rule,
          plan,
          scope: JSON.stringify([rule.id, planFingerprint(plan)]),
        })),
        saved,
        memory,
      ),
  };
}
