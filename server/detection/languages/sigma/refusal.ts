import type { Problem } from "#contracts/problem";

/** Keys and positions in lists that lead to a value of a Sigma document, or of a part of it. */
export type SigmaPath = readonly (string | number)[];

/**
 * What is wrong with a detection, and where in its document. Line and column, if any, are within the text at the path.
 */
export interface SigmaProblem extends Problem {
  readonly path: SigmaPath;
}

/** A rule that is well-formed but cannot be evaluated here; thrown and caught inside of `compileSigma` only. */
export class SigmaError extends Error {
  readonly unsupported: boolean;
  readonly path: SigmaPath;

  constructor(message: string, unsupported: boolean, path: SigmaPath = []) {
    super(message);
    this.unsupported = unsupported;
    this.path = path;
  }

  get problem(): SigmaProblem {
    return {
      code: this.unsupported ? "query.not-supported" : "query.syntax",
      message: this.message,
      path: this.path,
    };
  }
}

export function unsupported(message: string, ...path: SigmaPath): SigmaError {
  return new SigmaError(message, true, path);
}

export function malformed(message: string): SigmaError {
  return new SigmaError(message, false);
}

/** Does the work on what stands below a key or position; a refusal tells of that step. */
export function below<T>(step: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SigmaError ? new SigmaError(error.message, error.unsupported, [step, ...error.path]) : error;
  }
}
