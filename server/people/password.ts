import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { PasswordRecord } from "../store/people/port.ts";

/** Parameters of scrypt (RFC 7914): memory is 128 · cost · blockSize bytes. */
export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** As OWASP recommends for 32 MiB: about a quarter of a second. */
export const recommendedCost: ScryptCost = { cost: 2 ** 15, blockSize: 8, parallelization: 3 };

/** Hashes at once: each takes a thread of the pool and 32 MiB. */
const atOnce = 2;
/** Hashes that may wait for their turn. */
const longestQueue = 64;
const saltLength = 16;
const hashLength = 32;

/** Hashes and compares passwords, a few at a time. */
export class PasswordHasher {
  readonly #cost: ScryptCost;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(cost: ScryptCost = recommendedCost) {
    this.#cost = cost;
  }

  /** Undefined if too many hashes are waiting. */
  async hash(password: string, now: number): Promise<PasswordRecord | undefined> {
    const salt = randomBytes(saltLength);
    const hash = await this.#derive(password, salt, this.#cost, hashLength);
    return hash === undefined
      ? undefined
      : {
          algorithm: "scrypt",
          ...this.#cost,
          salt: salt.toString("base64url"),
          hash: hash.toString("base64url"),
          changedAt: now,
        };
  }

  /**
   * Whether this is the password; undefined if too many hashes are waiting. Without a record it takes as long as with
   * one and is never the password, so that nobody learns which accounts exist.
   */
  async matches(password: string, record: PasswordRecord | undefined): Promise<boolean | undefined> {
    const salt = record === undefined ? randomBytes(saltLength) : Buffer.from(record.salt, "base64url");
    const expected = record === undefined ? randomBytes(hashLength) : Buffer.from(record.hash, "base64url");
    const derived = await this.#derive(password, salt, record ?? this.#cost, expected.length);
    return derived === undefined ? undefined : timingSafeEqual(derived, expected) && record !== undefined;
  }

  /** Whether a password was hashed with other parameters than those used now. */
  isOutdated({ cost, blockSize, parallelization }: PasswordRecord): boolean {
    const current = this.#cost;
    return cost !== current.cost || blockSize !== current.blockSize || parallelization !== current.parallelization;
  }

  async #derive(password: string, salt: Buffer, cost: ScryptCost, length: number): Promise<Buffer | undefined> {
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= longestQueue) {
        return undefined;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await derive(password, salt, cost, length);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#running -= 1;
      } else {
        next();
      }
    }
  }
}

function derive(password: string, salt: Buffer, scryptCost: ScryptCost, length: number): Promise<Buffer> {
  const { cost, blockSize, parallelization } = scryptCost;
  // The same password can be typed as different sequences of characters (RFC 8265).
  const text = password.normalize("NFC");
  const options = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** The most common of leaked passwords that are long enough, and what begins and ends like them. */
const commonPasswords: ReadonlySet<string> = new Set(
  `123456789012 1234567890123 12345678901234 123456123456 111111111111 000000000000 qwertyuiop123 qwertyuiopasdf
   qwerty123456 qwertyqwerty 1q2w3e4r5t6y 1qaz2wsx3edc password1234 password12345 password123456 passwordpassword
   passw0rd1234 iloveyou1234 administrator administrator1 adminadmin12 adminadminadmin changeme1234 changemechangeme
   letmein12345 letmeinletmein welcome12345 welcome123456 unbelievable abcdefghijkl abc123456789 aaaaaaaaaaaa
   zaq12wsxcde3 correcthorsebatterystaple stemmastemma stemma123456 trustno1trustno1 football1234 baseball1234
   princess1234 superman1234 michael12345 sunshine1234 dragon123456 monkey123456 master123456 shadow123456`.split(
    /\s+/,
  ),
);

/** Why a password is refused for an account; undefined if it is good enough. Its length is checked by the contract. */
export function passwordWeakness(password: string, { userName, name }: { userName: string; name: string }) {
  const folded = password.normalize("NFKC").toLowerCase();
  if ([userName, name].some((text) => folded === text.normalize("NFKC").toLowerCase())) {
    return "must not be the name of the account";
  }
  if (commonPasswords.has(folded) || new Set(folded).size < 4) {
    return "is one of the most common passwords";
  }
  return undefined;
}
