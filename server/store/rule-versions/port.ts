/**
 * The text of a rule as it was loaded once. Not every author numbers versions, so the hash of the text identifies one.
 */
export interface RuleVersionRecord {
  readonly ruleId: string;
  readonly hash: string;
  /** The author's own version number. */
  readonly version: string;
  readonly name: string;
  /** The file it was loaded from, relative to the rule folder. */
  readonly source: string;
  /** The whole file. */
  readonly text: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface RuleVersionReader {
  /** All versions of a rule, the most recently seen first. */
  of(ruleId: string): Promise<readonly RuleVersionRecord[]>;
}

export interface RuleVersionWriter {
  /**
   * Moves `lastSeen` of stored versions forward to `at`; returns the versions that are not stored yet, in the given
   * order.
   */
  markSeen<V extends Pick<RuleVersionRecord, "ruleId" | "hash">>(
    versions: readonly V[],
    at: number,
  ): Promise<readonly V[]>;
  /** Stores new versions; stored ones are left as they are. */
  put(versions: readonly RuleVersionRecord[]): Promise<void>;
}
