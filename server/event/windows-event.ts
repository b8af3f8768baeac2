/**
 * A Windows event log record, whatever it came in (EVTX, NXLog JSON, Winlogbeat, rendered XML): every format turns into
 * this one value, and one mapping turns it into ECS (`mapping.ts`).
 */
export interface WindowsEvent {
  readonly provider: string;
  readonly channel: string;
  readonly computer: string;
  readonly code: number;
  readonly version?: number;
  readonly recordId?: string;
  /** Epoch milliseconds of `System/TimeCreated`; absent where the rendering lost it or gave only local time. */
  readonly time?: number;
  /** Set in place of `time` where the rendering gave only a wall clock: see `time-correction.ts`. */
  readonly clock?: WallClock;
  /** The SID in `System/Security`: the account of the writing service, not the subject of the event. */
  readonly serviceSid?: string;
  /** pid in `System/Execution`: the writing service, never the subject of the event. */
  readonly servicePid?: number;
  readonly level?: number;
  readonly opcode?: number;
  readonly task?: number;
  readonly keywords?: string;
  readonly message?: string;
  /** Named `EventData` or `UserData` values in their order; values are text as Windows renders them. */
  readonly data: ReadonlyMap<string, string>;
  /** Unnamed `Data` elements. */
  readonly unnamed: readonly string[];
}

/** A time of day without a usable zone, as some exporters write it. */
export interface WallClock {
  /** What the clock showed, in epoch milliseconds as if it were UTC. */
  readonly wall: number;
  /** When a collector received the record (UTC, never earlier than the event), where it says. */
  readonly received?: number;
}

export const SYSMON = "Microsoft-Windows-Sysmon";
export const SECURITY = "Microsoft-Windows-Security-Auditing";

export function isSysmon(event: WindowsEvent): boolean {
  return event.provider === SYSMON;
}
