import { type Condition, or } from "../../condition/tree.ts";

/** A field whose value the events of a sequence share. With `optional`, no value equals no value. */
export interface JoinKey {
  readonly field: string;
  readonly optional: boolean;
  /** Fields that are asked in turn where `field` has no value: sources name the same thing differently. */
  readonly instead?: readonly string[];
}

export interface SequenceStage {
  readonly condition: Condition;
  /** All stages of a plan have as many keys; the first key of one joins the first of the others, and so on. */
  readonly keys: readonly JoinKey[];
  /** Nothing like this may occur there. */
  readonly missing: boolean;
}

/** Several events that belong together, of whatever rule language. */
export type SequencePlan =
  /** In this order, within `maxspan` milliseconds (inclusive); an event of `until` ends what has begun. */
  | {
      readonly kind: "sequence";
      readonly stages: readonly SequenceStage[];
      readonly maxspan: number | undefined;
      readonly until: SequenceStage | undefined;
    }
  /** In any order, different events; for rules within `window` milliseconds. */
  | { readonly kind: "sample"; readonly stages: readonly SequenceStage[]; readonly window?: number };

/** All stages with the one that ends. */
export function allStages(plan: SequencePlan): readonly SequenceStage[] {
  return plan.kind === "sequence" && plan.until !== undefined ? [...plan.stages, plan.until] : plan.stages;
}

/** What an event has to satisfy to take part in any way. */
export function anyStage(plan: SequencePlan): Condition {
  return or(...new Set(allStages(plan).map(({ condition }) => condition)));
}
