/** An event in a sequence. Times are epoch milliseconds. */
export interface Member {
  readonly id: string;
  readonly time: number;
}

/** The members so far, last first; chains share their common part. */
export interface Chain {
  readonly member: Member;
  readonly earlier: Chain | undefined;
}

/** A sequence that has begun and waits for its next event. A forbidden event is one that matches a missing event. */
export interface Pending {
  readonly chain: Chain;
  /** The time of the first member. */
  readonly started: number;
  /** A forbidden event occurred between two members. The sequence still replaces others but never becomes complete. */
  readonly violated: boolean;
  /** The time of the first forbidden event after the last member. */
  readonly forbiddenAt: number | undefined;
  /** The time of the last forbidden event before the first member, for a missing event at the start. */
  readonly leadingForbiddenAt: number | undefined;
}

/** A sequence with all members that is complete unless a forbidden event occurs up to `deadline`, inclusive. */
export interface Awaiting {
  readonly chain: Chain;
  readonly deadline: number;
}

/** The state of a sequence for one tuple of join keys. */
export interface SequenceState {
  readonly kind: "sequence";
  /** For each position the newest sequence that has come so far. */
  readonly pending: readonly (Pending | undefined)[];
  readonly awaiting: readonly Awaiting[];
  /** The latest two times of an event that is forbidden before the first member. */
  readonly leadingForbidden: { readonly latest: number; readonly previous: number | undefined } | undefined;
  /** The time of the newest event. */
  readonly newest: number;
}

/** The state of a sample for one tuple of join keys: the first few events of each stage. */
export interface SampleState {
  readonly kind: "sample";
  readonly candidates: readonly (readonly Member[])[];
  readonly newest: number;
}

export type KeyState = SequenceState | SampleState;

/** The members in stage order. */
export function membersOf(chain: Chain): readonly Member[] {
  const members: Member[] = [];
  for (let link: Chain | undefined = chain; link !== undefined; link = link.earlier) {
    members.push(link.member);
  }
  return members.reverse();
}

/** The size of a state as counted by the memory limit. */
export function sizeOf(state: KeyState): number {
  return state.kind === "sequence"
    ? 1 + state.pending.filter((pending) => pending !== undefined).length + state.awaiting.length
    : 1 + state.candidates.reduce((sum, members) => sum + members.length, 0);
}
