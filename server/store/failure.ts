import type { RequestProblem } from "#contracts/problem";

/** Problem code of a store that does not respond but may recover. */
export const storeLost = "store.unavailable";

/** Problem code of a write that may or may not have been stored, because the store does not respond since then. */
export const outcomeUnknown = "store.outcome-unknown";

/** Thrown when a store cannot complete a call (disk full, damaged, locked for too long). Nothing was partly written. */
export class StoreFailure extends Error {
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem) {
    super(problem.message);
    this.name = "StoreFailure";
    this.problem = problem;
  }

  /** The store does not respond. The same call may succeed once it is back. */
  get lost(): boolean {
    return this.problem.code === storeLost || this.problem.code === outcomeUnknown;
  }
}
