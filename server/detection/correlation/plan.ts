import { type Condition, or } from "../../condition/tree.ts";
import type { JoinKey } from "../sequence/plan.ts";

/**
 * What a rule asks of many events together, beyond an order of stages: how many there are, of how many kinds, whether they
 * are the first of their kind. Elastic's threshold and new terms, its alert suppression and Sigma's correlations are all
 * this. Times are milliseconds.
 */
export interface CorrelationPlan {
  readonly inputs: readonly CorrelationInput[];
  /** The fields that the events of one group share, as the rule's author names them. */
  readonly by: readonly string[];
  /** An event without a value for some field of `by` takes no part, or is a group of its own. */
  readonly lacking: "left-out" | "alone";
  readonly measure: Measure;
}

/** What is counted: events that match a condition, or what another plan finds (a correlation over correlations). */
export type CorrelationInput = {
  /** The rule that this input stands for. */
  readonly rule: { readonly id: string; readonly name: string };
  /** Where the fields of `by` stand in these events, in their order. */
  readonly keys: readonly JoinKey[];
  /** Where the fields stand whose different values are counted: see `Bound`. */
  readonly counted: readonly JoinKey[];
} & (
  | { readonly kind: "events"; readonly condition: Condition }
  | { readonly kind: "findings"; readonly plan: CorrelationPlan }
);

export type Measure =
  /**
   * In some window (inclusive) all bounds hold. For `hold` after that, further events belong to the same finding. Where windows
   * stand `still` they begin at multiples of their length instead of with events; their bounds are from below.
   */
  | {
      readonly kind: "count";
      readonly window: number;
      readonly bounds: readonly Bound[];
      readonly hold?: number;
      readonly still?: true;
    }
  /** In some window (inclusive) the inputs occur one after the other. */
  | { readonly kind: "ordered"; readonly window: number }
  /** Nothing of the group occurred in so long a time before. */
  | { readonly kind: "first"; readonly history: number };

/** A number of events, of inputs that occur, or of different values of a field; both ends inclusive. */
export interface Bound {
  readonly of:
    | { readonly kind: "events" }
    | { readonly kind: "inputs" }
    | { readonly kind: "values"; readonly place: number; readonly field: string };
  readonly least?: number;
  readonly most?: number;
}

/** How far apart the events of one finding can lie, or how far back it looks. */
export function reachOf(measure: Measure): number {
  return measure.kind === "first" ? measure.history : measure.window;
}

/** The plan with all that it counts findings of, each before what counts it. */
export function allPlans(plan: CorrelationPlan): readonly CorrelationPlan[] {
  return [...plan.inputs.flatMap((input) => (input.kind === "findings" ? allPlans(input.plan) : [])), plan];
}

/** All conditions on events with the rules that they stand for. */
export function eventInputs(plan: CorrelationPlan): readonly (CorrelationInput & { readonly kind: "events" })[] {
  return allPlans(plan).flatMap(({ inputs }) => inputs.flatMap((input) => (input.kind === "events" ? [input] : [])));
}

/** What an event has to satisfy to be counted at all. */
export function anyInput(plan: CorrelationPlan): Condition {
  return or(...new Set(eventInputs(plan).map(({ condition }) => condition)));
}
