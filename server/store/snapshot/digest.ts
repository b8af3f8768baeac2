import { hash } from "node:crypto";
import { canonicalJson } from "../../lib/canonical-json.ts";

const MODULUS = 1n << 256n;

/**
 * A fingerprint of a set of values that does not depend on their order: the sum of the SHA-256 of each value's
 * canonical JSON. It detects mistakes and damage, not deliberate forgery.
 */
export class Digest {
  #sum = 0n;
  #count = 0;

  add(value: unknown): void {
    this.#sum = (this.#sum + BigInt(`0x${hash("sha256", canonicalJson(value), "hex")}`)) % MODULUS;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** 64 hexadecimal digits. */
  get hash(): string {
    return this.#sum.toString(16).padStart(64, "0");
  }
}
