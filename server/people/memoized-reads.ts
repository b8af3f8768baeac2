/** Answers that are kept at most, the oldest dropped first. */
const capacity = 10_000;

/**
 * Remembers what a store answered for a short time, and asks once for calls that overlap. `undefined` is not
 * remembered: guesses must not displace what is in use.
 */
export class MemoizedReads<T> {
  readonly #read: (key: string) => Promise<T | undefined>;
  readonly #now: () => number;
  readonly #lifetime: number;
  readonly #entries = new Map<string, { readonly at: number; readonly value: Promise<T | undefined> }>();

  /** `lifetime` in milliseconds. */
  constructor(read: (key: string) => Promise<T | undefined>, now: () => number, lifetime: number) {
    this.#read = read;
    this.#now = now;
    this.#lifetime = lifetime;
  }

  async get(key: string): Promise<T | undefined> {
    const now = this.#now();
    const known = this.#entries.get(key);
    if (known !== undefined && now >= known.at && now < known.at + this.#lifetime) {
      return known.value;
    }
    const value = this.#read(key);
    const entry = { at: now, value };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const forget = () => {
      if (this.#entries.get(key) === entry) {
        this.#entries.delete(key);
      }
    };
    value.then((found) => found === undefined && forget(), forget);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > capacity && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
    return value;
  }

  /** Also for reads in progress: whoever asks from now on gets an answer from after this call. */
  clear(): void {
    this.#entries.clear();
  }
}
