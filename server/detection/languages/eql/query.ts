import type { Condition } from "../../../condition/tree.ts";
import type { JoinKey } from "../../sequence/plan.ts";
import type { Expression } from "./expression.ts";

/** `| head n` keeps the first results, `| tail n` the last; pipes apply in the order of the text. */
export interface Pipe {
  readonly kind: "head" | "tail";
  readonly count: number;
}

/** One event of a query. `C` is the condition, as a syntax tree or compiled. */
export interface EventPattern<C> {
  /** `undefined` for `any`, which includes events without a category. */
  readonly category: string | undefined;
  readonly condition: C;
}

/** An item of a sequence or sample, with its own join keys in addition to the shared ones. */
export interface StagePattern<C> extends EventPattern<C> {
  readonly by: readonly JoinKey[];
  /** A missing event, `![…]`: no such event may occur at this point. */
  readonly missing: boolean;
  /** How many such events are needed in a row. */
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

/** An EQL query with compiled conditions. */
export type EqlQuery = Query<Condition>;
