import type { Watcher } from "#contracts/changes";
import type { Watching } from "../store/watchers/port.ts";

/** Milliseconds for which somebody still counts as there: a page that loads again is no leaving. */
const grace = 3_000;

/** Somebody who has an incident open. */
export interface Visit {
  /** Key of the incident. */
  readonly key: string;
  /** Who it is: another tab or browser of theirs is no second person. */
  readonly account: string;
  readonly name: string;
}

/** The watchers of an incident by account. */
export type Watchers = ReadonlyMap<string, Watcher>;

interface Place extends Watcher {
  /** How often the person has the incident open. */
  open: number;
  /** Epoch milliseconds of the last leaving. */
  leftAt: number;
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Who has which incident open now, at this server and at others of its store. */
export class Presence {
  readonly #now: () => number;
  readonly #places = new Map<string, Map<string, Place>>();
  #elsewhere: ReadonlyMap<string, readonly Watching[]> = new Map();
  readonly #changed = new Set<string>();

  /** `now` in epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns how to leave. */
  enter({ key, account, name }: Visit): () => void {
    const places = this.#places.get(key) ?? new Map<string, Place>();
    const known = places.get(account);
    const place = known ?? { name, since: new Date(this.#now()).toISOString(), open: 0, leftAt: 0 };
    place.open += 1;
    if (known === undefined) {
      this.#places.set(key, places.set(account, place));
      this.#changed.add(key);
    }
    let isThere = true;
    return () => {
      if (isThere) {
        isThere = false;
        place.open -= 1;
        place.leftAt = this.#now();
      }
    };
  }

  /** Who came first comes first. Who is at several servers came when they came to the first of them. */
  of(key: string): Watchers {
    const here = [...(this.#places.get(key) ?? [])].map(([account, { name, since }]) => ({ account, name, since }));
    const elsewhere = (this.#elsewhere.get(key) ?? []).map((one) => ({
      ...one,
      since: new Date(one.since).toISOString(),
    }));
    const all = [...here, ...elsewhere].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
    const watchers = new Map<string, Watcher>();
    for (const { account, name, since } of all) {
      watchers.getOrInsert(account, { name, since });
    }
    return watchers;
  }

  /** Who is at this server, in an order that stays the same. */
  here(): readonly Watching[] {
    return [...this.#places]
      .flatMap(([key, places]) =>
        [...places].map(([account, { name, since }]) => ({ key, account, name, since: Date.parse(since) })),
      )
      .sort((a, b) => order(a.key, b.key) || order(a.account, b.account));
  }

  /** What the other servers told. */
  setElsewhere(watching: readonly Watching[]): void {
    const before = this.#elsewhere;
    this.#elsewhere = Map.groupBy(watching, ({ key }) => key);
    for (const key of new Set([...before.keys(), ...this.#elsewhere.keys()])) {
      this.#changed.add(key);
    }
  }

  /** Forgets who left a while ago. Returns the incidents whose watchers are others than at the last call. */
  settle(): ReadonlySet<string> {
    const now = this.#now();
    for (const [key, places] of this.#places) {
      for (const [account, { open, leftAt }] of places) {
        if (open === 0 && now - leftAt >= grace) {
          places.delete(account);
          this.#changed.add(key);
        }
      }
      if (places.size === 0) {
        this.#places.delete(key);
      }
    }
    const changed = new Set(this.#changed);
    this.#changed.clear();
    return changed;
  }
}
