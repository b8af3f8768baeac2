import type { Undecoded } from "#contracts/decoding";

/** Bounds on what decoding one text costs. All are counted, so that the result never depends on the machine. */
export interface DecodeLimits {
  /** Characters of a text that are looked at. */
  readonly length: number;
  /** Encodings within each other. */
  readonly depth: number;
  /** Decoded texts. */
  readonly count: number;
  /** Characters of all decoded texts together, and bytes of one that is unpacked. */
  readonly size: number;
  /** Steps: about one per character that is read or written. */
  readonly work: number;
}

/** A command line has at most 32 Ki characters on Windows, a part of a script block fewer. */
export const decodeLimits: DecodeLimits = {
  length: 128 * 1024,
  depth: 8,
  count: 64,
  size: 256 * 1024,
  work: 2 * 1024 * 1024,
};

/** Counts the steps of decoding one text, and notes what was left out. */
export class Budget {
  readonly limits: DecodeLimits;
  readonly undecoded: Undecoded[] = [];
  #work: number;

  constructor(limits: DecodeLimits) {
    this.limits = limits;
    this.#work = limits.work;
  }

  /** The steps taken so far. */
  get spent(): number {
    return this.limits.work - this.#work;
  }

  /** Takes steps. False: none are left, and the work must end. */
  spend(steps: number): boolean {
    if (this.#work < steps) {
      this.#work = 0;
      this.note({ reason: "work", limit: this.limits.work, steps: [] });
      return false;
    }
    this.#work -= steps;
    return true;
  }

  /** Notes a reason; a limit once only. */
  note(undecoded: Undecoded): void {
    const isFinding = undecoded.reason === "binary" || undecoded.reason === "program";
    if (
      (isFinding && this.undecoded.length < this.limits.count) ||
      !this.undecoded.some(({ reason }) => reason === undecoded.reason)
    ) {
      this.undecoded.push(undecoded);
    }
  }
}
