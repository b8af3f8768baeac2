import { hash } from "node:crypto";
import type { DistinctCount } from "#contracts/exception-breadth";

/** Values that one count tells apart. */
const BOUND = 10_000;
/** Values that all counts of a measurement keep together, at about 100 bytes each. */
const TOGETHER = 200_000;
/** Longer values are kept as their hash. */
const LONG = 64;

/** What the counts of one measurement may still keep. */
export interface DistinctAllowance {
  left: number;
}

export function distinctAllowance(): DistinctAllowance {
  return { left: TOGETHER };
}

/** What is kept of a value; case does not tell values apart. */
export function distinctKey(value: string | undefined): string | undefined {
  if (value === undefined || value === "") {
    return undefined;
  }
  const folded = value.toLowerCase();
  return folded.length > LONG ? hash("sha1", folded, "base64") : folded;
}

/** Counts different values by their keys: exactly up to a bound, then at least. */
export class Distinct {
  readonly #seen = new Set<string>();
  readonly #allowance: DistinctAllowance;
  #isMore = false;

  constructor(allowance: DistinctAllowance) {
    this.#allowance = allowance;
  }

  add(key: string | undefined): void {
    if (key === undefined || this.#seen.has(key)) {
      return;
    }
    if (this.#seen.size >= BOUND || this.#allowance.left <= 0) {
      this.#isMore = true;
      return;
    }
    this.#allowance.left -= 1;
    this.#seen.add(key);
  }

  /** There are others that were not looked at. */
  addUnknown(): void {
    this.#isMore = true;
  }

  count(): DistinctCount {
    return this.#isMore ? { count: this.#seen.size, isMore: true } : { count: this.#seen.size };
  }
}
