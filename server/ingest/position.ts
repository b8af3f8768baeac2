import type { ClockOffsets } from "../event/time-correction.ts";

/**
 * How far paths were read, as plain values: whoever stores the last position together with everything read until then
 * can go on from there later, and gets what reading on would have given. See docs/decisions/0052.
 */

/** What tells whether a file is still the one that was read. */
export interface FileIdentity {
  readonly size: number;
  /** Time of the last modification, in epoch milliseconds. */
  readonly modified: number;
  /** A digest of the first bytes. */
  readonly head: string;
}

/** A file, or a path that cannot be read, of which everything was yielded. */
export interface FinishedFile {
  /** Absolute, however the path was spelled. */
  readonly path: string;
  /** Absent for what cannot be read. */
  readonly identity?: FileIdentity;
}

/** A place inside a file. */
export interface ReadPosition {
  /** Absolute, however the path was spelled. */
  readonly path: string;
  readonly identity: FileIdentity;
  /** How many inputs of the file are done: it is an archive of several, or has only itself. */
  readonly inputs: number;
  /** Where to go on in the next input; absent at its beginning. */
  readonly next?: InputPosition;
}

/** A place inside an input from which its records can be read as if all before had been read, too. */
export interface InputPosition {
  /** Records that begin before this offset are done. */
  readonly from: number;
  /** What was known about the clocks of the file at `from`. */
  readonly clocks: ClockOffsets;
  /** Records that may still be held back until their clock is understood. */
  readonly mayHold: number;
  readonly hasRecords: boolean;
  /** Records whose source's clock says another time than the event log, and the first of them. */
  readonly twoTimes?: {
    readonly count: number;
    readonly clock: string;
    readonly time: string;
    readonly offset?: number;
  };
  /** Events and problems after `from` that were yielded already. */
  readonly events: number;
  readonly problems: number;
  /** Unpacked bytes counted. */
  readonly bytes: number;
}

/** Where an interrupted reading of paths goes on. */
export interface ResumePoint {
  /** By their paths. */
  readonly finished: ReadonlyMap<string, FinishedFile>;
  readonly position?: ReadPosition;
}

/** Whether a file can be read on from a position in it: it is unchanged, or was only appended to. */
export function isSameOrLonger(before: FileIdentity, now: FileIdentity): boolean {
  return before.head === now.head && (now.size > before.size || isUnchanged(before, now));
}

export function isUnchanged(before: FileIdentity, now: FileIdentity): boolean {
  return before.head === now.head && before.size === now.size && before.modified === now.modified;
}
