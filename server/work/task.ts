import type { BroadPolicy } from "#contracts/exception-gate";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import type { Result } from "../lib/result.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Ruleset } from "../ruleset/ruleset.ts";
import type { SeenFields } from "../ruleset/seen-fields.ts";
import type { Store } from "../store/port.ts";
import type { Lane } from "./thread.ts";

/** What a task works with in its thread. */
export interface TaskContext {
  /** Read-only, and of this thread alone. Its reads throw once the work was cancelled. */
  readonly store: Store;
  /** As loaded by the server when the task was sent. */
  readonly ruleset: Ruleset;
  readonly playbooks: Playbooks;
  readonly seenFields: () => Promise<SeenFields>;
  readonly settings: { readonly broadExceptions: BroadPolicy };
  /** The clock of the server: epoch milliseconds. */
  readonly now: () => number;
  readonly onProgress: (progress: WorkProgress) => void;
  /** Sends the result as far as it has come, which is made only if it is sent. */
  readonly onPartial: (make: () => unknown) => void;
  /**
   * Opens the store for writing for as long as `work` takes. Whoever asked may have lost the right to it while it
   * waited: every write begins with looking, and refuses as the route would.
   */
  withWriter<T>(work: (store: Store) => Promise<T>): Promise<T>;
}

/**
 * A kind of work. A `short` one has somebody waiting in front of a page and may use any worker; `long` ones leave a
 * worker free for those; a `batch` has one of its own. Input and output are copied between threads, so they are plain
 * values.
 */
export interface Task<I, O> {
  readonly lane: Lane;
  /** Milliseconds that it may take. For work that does not ask the store, and so does not see that it was cancelled. */
  readonly within?: number;
  run(input: I, context: TaskContext): Promise<Result<O, RequestProblem>>;
}
