import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Milliseconds that a challenge is valid: people look for their key, or unlock their phone. */
const lifetime = 5 * 60_000;

/**
 * Challenges that are valid once and for a short time. One is a signed text, so that nothing has to be remembered of
 * those that are only asked for, which anybody can do as often as they like; only the ones that were answered rightly
 * are remembered, until they expire. They are valid on the server that made them.
 */
export class Challenges {
  readonly #now: () => number;
  readonly #secret = randomBytes(32);
  readonly #used = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new challenge. `purpose` is what it is for, so that it cannot be used for anything else. */
  issue(purpose: string, validFor: number = lifetime): string {
    const content = `${this.#now() + validFor}.${randomBytes(24).toString("base64url")}`;
    return `${content}.${this.#signatureOf(purpose, content)}`;
  }

  /** Whether it is a valid challenge for this purpose that was not used yet. */
  isValid(purpose: string, challenge: string): boolean {
    const [expires = "", nonce = "", signature = ""] = challenge.split(".");
    const expected = Buffer.from(this.#signatureOf(purpose, `${expires}.${nonce}`));
    const given = Buffer.from(signature);
    return (
      given.length === expected.length &&
      timingSafeEqual(given, expected) &&
      this.#now() < Number(expires) &&
      !this.#used.has(challenge)
    );
  }

  /** Uses the challenge up; false if it is not valid any more. */
  use(purpose: string, challenge: string): boolean {
    if (!this.isValid(purpose, challenge)) {
      return false;
    }
    const now = this.#now();
    for (const [used, expires] of this.#used) {
      if (now >= expires) {
        this.#used.delete(used);
      }
    }
    this.#used.set(challenge, Number(challenge.split(".")[0]));
    return true;
  }

  #signatureOf(purpose: string, content: string): string {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([purpose, content]))
      .digest("base64url");
  }
}
