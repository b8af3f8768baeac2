import { assertNever } from "../../lib/result.ts";
import type { SequencePlan } from "./plan.ts";
import { addToSample, emptySample, samplesOf } from "./sample.ts";
import { type KeyState, type Member, sizeOf } from "./state.ts";
import { advanceTime, applyEvent, emptyState, expire, layoutOf, type StageLayout } from "./step.ts";

/** The states of one plan by tuple of join keys, least recently used first. Tracks changed tuples and the size held. */
export class SequenceTable {
  readonly #plan: SequencePlan;
  readonly #shape: StageLayout | undefined;
  readonly #states = new Map<string, KeyState>();
  readonly #changed = new Set<string>();
  #size = 0;
  #nextDeadline = Number.POSITIVE_INFINITY;

  constructor(plan: SequencePlan) {
    this.#plan = plan;
    this.#shape = plan.kind === "sequence" ? layoutOf(plan) : undefined;
  }

  /** Members and tuples held, as counted by the memory limit. */
  get size(): number {
    return this.#size;
  }

  /** The earliest time at which a sequence is complete without a further event. */
  get nextDeadline(): number {
    return this.#nextDeadline;
  }

  /**
   * Applies an event with the stages it matches by tuple, and returns the members of what it completes. In a sequence
   * an event older than the newest of its tuple is skipped: the second pass gets it in order.
   */
  apply(member: Member, matches: ReadonlyMap<string, ReadonlySet<number>>): readonly (readonly Member[])[] {
    const complete: (readonly Member[])[] = [];
    for (const [tuple, stages] of matches) {
      const before = this.#states.get(tuple);
      if (before !== undefined && this.#plan.kind === "sequence" && member.time < before.newest) {
        continue;
      }
      const after = this.#next(before, member, stages);
      complete.push(...after.complete);
      this.#put(tuple, after.state);
    }
    return complete;
  }

  /** Completes the sequences whose wait for a missing event ended before `time`. */
  advanceTime(time: number): readonly (readonly Member[])[] {
    const complete: (readonly Member[])[] = [];
    this.#nextDeadline = Number.POSITIVE_INFINITY;
    for (const [tuple, state] of [...this.#states]) {
      if (state.kind === "sequence" && state.awaiting.length > 0) {
        const advanced = advanceTime(state, time);
        complete.push(...advanced.complete);
        this.#put(tuple, this.#unexpired(advanced.state, time));
      }
    }
    return complete;
  }

  /** Drops state that cannot be completed any more at `time`. */
  dropExpired(time: number): void {
    for (const [tuple, state] of [...this.#states]) {
      const left = this.#unexpired(state, time);
      if (left === undefined || sizeOf(left) !== sizeOf(state)) {
        this.#put(tuple, left);
      }
    }
  }

  /** Evicts the least recently used tuples until at most `size` is held; returns how many. */
  evict(size: number): number {
    let evicted = 0;
    for (const tuple of this.#states.keys()) {
      if (this.#size <= size) {
        break;
      }
      this.#put(tuple, undefined);
      evicted++;
    }
    return evicted;
  }

  load(tuple: string, state: KeyState): void {
    this.#put(tuple, state);
    this.#changed.delete(tuple);
  }

  /** The tuples changed since the last call with their state; `undefined` for a dropped one. */
  changes(): ReadonlyMap<string, KeyState | undefined> {
    const changes = new Map([...this.#changed].map((tuple) => [tuple, this.#states.get(tuple)]));
    this.#changed.clear();
    return changes;
  }

  states(): Iterable<readonly [tuple: string, state: KeyState]> {
    return this.#states;
  }

  has(tuple: string): boolean {
    return this.#states.has(tuple);
  }

  #next(
    before: KeyState | undefined,
    member: Member,
    stages: ReadonlySet<number>,
  ): { readonly state: KeyState | undefined; readonly complete: readonly (readonly Member[])[] } {
    const plan = this.#plan;
    switch (plan.kind) {
      case "sequence": {
        const layout = this.#shape ?? layoutOf(plan);
        const until = plan.until !== undefined && stages.has(plan.stages.length);
        const state = before?.kind === "sequence" ? before : emptyState();
        const result = applyEvent(layout, state, member, { stages, until });
        return { state: this.#unexpired(result.state, member.time), complete: result.complete };
      }
      case "sample": {
        const count = plan.stages.length;
        const earlier = before?.kind === "sample" ? before : emptySample();
        const state = addToSample({ count, depth: count, window: plan.window }, earlier, member, stages);
        const complete = samplesOf(count, state, 1);
        // The next sample of these keys needs other events.
        return { state: complete.length > 0 ? undefined : state, complete };
      }
      default:
        return assertNever(plan);
    }
  }

  #unexpired(state: KeyState, time: number): KeyState | undefined {
    if (state.kind === "sequence") {
      return this.#shape === undefined ? undefined : expire(this.#shape, state, time);
    }
    const window = this.#plan.kind === "sample" ? this.#plan.window : undefined;
    return window === undefined || time - state.newest <= window ? state : undefined;
  }

  #put(tuple: string, state: KeyState | undefined): void {
    const before = this.#states.get(tuple);
    if (before === undefined && state === undefined) {
      return;
    }
    this.#size -= before === undefined ? 0 : sizeOf(before);
    this.#states.delete(tuple);
    this.#changed.add(tuple);
    if (state !== undefined) {
      this.#size += sizeOf(state);
      this.#states.set(tuple, state);
      if (state.kind === "sequence") {
        for (const { deadline } of state.awaiting) {
          this.#nextDeadline = Math.min(this.#nextDeadline, deadline);
        }
      }
    }
  }
}
