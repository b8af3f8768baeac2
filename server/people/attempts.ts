import { hash, randomBytes } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

/** Counters per table. More than enough that two accounts or addresses rarely share one. */
const size = 1 << 16;

/**
 * Counts failures by key in a table of fixed size, so that no number of attempts makes it grow and no flood of other
 * keys displaces a count. Keys that share a counter are limited together; a random part of the hash keeps anybody from
 * choosing them. All counts start over after `window` milliseconds. See docs/decisions/0040.
 */
export class FailureCounter {
  readonly #counts = new Uint16Array(size);
  readonly #secret = randomBytes(32).toString("base64url");
  readonly #limit: number;
  readonly #window: number;
  #started: number;

  constructor(limit: number, window: number, now: number) {
    this.#limit = limit;
    this.#window = window;
    this.#started = now;
  }

  /** The counter of a key, for the other methods. */
  of(key: string): number {
    return Number.parseInt(hash("sha256", `${this.#secret}${key}`, "hex").slice(0, 4), 16);
  }

  /** Milliseconds to wait if a key has failed too often; undefined if it may try. */
  wait(counter: number, now: number): number | undefined {
    if (now >= this.#started + this.#window || now < this.#started) {
      this.#started = now;
      this.#counts.fill(0);
    }
    return this.#count(counter) < this.#limit ? undefined : this.#started + this.#window - now;
  }

  /** Counts an attempt as failed until `succeeded` says otherwise, so that attempts at once cannot exceed the limit. */
  begin(counter: number): void {
    this.#counts[counter] = Math.min(this.#count(counter) + 1, this.#limit);
  }

  succeeded(counter: number): void {
    this.#counts[counter] = Math.max(this.#count(counter) - 1, 0);
  }

  #count(counter: number): number {
    return this.#counts[counter] ?? 0;
  }
}

/** Milliseconds in which failures are counted together. */
const window = 10 * 60_000;
/** Failed passwords of one account in a window. */
const failuresPerAccount = 10;
/** Failed attempts from one address in a window: several people can share one. */
const failuresPerAddress = 50;

/** The limits on signing in. Links have their own, and are checked before it: see `openLink`. */
export class SignInAttempts {
  readonly #accounts: FailureCounter;
  readonly #addresses: FailureCounter;
  readonly #links: FailureCounter;
  readonly #strays: FailureCounter;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#accounts = new FailureCounter(failuresPerAccount, window, now());
    this.#addresses = new FailureCounter(failuresPerAddress, window, now());
    this.#links = new FailureCounter(failuresPerAddress, window, now());
    this.#strays = new FailureCounter(failuresPerAddress, window, now());
  }

  /**
   * Begins an attempt to sign in to an account (for passkeys: from an address alone). Returns what to call if it
   * succeeds, or the milliseconds to wait.
   */
  begin(address: string, account?: string): { readonly succeeded: () => void } | { readonly wait: number } {
    const now = this.#now();
    const place = this.#addresses.of(addressGroup(address));
    const person = account === undefined ? undefined : this.#accounts.of(account);
    const wait = Math.max(
      this.#addresses.wait(place, now) ?? 0,
      person === undefined ? 0 : (this.#accounts.wait(person, now) ?? 0),
    );
    if (wait > 0) {
      return { wait };
    }
    this.#addresses.begin(place);
    if (person !== undefined) {
      this.#accounts.begin(person);
    }
    return {
      succeeded: () => {
        this.#addresses.succeeded(place);
        if (person !== undefined) {
          this.#accounts.succeeded(person);
        }
      },
    };
  }

  /**
   * As `begin`, for who comes back from the identity provider without having set out here: everybody can send that, so
   * it must not keep out those who did.
   */
  beginStray(address: string): { readonly succeeded: () => void } | { readonly wait: number } {
    const now = this.#now();
    const place = this.#strays.of(addressGroup(address));
    const wait = this.#strays.wait(place, now);
    if (wait !== undefined) {
      return { wait };
    }
    this.#strays.begin(place);
    return { succeeded: () => this.#strays.succeeded(place) };
  }

  /** Counts a link that did not work. Returns the milliseconds to wait if there were too many. */
  linkFailed(address: string): number | undefined {
    const now = this.#now();
    const place = this.#links.of(addressGroup(address));
    const wait = this.#links.wait(place, now);
    if (wait === undefined) {
      this.#links.begin(place);
    }
    return wait;
  }
}

/** What is limited together: an IPv4 address, or the /64 network of an IPv6 address, which one customer has whole. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(mapped) || !isIPv6(mapped)) {
    return mapped;
  }
  const [head = "", tail] = (mapped.split("%")[0] ?? "").toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(8 - left.length - right.length, 0);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
