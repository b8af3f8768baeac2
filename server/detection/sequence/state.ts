/** An event that takes part, as far as the state needs it. Times are epoch milliseconds. */
export interface Member {
  readonly id: string;
  readonly time: number;
}

/** Members so far, last first; chains share what they have in common. */
export interface Chain {
  readonly member: Member;
  readonly earlier: Chain | undefined;
}

/** A sequence that has begun and waits for its next event. */
export interface Pending {
  readonly chain: Chain;
  /** Time of the first member. */
  readonly started: number;
  /** An event that had to be missing occurred between two members: it moves on, as it replaces others, but never counts. */
  readonly spoiled: boolean;
  /** Time of the first event after the last member that has to be missing before the next one. */
  readonly gap: number | undefined;
  /** Time of the last event before the first member that had to be missing in front. */
  readonly leading: number | undefined;
}

/** All members are there; it counts unless an event that has to be missing behind occurs up to `deadline`, inclusive. */
export interface Awaiting {
  readonly chain: Chain;
  readonly deadline: number;
}

/** The state of a sequence for one tuple of join keys: a plain value. */
export interface SequenceState {
  readonly kind: "sequence";
  /** By position among the stages that are not missing: the newest sequence that has come so far. */
  readonly pending: readonly (Pending | undefined)[];
  readonly awaiting: readonly Awaiting[];
  /** The two latest different times at which an event occurred that has to be missing in front. */
  readonly absent: { readonly latest: number; readonly before: number | undefined } | undefined;
  /** Time of the newest event that was looked at. */
  readonly newest: number;
}

/** The state of a sample for one tuple of join keys: the first few events of each stage. */
export interface SampleState {
  readonly kind: "sample";
  readonly candidates: readonly (readonly Member[])[];
  readonly newest: number;
}

export type KeyState = SequenceState | SampleState;

/** Members in the order of their stages. */
export function membersOf(chain: Chain): readonly Member[] {
  const members: Member[] = [];
  for (let link: Chain | undefined = chain; link !== undefined; link = link.earlier) {
    members.push(link.member);
  }
  return members.reverse();
}

/** How much a state holds: what the memory limit counts. */
export function sizeOf(state: KeyState): number {
  return state.kind === "sequence"
    ? 1 + state.pending.filter((pending) => pending !== undefined).length + state.awaiting.length
    : 1 + state.candidates.reduce((sum, members) => sum + members.length, 0);
}
