import type { Store } from "../store/port.ts";
import type { Watching } from "../store/watchers/port.ts";

/** Milliseconds after which what was told is told again, well before others stop to believe it; and after a failure. */
const renewal = 10_000;
const retry = 5_000;

/** Tells the other servers of a store who has which incident open at this one. */
export class Announcer {
  readonly #watchers: Store["watchers"];
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  #told = "[]";
  #nextAt = 0;
  #isRunning = false;
  #isDown = false;

  /** `now` in epoch milliseconds. `onError` is told once when telling fails, until it succeeds again. */
  constructor(watchers: Store["watchers"], now: () => number, onError: (error: unknown) => void) {
    this.#watchers = watchers;
    this.#now = now;
    this.#onError = onError;
  }

  /** Asked every second. Tells what is news, and from time to time that nothing is; nothing while nobody is there. */
  async tell(here: readonly Watching[]): Promise<void> {
    const now = this.#now();
    const text = JSON.stringify(here);
    const [isNews, isDue] = [text !== this.#told, now >= this.#nextAt];
    const wants = this.#isDown ? isDue && isNews : isNews || (isDue && here.length > 0);
    if (this.#isRunning || !wants) {
      return;
    }
    this.#isRunning = true;
    try {
      await this.#watchers.announce(here, now);
      this.#told = text;
      this.#nextAt = now + renewal;
      this.#isDown = false;
    } catch (error) {
      if (!this.#isDown) {
        this.#onError(error);
      }
      // What others know by now is not known: after this it is news in any case.
      this.#told = "";
      this.#nextAt = now + retry;
      this.#isDown = true;
    } finally {
      this.#isRunning = false;
    }
  }
}
