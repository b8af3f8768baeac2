import type { DryRun } from "#contracts/exception";
import type { GatedRun } from "./gate.ts";

/** What saving needs of a dry run. A plain value that is copied between threads as JSON. */
export interface KeptRun extends GatedRun {
  /** Stands for the draft and the versions of its rules. */
  readonly about: string;
  /** Epoch milliseconds. */
  readonly ranAt: number;
  readonly totals: DryRun["totals"];
  /** Ids of the alerts that saving closes. */
  readonly closes: readonly string[];
}

/** Characters that are kept, over all runs: a run over 100,000 alerts has about 4 million. */
const mostCharacters = 64 * 1024 * 1024;

/** The latest dry runs of a server by their token, so that saving need not run them again. See docs/decisions/0083. */
export class KeptRuns {
  readonly #runs = new Map<string, string>();
  #characters = 0;

  /** `run` is a `KeptRun` as JSON, which is as cheap to pass on as it is large. */
  keep(token: string, run: string): void {
    this.#drop(token);
    this.#runs.set(token, run);
    this.#characters += run.length;
    for (const oldest of this.#runs.keys()) {
      if (this.#characters <= mostCharacters || oldest === token) {
        return;
      }
      this.#drop(oldest);
    }
  }

  get(token: string): string | undefined {
    return this.#runs.get(token);
  }

  #drop(token: string): void {
    this.#characters -= this.#runs.get(token)?.length ?? 0;
    this.#runs.delete(token);
  }
}
