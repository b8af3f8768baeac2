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

/** Counts different values without regard to case: exactly up to a bound, then at least. */
export class Distinct {
  readonly #seen = new Set<string>();
  readonly #allowance: DistinctAllowance;
  #isMore = false;

  constructor(allowance: DistinctAllowance) {
    this.#allowance = allowance;
  }

  add(value: string | undefined): void {
    if (value === undefined || value === "") {
      return;
    }
    const key = value.length > LONG ? hash("sha1", value.toLowerCase(), "base64") : value.toLowerCase();
    if (this.#seen.has(key)) {
      return;
    }
    if (this.#seen.size >= BOUND || this.#allowance.left <= 0) {
      this.#isMore = true;
      return;
    }
    this.#allowance.left -= 1;
    this.#seen.add(key);
  }

  count(): DistinctCount {
    return this.#isMore ? { count: this.#seen.size, isMore: true } : { count: this.#seen.size };
  }
}
