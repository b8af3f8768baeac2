import { type Condition, or } from "../../condition/tree.ts";

/** A field whose value all events of a sequence share. With `optional` a missing value equals a missing value. */
export interface JoinKey {
  readonly field: string;
  readonly optional: boolean;
  /** Fields to read in turn where `field` has no value: sources have different fields for the same thing. */
  readonly alternatives?: readonly string[];
}

export interface SequenceStage {
  readonly condition: Condition;
  /** All stages of a plan have the same number of keys; the nth key of one joins the nth key of the others. */
  readonly keys: readonly JoinKey[];
  /** A missing event, `![…]`: no such event may occur at this point. */
  readonly missing: boolean;
}

/** Several events that belong together, in any rule language. */
export type SequencePlan =
  /** In this order, within `maxspan` milliseconds (inclusive); an `until` event discards what has begun. */
  | {
      readonly kind: "sequence";
      readonly stages: readonly SequenceStage[];
      readonly maxspan: number | undefined;
      readonly until: SequenceStage | undefined;
    }
  /** Different events in any order; rules have a `window` in milliseconds. */
  | { readonly kind: "sample"; readonly stages: readonly SequenceStage[]; readonly window?: number };

/** All stages, `until` last. */
export function allStages(plan: SequencePlan): readonly SequenceStage[] {
  return plan.kind === "sequence" && plan.until !== undefined ? [...plan.stages, plan.until] : plan.stages;
}

/** The step of each stage, from 1 as in the text of the rule: the runs of one item are one step, `until` is none. */
export function stepsOf({ stages }: SequencePlan): readonly number[] {
  let step = 0;
  return stages.map(({ condition, keys, missing }, index) => {
    const before = stages[index - 1];
    const repeats = before?.condition === condition && before.keys === keys && before.missing === missing;
    step += repeats ? 0 : 1;
    return step;
  });
}

/** The step of each member of a finding, in order: missing events have no member. */
export function stepsOfMembers(plan: SequencePlan): readonly number[] {
  const steps = stepsOf(plan);
  return plan.stages.flatMap(({ missing }, index) => (missing ? [] : (steps[index] ?? [])));
}

/** Matches every event that takes part in a plan. */
export function anyStageCondition(plan: SequencePlan): Condition {
  return or(...new Set(allStages(plan).map(({ condition }) => condition)));
}
