import type { SequencePlan } from "./plan.ts";
import { type Awaiting, type Member, membersOf, type Pending, type SequenceState } from "./state.ts";

/** The parts of a plan that a step needs. Positions number the stages that are not missing events. */
export interface StageLayout {
  readonly maxspan: number | undefined;
  /** The position of each stage; `undefined` for missing events. */
  readonly positions: readonly (number | undefined)[];
  readonly memberCount: number;
  /** Of each missing event the position that it follows: -1 at the start; `undefined` for other stages. */
  readonly missingAfter: readonly (number | undefined)[];
  readonly startsWithMissing: boolean;
  readonly endsWithMissing: boolean;
}

/** The stages that an event matches, and whether it matches `until`. */
export interface MatchedStages {
  readonly stages: ReadonlySet<number>;
  readonly until: boolean;
}

export interface StepResult {
  readonly state: SequenceState;
  /** The members of each sequence that is now complete, in stage order. */
  readonly complete: readonly (readonly Member[])[];
}

export function layoutOf(plan: SequencePlan & { readonly kind: "sequence" }): StageLayout {
  let memberCount = 0;
  const positions: (number | undefined)[] = [];
  const missingAfter: (number | undefined)[] = [];
  for (const { missing } of plan.stages) {
    positions.push(missing ? undefined : memberCount);
    missingAfter.push(missing ? memberCount - 1 : undefined);
    memberCount += missing ? 0 : 1;
  }
  return {
    maxspan: plan.maxspan,
    positions,
    missingAfter,
    memberCount,
    startsWithMissing: plan.stages[0]?.missing === true,
    endsWithMissing: plan.stages.at(-1)?.missing === true,
  };
}

export function emptyState(): SequenceState {
  return { kind: "sequence", pending: [], awaiting: [], leadingForbidden: undefined, newest: Number.NEGATIVE_INFINITY };
}

/**
 * Applies one event to the state of one tuple of join keys; events come in time order. The semantics are those of
 * Elasticsearch:
 *
 * - Later stages are tried first, then a new sequence begins. One sequence waits per stage; a newer one replaces it.
 * - `maxspan` is inclusive.
 * - A missing event between two members must not occur strictly between their times. At the start or the end it must
 *   not occur within `maxspan` of the first member; at both ends a span longer than `maxspan` must be free of it.
 * - `until` discards what has begun, also by this event, but nothing that is complete.
 *
 * See docs/decisions/0010.
 */
export function applyEvent(
  layout: StageLayout,
  before: SequenceState,
  member: Member,
  matched: MatchedStages,
): StepResult {
  const { time } = member;
  const advanced = advanceTime(before, time);
  const complete = [...advanced.complete];
  let { awaiting } = advanced.state;
  if (matchesMissing(layout, matched, layout.memberCount - 1)) {
    awaiting = awaiting.filter(({ chain, deadline }) => time <= chain.member.time || time > deadline);
  }
  const pending = noteForbidden(layout, before.pending, matched, time);
  const finished = advanceStages(layout, pending, before.leadingForbidden, member, matched);
  const outcome = finished === undefined ? undefined : outcomeOf(layout, finished);
  if (finished !== undefined && outcome === "complete") {
    complete.push(membersOf(finished.chain));
  } else if (finished !== undefined && typeof outcome === "number") {
    awaiting = [...awaiting, { chain: finished.chain, deadline: outcome }];
  }
  return {
    state: {
      kind: "sequence",
      pending: matched.until ? [] : pending,
      awaiting,
      leadingForbidden: noteLeadingForbidden(layout, before.leadingForbidden, matched, time),
      newest: time,
    },
    complete,
  };
}

/** Moves the sequences of `pending` to the stages that the event matches; returns one that has all its members. */
function advanceStages(
  layout: StageLayout,
  pending: (Pending | undefined)[],
  leadingForbidden: SequenceState["leadingForbidden"],
  member: Member,
  matched: MatchedStages,
): Pending | undefined {
  let finished: Pending | undefined;
  for (let stage = layout.positions.length - 1; stage >= 0; stage--) {
    const position = layout.positions[stage];
    if (position === undefined || !matched.stages.has(stage)) {
      continue;
    }
    const waiting = pending[position - 1];
    if (waiting !== undefined) {
      pending[position - 1] = undefined;
    }
    const moved = position === 0 ? begin(member, leadingForbidden) : waiting && extend(layout, waiting, member);
    if (moved !== undefined && position === layout.memberCount - 1) {
      finished = moved;
    } else if (moved !== undefined) {
      pending[position] = moved;
    }
  }
  return finished;
}

