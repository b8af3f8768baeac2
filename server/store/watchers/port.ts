/** Somebody who has an incident open. */
export interface Watching {
  /** Of the incident. */
  readonly key: string;
  readonly account: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/**
 * Who has which incident open at which server of a store. It is no work on incidents: nothing of it is in the audit
 * trail or in a copy, it is no change that people are told of, and it ends by itself. See docs/decisions/0071.
 */
export interface SharedWatchers {
  /**
   * Tells the other servers who has incidents open at this one, instead of what it told before. They believe it for 30
   * seconds by the clock of the store. `now` is that of this server: only differences to it count.
   */
  announce(watching: readonly Watching[], now: number): Promise<void>;
  /** What the other servers told. `StoreLook.watchers` says when it is something else. */
  elsewhere(): Promise<readonly Watching[]>;
}
