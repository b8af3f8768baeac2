/**
 * A Windows event log record. Every format (EVTX, NXLog JSON, Winlogbeat, rendered XML) produces this value, and
 * `mapping.ts` maps it to ECS.
 */
export interface WindowsEvent {
  readonly provider: string;
  readonly channel: string;
  readonly computer: string;
  readonly code: number;
  readonly version?: number;
  readonly recordId?: string;
  /** Epoch milliseconds of `System/TimeCreated`; absent when the rendering lost it or has only local time. */
  readonly time?: number;
  /** Set instead of `time` when the rendering has only a wall clock: see `time-correction.ts`. */
  readonly clock?: WallClock;
  /** Where the time should have been; for the message when it cannot be read. */
  readonly unreadTime?: UnreadTime;
  /**
   * SID in `System/Security`: the account of the logging service, not the subject of the event. See
   * docs/decisions/0004.
   */
  readonly serviceSid?: string;
  /** pid in `System/Execution`: the logging service, never the subject of the event. */
  readonly servicePid?: number;
  readonly level?: number;
  readonly opcode?: number;
  readonly task?: number;
  readonly keywords?: string;
  readonly message?: string;
  /** Named `EventData` or `UserData` values in order, as text rendered by Windows. */
  readonly data: ReadonlyMap<string, string>;
  /** Unnamed `Data` elements. */
  readonly unnamed: readonly string[];
}

/** A value that should be a time, and is none. */
export interface UnreadTime {
  readonly field: string;
  /** `undefined` when the record does not have the field. */
  readonly value?: string;
}

/** A time without a usable zone, as some exporters write it. */
export interface WallClock {
  /** The time shown, in epoch milliseconds as if it were UTC. */
  readonly wall: number;
  /** When a collector received the record, if known: UTC, never earlier than the event. */
  readonly received?: number;
}
