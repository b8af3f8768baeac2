import type { Problem } from "#contracts/problem";

/** The path to a value of a Sigma document, as keys and list indexes. */
export type SigmaPath = readonly (string | number)[];

/** A problem of a detection with its path in the document. Line and column are within the text at the path. */
export interface SigmaProblem extends Problem {
  readonly path: SigmaPath;
}

/** A detection that cannot be compiled; thrown and caught only while compiling. */
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

/** Runs work on the value at a key or index; an error gets that step in front of its path. */
export function within<T>(step: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SigmaError ? new SigmaError(error.message, error.unsupported, [step, ...error.path]) : error;
  }
}
