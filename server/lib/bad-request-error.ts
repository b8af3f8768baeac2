import type { Problem } from "#contracts/problem";

/**
 * Thrown for a value from outside that only the place where it is used can judge (a page cursor). The edges tell it as
 * what the sender did wrong, never as a bug.
 */
export class BadRequestError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = "Refused";
    this.problem = problem;
  }
}