function begin(member: Member, leadingForbidden: SequenceState["leadingForbidden"]): Pending {
  const { time } = member;
  const isEarlier = leadingForbidden === undefined || leadingForbidden.latest < time;
  return {
    chain: { member, earlier: undefined },
    started: time,
    violated: false,
    forbiddenAt: undefined,
    leadingForbiddenAt: isEarlier ? leadingForbidden?.latest : leadingForbidden.previous,
  };
}

/** `undefined` when the event is too late for the sequence. */
function extend({ maxspan }: StageLayout, waiting: Pending, member: Member): Pending | undefined {
  if (maxspan !== undefined && member.time - waiting.started > maxspan) {
    return undefined;
  }
  const violated = waiting.violated || (waiting.forbiddenAt !== undefined && waiting.forbiddenAt < member.time);
  return { ...waiting, chain: { member, earlier: waiting.chain }, violated, forbiddenAt: undefined };
}

/** Advances time without an event: completes the sequences that only waited for a missing event. */
export function advanceTime(state: SequenceState, time: number): StepResult {
  const due = state.awaiting.filter(({ deadline }) => deadline < time);
  return due.length === 0
    ? { state, complete: [] }
    : {
        state: { ...state, awaiting: state.awaiting.filter(({ deadline }) => deadline >= time) },
        complete: due.map(({ chain }) => membersOf(chain)),
      };
}

/** Drops the parts of a state that can no longer matter at `time`; `undefined` when nothing is left. */
export function expire(layout: StageLayout, state: SequenceState, time: number): SequenceState | undefined {
  const { maxspan } = layout;
  const isAlive = (started: number) => maxspan === undefined || time - started <= maxspan;
  const pending = state.pending.map((waiting) =>
    waiting !== undefined && isAlive(waiting.started) ? waiting : undefined,
  );
  const leadingForbidden =
    state.leadingForbidden !== undefined && isAlive(state.leadingForbidden.latest) ? state.leadingForbidden : undefined;
  const isEmpty = pending.every((waiting) => waiting === undefined) && state.awaiting.length === 0;
  return isEmpty && leadingForbidden === undefined ? undefined : { ...state, pending, leadingForbidden };
}

/** Whether the event matches a missing event that follows the position. */
function matchesMissing(layout: StageLayout, matched: MatchedStages, position: number): boolean {
  return layout.missingAfter.some((after, stage) => after === position && matched.stages.has(stage));
}

/** A copy of the waiting sequences; each has the time of the first forbidden event after its last member. */
function noteForbidden(
  layout: StageLayout,
  pending: readonly (Pending | undefined)[],
  matched: MatchedStages,
  time: number,
): (Pending | undefined)[] {
  return pending.map((waiting, position) =>
    waiting !== undefined &&
    waiting.forbiddenAt === undefined &&
    time > waiting.chain.member.time &&
    matchesMissing(layout, matched, position)
      ? { ...waiting, forbiddenAt: time }
      : waiting,
  );
}

function noteLeadingForbidden(
  layout: StageLayout,
  before: SequenceState["leadingForbidden"],
  matched: MatchedStages,
  time: number,
): SequenceState["leadingForbidden"] {
  return matchesMissing(layout, matched, -1) && (before === undefined || time > before.latest)
    ? { latest: time, previous: before?.latest }
    : before;
}

/** Whether a sequence with all members is complete, violated, or complete after a time without a forbidden event. */
function outcomeOf(layout: StageLayout, finished: Pending): Awaiting["deadline"] | "complete" | "violated" {
  const { maxspan = Number.POSITIVE_INFINITY } = layout;
  const { leadingForbiddenAt, started, violated, chain } = finished;
  if (violated) {
    return "violated";
  }
  if (layout.startsWithMissing && !layout.endsWithMissing) {
    return leadingForbiddenAt === undefined || started - leadingForbiddenAt > maxspan ? "complete" : "violated";
  }
  if (!layout.endsWithMissing) {
    return "complete";
  }
  const freeFrom = layout.startsWithMissing ? leadingForbiddenAt : started;
  const deadline = freeFrom === undefined ? undefined : freeFrom + maxspan;
  return deadline === undefined || deadline <= chain.member.time ? "complete" : deadline;
}
