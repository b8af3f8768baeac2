import type { Problem } from "#contracts/problem";

/** Thrown by a store that cannot do its work (disk full, damaged, locked for too long): nothing was half written. */
export class StoreFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = "StoreFailure";
    this.problem = problem;
  }
}
