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
