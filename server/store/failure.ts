import type { RequestProblem } from "#contracts/problem";

/** Code of the problem of a store that does not answer, and may again. */
export const storeLost = "store.unavailable";

/** Thrown by a store that cannot do its work (disk full, damaged, locked for too long): nothing was half written. */
export class StoreFailure extends Error {
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem) {
    super(problem.message);
    this.name = "StoreFailure";
    this.problem = problem;
  }

  /** The store is gone and may come back: then the same work can be done. */
  get lost(): boolean {
    return this.problem.code === storeLost;
  }
}
