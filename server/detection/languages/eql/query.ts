import type { Condition } from "../../../condition/tree.ts";
import type { JoinKey } from "../../sequence/plan.ts";
import type { Expression } from "./expression.ts";

/** `| head n` keeps the first results, `| tail n` the last; applied in the order of the text. */
export interface Pipe {
  readonly kind: "head" | "tail";
  readonly count: number;
}

/** One event that is asked for. `C` is the condition: as it was written, or with its meaning. */
export interface EventPattern<C> {
  /** Absent for `any`, which also finds events without a category. */
  readonly category: string | undefined;
  readonly condition: C;
}

/** An item of a sequence or sample, with its own join keys behind the shared ones. */
export interface StagePattern<C> extends EventPattern<C> {
  readonly by: readonly JoinKey[];
  /** `![…]`: no such event may occur there. */
  readonly missing: boolean;
  /** So many of them in a row. */
  readonly runs: number;
}

export interface EventQuery<C> extends EventPattern<C> {
  readonly kind: "event";
  readonly pipes: readonly Pipe[];
}

export interface SequenceQuery<C> {
  readonly kind: "sequence";
  readonly by: readonly JoinKey[];
  /** Milliseconds from the first event to the last, inclusive. */
  readonly maxspan: number | undefined;
  readonly stages: readonly StagePattern<C>[];
  readonly until: StagePattern<C> | undefined;
  readonly pipes: readonly Pipe[];
}

export interface SampleQuery<C> {
  readonly kind: "sample";
  readonly by: readonly JoinKey[];
  readonly stages: readonly StagePattern<C>[];
  readonly pipes: readonly Pipe[];
}

export type Query<C> = EventQuery<C> | SequenceQuery<C> | SampleQuery<C>;
export type ParsedQuery = Query<Expression>;

/** An EQL query with its meaning. */
export type EqlQuery = Query<Condition>;
