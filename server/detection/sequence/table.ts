import { assertNever } from "../../lib/result.ts";
import type { SequencePlan } from "./plan.ts";
import { addToSample, emptySample, samplesOf } from "./sample.ts";
import { type KeyState, type Member, sizeOf } from "./state.ts";
import { emptyState, expire, passTime, type SequenceShape, shapeOf, step } from "./step.ts";

/**
 * The states of one plan by tuple of join keys, the longest untouched first. Remembers which tuples have changed, how much
 * it holds, and whether events came later than others of the same plan.
 */
export class SequenceTable {
  readonly #plan: SequencePlan;
  readonly #shape: SequenceShape | undefined;
  readonly #states = new Map<string, KeyState>();
  readonly #changed = new Set<string>();
  #size = 0;
  #nextDeadline = Number.POSITIVE_INFINITY;

  constructor(plan: SequencePlan) {
    this.#plan = plan;
    this.#shape = plan.kind === "sequence" ? shapeOf(plan) : undefined;
  }

  /** Members and tuples held: what the limit of memory counts. */
  get size(): number {
    return this.#size;
  }

  /** The earliest time at which something is complete because nothing came. */
  get nextDeadline(): number {
    return this.#nextDeadline;
  }

  /**
   * Takes an event with the stages that it matches by tuple. An event older than what its tuple has seen is left out of a
   * sequence: it cannot be put in order any more. Returns the members of what is complete.
   */
  take(member: Member, matches: ReadonlyMap<string, ReadonlySet<number>>): readonly (readonly Member[])[] {
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

  /** Completes what only waited for an event to stay away until before `time`. */
  passTime(time: number): readonly (readonly Member[])[] {
    const complete: (readonly Member[])[] = [];
    this.#nextDeadline = Number.POSITIVE_INFINITY;
    for (const [tuple, state] of [...this.#states]) {
      if (state.kind === "sequence" && state.awaiting.length > 0) {
        const passed = passTime(state, time);
        complete.push(...passed.complete);
        this.#put(tuple, this.#alive(passed.state, time));
      }
    }
    return complete;
  }

  /** Forgets what cannot be completed any more when time has come to `time`. */
  sweep(time: number): void {
    for (const [tuple, state] of [...this.#states]) {
      const alive = this.#alive(state, time);
      if (alive === undefined || sizeOf(alive) !== sizeOf(state)) {
        this.#put(tuple, alive);
      }
    }
  }

  /** Forgets the tuples that were longest untouched until only `size` is held. Returns how many tuples were given up. */
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

  /** Tuples that have changed since it was last asked, with their state; `undefined` when there is none any more. */
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
        const shape = this.#shape ?? shapeOf(plan);
        const until = plan.until !== undefined && stages.has(plan.stages.length);
        const known = before?.kind === "sequence" ? before : emptyState();
        const stepped = step(shape, known, member, { stages, until });
        return { state: this.#alive(stepped.state, member.time), complete: stepped.complete };
      }
      case "sample": {
        const count = plan.stages.length;
        const known = before?.kind === "sample" ? before : emptySample();
        const state = addToSample({ count, depth: count, window: plan.window }, known, member, stages);
        const complete = samplesOf(count, state, 1);
        // The next sample of these keys needs events of its own.
        return { state: complete.length > 0 ? undefined : state, complete };
      }
      default:
        return assertNever(plan);
    }
  }

  #alive(state: KeyState, time: number): KeyState | undefined {
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
