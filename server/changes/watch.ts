import type { Change } from "#contracts/changes";
import type { StoreLook } from "../store/changes/port.ts";
import { toleratingDamage } from "../store/damage.ts";
import type { Store } from "../store/port.ts";
import type { Watching } from "../store/watchers/port.ts";
import { changesOf, markOf, workedOn } from "./news.ts";

/** Milliseconds between two looks at the store while somebody listens, and after one that failed. */
const lookInterval = 500;
const retryInterval = 5_000;

/** Audit records of one look that are told one by one; after more everything is read again. */
const mostRecords = 200;

/** What was changed between two looks. */
export interface News {
  readonly changes: readonly Change[];
  /** Where the store is after it. */
  readonly mark: string;
  /** Who has incidents open at other servers, if those are others than before. */
  readonly elsewhere?: readonly Watching[];
}

type Watched = Pick<Store, "changes" | "audit" | "watchers">;

/**
 * Notices what any process writes into the store, by looking at it while somebody listens: one look for all listeners,
 * and none without a listener. See docs/decisions/0066.
 */
export class ChangeWatch {
  readonly #store: Watched;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(news: News) => void>();
  #seen: StoreLook | undefined;
  /** What was last told of who is at other servers, as a look names it. */
  #watchers: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = Promise.resolve();
  /** The look that follows the running one. */
  #next: Promise<void> | undefined;
  #isDown = false;

  /** `onError` is told once when looking fails, until it succeeds again. */
  constructor(store: Watched, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** Where the store was at the last look; undefined while it cannot be read. */
  get mark(): string | undefined {
    return this.#seen && markOf(this.#seen);
  }

  /** Tells of what is written from now on, once the returned promise resolves. Returns how to stop. */
  async listen(listener: (news: News) => void): Promise<() => void> {
    if (this.#listeners.size === 0) {
      // What was written while nobody listened is news to nobody.
      this.#seen = undefined;
    }
    this.#listeners.add(listener);
    this.#schedule();
    await this.look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  /** Looks at once, such as after a change by this server. Whoever asks during a look gets another one. */
  look(): Promise<void> {
    if (this.#listeners.size === 0) {
      return Promise.resolve();
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      this.#running = this.#look();
      return this.#running;
    });
    return this.#next;
  }

  #tick(): void {
    this.#timer = undefined;
    void this.look().then(() => this.#schedule());
  }

  #schedule(): void {
    if (this.#listeners.size > 0) {
      this.#timer ??= setTimeout(() => this.#tick(), this.#isDown ? retryInterval : lookInterval).unref();
    }
  }

  async #look(): Promise<void> {
    try {
      const { value: news } = await toleratingDamage(() => this.#read());
      this.#isDown = false;
      if (news !== undefined) {
        for (const listener of this.#listeners) {
          listener(news);
        }
      }
    } catch (error) {
      if (!this.#isDown) {
        this.#onError(error);
      }
      this.#isDown = true;
    }
  }

  async #read(): Promise<News | undefined> {
    const now = await this.#store.changes.look();
    const before = this.#seen;
    const elsewhere = await this.#elsewhere(now);
    const changes =
      before === undefined || markOf(before) === markOf(now) ? [] : [...(await this.#written(before, now))];
    if (before !== undefined && before.alerts !== now.alerts) {
      changes.push({ kind: "alerts" });
    }
    // Only now: a look that failed half way is repeated.
    this.#seen = now;
    this.#watchers = now.watchers;
    const news = { changes, mark: markOf(now), ...(elsewhere && { elsewhere }) };
    return changes.length > 0 || elsewhere !== undefined ? news : undefined;
  }

  /** Who has incidents open at other servers, unless that is known. */
  async #elsewhere({ watchers }: StoreLook): Promise<readonly Watching[] | undefined> {
    if (watchers === this.#watchers) {
      return undefined;
    }
    return watchers === undefined ? [] : this.#store.watchers.elsewhere();
  }

  async #written(before: StoreLook, now: StoreLook): Promise<readonly Change[]> {
    const [from, to] = [before.audit?.sequence ?? 0, now.audit?.sequence ?? 0];
    if (before.audit?.hash === now.audit?.hash) {
      return [];
    }
    // A trail that does not continue the one before is of a store that was replaced.
    if (to <= from || to - from > mostRecords) {
      return [{ kind: "everything" }];
    }
    const records = (await this.#store.audit.after(from, mostRecords)).filter(({ sequence }) => sequence <= to);
    return changesOf(records, await this.#store.changes.incidentsOf(workedOn(records)));
  }
}
