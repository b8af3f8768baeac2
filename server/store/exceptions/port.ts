import type { ExceptionRecord } from "#contracts/exception";

export interface ExceptionReader {
  get(id: string): Promise<ExceptionRecord | undefined>;
  /** The newest first. */
  all(): Promise<readonly ExceptionRecord[]>;
}

export interface ExceptionWriter extends ExceptionReader {
  put(exception: ExceptionRecord): Promise<void>;
  /** Counts a hidden hit (in shadow mode, one that would have been hidden) once per rule and process or event. */
  addHit(
    exceptionId: string,
    hit: { readonly ruleId: string; readonly subject: string; readonly eventId: string; readonly time: number },
  ): Promise<void>;
  /** Per subject, in order: ids of the exceptions that have counted a hit of the rule on this process or event. */
  hitsOf(
    subjects: readonly { readonly ruleId: string; readonly subject: string }[],
  ): Promise<readonly (readonly string[])[]>;
}
