import { type Condition, or } from "../../condition/tree.ts";
import type { JoinKey } from "../sequence/plan.ts";

/**
 * What a rule asks of many events together, other than a sequence: how many there are, how many different ones, or
 * whether one is the first of its kind. Elastic's threshold and new terms rules, its alert suppression, and Sigma's
 * correlations compile to this. Times are in milliseconds. See docs/decisions/0013.
 */
export interface CorrelationPlan {
  readonly inputs: readonly CorrelationInput[];
  /** The group-by fields, as the rule names them. */
  readonly by: readonly string[];
  /** An event without a value for a group-by field is excluded, or forms a group alone. */
  readonly onMissingKey: "exclude" | "separate";
  readonly measure: Measure;
}

/** What is counted: events that match a condition, or findings of another plan (a correlation of correlations). */
export type CorrelationInput = {
  /** The rule that the input comes from. */
  readonly rule: { readonly id: string; readonly name: string };
  /** The event fields for the group-by fields, in their order. */
  readonly keys: readonly JoinKey[];
  /** The event fields whose different values are counted; a `Bound` refers to them by index. */
  readonly valueKeys: readonly JoinKey[];
} & (
  | { readonly kind: "events"; readonly condition: Condition }
  | { readonly kind: "findings"; readonly plan: CorrelationPlan }
);

export type Measure =
  /**
   * All bounds hold within a window (inclusive). For the time of `suppression` after that, further events belong to the
   * same finding. Windows start with an event; `tumbling` windows start at multiples of their length and have only
   * lower bounds.
   */
  | {
      readonly kind: "count";
      readonly window: number;
      readonly bounds: readonly Bound[];
      readonly suppression?: number;
      readonly tumbling?: true;
    }
  /** The inputs occur in order within a window (inclusive). */
  | { readonly kind: "ordered"; readonly window: number }
  /** Nothing in the group occurred for the time of `history` before. */
  | { readonly kind: "first"; readonly history: number };

/** Limits, both inclusive, on the number of events, of inputs that occur, or of different values of a field. */
export interface Bound {
  readonly metric:
    | { readonly kind: "events" }
    | { readonly kind: "inputs" }
    | { readonly kind: "values"; readonly index: number; readonly field: string };
  readonly min?: number;
  readonly max?: number;
}

/** The longest time between the events of one finding, or the time that it looks back. */
export function timeSpanOf(measure: Measure): number {
  return measure.kind === "first" ? measure.history : measure.window;
}

/** The plan with all plans whose findings it counts, each before the plan that counts it. */
export function allPlans(plan: CorrelationPlan): readonly CorrelationPlan[] {
  return [...plan.inputs.flatMap((input) => (input.kind === "findings" ? allPlans(input.plan) : [])), plan];
}

/** All inputs that are events, of the plan and of the plans that it counts. */
export function eventInputs(plan: CorrelationPlan): readonly (CorrelationInput & { readonly kind: "events" })[] {
  return allPlans(plan).flatMap(({ inputs }) => inputs.flatMap((input) => (input.kind === "events" ? [input] : [])));
}

/** Matches every event that is counted. */
export function anyInputCondition(plan: CorrelationPlan): Condition {
  return or(...new Set(eventInputs(plan).map(({ condition }) => condition)));
}
