import type { ExceptionRecord } from "#contracts/exception";

export interface ExceptionReader {
  get(id: string): Promise<ExceptionRecord | undefined>;
  /** The newest first. */
  all(): Promise<readonly ExceptionRecord[]>;
  /** The stored hits of an exception by the time of their event, newest first: those after `after`. */
  hits(
    exceptionId: string,
    query: { readonly after?: HitPlace; readonly limit: number },
  ): Promise<readonly StoredHit[]>;
}

/** Where a hit is in the order of `hits`. */
export interface HitPlace {
  readonly time: number;
  readonly ruleId: string;
  readonly subject: string;
}

/** A counted hit: one per exception, rule and process or event. */
export interface StoredHit extends HitPlace {
  readonly eventId: string;
  /** When it was counted during an ingest; absent for hits on what was stored when the exception was saved. */
  readonly countedAt?: number;
}

export interface ExceptionWriter extends ExceptionReader {
  put(exception: ExceptionRecord): Promise<void>;
  /** Counts a hidden hit (in shadow mode, one that would have been hidden) once per rule and process or event. */
  addHit(exceptionId: string, hit: StoredHit): Promise<void>;
  /** Per subject, in order: ids of the exceptions that have counted a hit of the rule on this process or event. */
  hitsOf(
    subjects: readonly { readonly ruleId: string; readonly subject: string }[],
  ): Promise<readonly (readonly string[])[]>;
}
