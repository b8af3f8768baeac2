import type { Problem } from "#contracts/problem";

/**
 * Thrown for an invalid value from outside that only the code using it can detect, such as a page cursor. The HTTP and
 * CLI layers report it as the sender's mistake, not as a bug.
 */
export class BadRequestError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = "BadRequestError";
    this.problem = problem;
  }
}
