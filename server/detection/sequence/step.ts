import type { SequencePlan } from "./plan.ts";
import { type Awaiting, type Member, membersOf, type Pending, type SequenceState } from "./state.ts";

/** What the step needs to know of a plan. Positions count the stages that are not missing. */
export interface SequenceShape {
  readonly maxspan: number | undefined;
  /** Position of each stage, `undefined` for missing ones. */
  readonly positions: readonly (number | undefined)[];
  readonly count: number;
  /** Of each missing stage: behind which position it stands; -1 in front of all. */
  readonly gaps: readonly (number | undefined)[];
  readonly leading: boolean;
  readonly trailing: boolean;
}

/** Which stages an event matches, and whether it ends what has begun. */
export interface Match {
  readonly stages: ReadonlySet<number>;
  readonly until: boolean;
}

export interface Stepped {
  readonly state: SequenceState;
  /** Members of each sequence that is complete now, in the order of the stages. */
  readonly complete: readonly (readonly Member[])[];
}

export function shapeOf(plan: SequencePlan & { readonly kind: "sequence" }): SequenceShape {
  let count = 0;
  const positions: (number | undefined)[] = [];
  const gaps: (number | undefined)[] = [];
  for (const { missing } of plan.stages) {
    positions.push(missing ? undefined : count);
    gaps.push(missing ? count - 1 : undefined);
    count += missing ? 0 : 1;
  }
  return {
    maxspan: plan.maxspan,
    positions,
    gaps,
    count,
    leading: plan.stages[0]?.missing === true,
    trailing: plan.stages.at(-1)?.missing === true,
  };
}

export function emptyState(): SequenceState {
  return { kind: "sequence", pending: [], awaiting: [], absent: undefined, newest: Number.NEGATIVE_INFINITY };
}

/**
 * One event for one tuple of keys; events come in order of time. The semantics are Elasticsearch's: later stages are tried
 * first, then a new sequence opens; one sequence waits per stage, a newer one replaces it; `maxspan` is inclusive; missing
 * events count strictly between the times of their neighbours, in front of the first event and behind the last within
 * `maxspan` of the first, and where both are asked for, a span longer than `maxspan` has to be free; `until` ends what has
 * begun, also by this event, but nothing that is complete.
 */
export function step(shape: SequenceShape, before: SequenceState, member: Member, match: Match): Stepped {
  const { time } = member;
  const passed = passTime(before, time);
  const complete = [...passed.complete];
  let { awaiting } = passed.state;
  let { absent } = before;
  const pending = noteGaps(shape, before.pending, match, time);
  if (matchesGap(shape, match, shape.count - 1)) {
    awaiting = awaiting.filter(({ chain, deadline }) => time <= chain.member.time || time > deadline);
  }
  const finish = (done: Pending): void => {
    const deadline = deadlineOf(shape, done);
    if (deadline === "never") {
      return;
    }
    if (deadline === undefined || deadline <= done.chain.member.time) {
      complete.push(membersOf(done.chain));
    } else {
      awaiting = [...awaiting, { chain: done.chain, deadline }];
    }
  };
  const place = (position: number, moved: Pending): void => {
    if (position === shape.count - 1) {
      finish(moved);
    } else {
      pending[position] = moved;
    }
  };
  for (let stage = shape.positions.length - 1; stage >= 0; stage--) {
    const position = shape.positions[stage];
    if (position === undefined || !match.stages.has(stage)) {
      continue;
    }
    if (position === 0) {
      const leading = absent === undefined || absent.latest < time ? absent?.latest : absent.before;
      place(0, { chain: { member, earlier: undefined }, started: time, spoiled: false, gap: undefined, leading });
      continue;
    }
    const waiting = pending[position - 1];
    if (waiting === undefined) {
      continue;
    }
    pending[position - 1] = undefined;
    if (shape.maxspan === undefined || time - waiting.started <= shape.maxspan) {
      const spoiled = waiting.spoiled || (waiting.gap !== undefined && waiting.gap < time);
      place(position, { ...waiting, chain: { member, earlier: waiting.chain }, spoiled, gap: undefined });
    }
  }
  if (matchesGap(shape, match, -1) && (absent === undefined || time > absent.latest)) {
    absent = { latest: time, before: absent?.latest };
  }
  return {
    state: { kind: "sequence", pending: match.until ? [] : pending, awaiting, absent, newest: time },
    complete,
  };
}

/** Time goes on without an event: what waited only for an event to stay away is complete. */
export function passTime(state: SequenceState, time: number): Stepped {
  const due = state.awaiting.filter(({ deadline }) => deadline < time);
  return due.length === 0
    ? { state, complete: [] }
    : {
        state: { ...state, awaiting: state.awaiting.filter(({ deadline }) => deadline >= time) },
        complete: due.map(({ chain }) => membersOf(chain)),
      };
}

/** What is left of a state when time has gone on; `undefined` when nothing of it can matter any more. */
export function expire(shape: SequenceShape, state: SequenceState, time: number): SequenceState | undefined {
  const { maxspan } = shape;
  const alive = (started: number) => maxspan === undefined || time - started <= maxspan;
  const pending = state.pending.map((waiting) =>
    waiting !== undefined && alive(waiting.started) ? waiting : undefined,
  );
  const absent = state.absent !== undefined && alive(state.absent.latest) ? state.absent : undefined;
  return pending.every((waiting) => waiting === undefined) && state.awaiting.length === 0 && absent === undefined
    ? undefined
    : { ...state, pending, absent };
}

function matchesGap(shape: SequenceShape, match: Match, position: number): boolean {
  return shape.gaps.some((behind, stage) => behind === position && match.stages.has(stage));
}

/** A copy of the waiting sequences, with the time of the first event that has to be missing behind each. */
function noteGaps(
  shape: SequenceShape,
  pending: readonly (Pending | undefined)[],
  match: Match,
  time: number,
): (Pending | undefined)[] {
  return pending.map((waiting, position) =>
    waiting !== undefined &&
    waiting.gap === undefined &&
    time > waiting.chain.member.time &&
    matchesGap(shape, match, position)
      ? { ...waiting, gap: time }
      : waiting,
  );
}

/** Until when an event behind may still spoil it; `undefined`: it counts now; "never": it does not count. */
function deadlineOf(shape: SequenceShape, done: Pending): Awaiting["deadline"] | "never" | undefined {
  const { maxspan = Number.POSITIVE_INFINITY } = shape;
  const { leading, started } = done;
  if (done.spoiled) {
    return "never";
  }
  if (shape.leading && shape.trailing) {
    return leading === undefined ? undefined : leading + maxspan;
  }
  if (shape.leading) {
    return leading === undefined || started - leading > maxspan ? undefined : "never";
  }
  return shape.trailing ? started + maxspan : undefined;
}
