import type { Problem } from "#contracts/problem";

/** What only the store itself can check: its structure, references between values, and what is derived from them. */
export interface IntegrityReader {
  /** Steps in the order to run; short ones, so that a check can be stopped between them. */
  steps(): Promise<readonly IntegrityStep[]>;
}

export interface IntegrityStep {
  /** What is checked, in words. */
  readonly name: string;
  /** Everything wrong; one problem per kind of fault, with the number of values that have it. */
  run(): Promise<readonly Problem[]>;
}
