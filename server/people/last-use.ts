import type { Store } from "../store/port.ts";

/** The last use is stored to the minute, in milliseconds. */
const precision = 60_000;
/** Sessions and tokens whose last use is known here, the longest unused dropped first. */
const capacity = 10_000;

interface Use {
  readonly at: number;
  readonly address: string;
  /** What the store knows. */
  readonly stored: number;
}

/**
 * When sessions and tokens were last used. Every request is a use, so the store is told at most once a minute for each,
 * and by one write for all that are due; a request does not wait for it. Idle times are measured with what is known
 * here, so a use is never lost while the server runs.
 */
export class LastUse {
  readonly #store: Store;
  readonly #onError: (error: unknown) => void;
  readonly #uses = { sessions: new Map<string, Use>(), tokens: new Map<string, Use>() };
  readonly #due = { sessions: new Set<string>(), tokens: new Set<string>() };
  #writing: Promise<void> | undefined;

  constructor(store: Store, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** The time of the last use: what is stored, or what is known here if that is later. */
  of(kind: "sessions" | "tokens", id: string, stored: number): number {
    return Math.max(stored, this.#uses[kind].get(id)?.at ?? 0);
  }

  record(kind: "sessions" | "tokens", id: string, use: Use): void {
    const uses = this.#uses[kind];
    const stored = Math.max(use.stored, uses.get(id)?.stored ?? 0);
    const isDue = use.at - stored >= precision;
    uses.delete(id);
    uses.set(id, { ...use, stored: isDue ? use.at : stored });
    const [oldest] = uses.keys();
    if (uses.size > capacity && oldest !== undefined) {
      uses.delete(oldest);
    }
    if (isDue) {
      this.#due[kind].add(id);
      this.#writing ??= this.#writeDue().finally(() => {
        this.#writing = undefined;
      });
    }
  }

  /** Stores every use that is known here: for the end of the server. */
  async flush(): Promise<void> {
    await this.#writing;
    for (const kind of ["sessions", "tokens"] as const) {
      for (const id of this.#uses[kind].keys()) {
        this.#due[kind].add(id);
      }
    }
    await this.#writeDue();
  }

  async #writeDue(): Promise<void> {
    while (this.#due.sessions.size + this.#due.tokens.size > 0) {
      const sessions = this.#take("sessions");
      const tokens = this.#take("tokens");
      try {
        await this.#store.write(({ people }) => people.markUsed({ sessions, tokens }));
      } catch (error) {
        // The next use tries again a minute later; until then idle times are measured with what is known here.
        this.#onError(error);
        return;
      }
    }
  }

  #take(kind: "sessions" | "tokens") {
    const taken = [...this.#due[kind]].flatMap((id) => {
      const use = this.#uses[kind].get(id);
      return use === undefined ? [] : [{ id, at: use.at, address: use.address }];
    });
    this.#due[kind].clear();
    return taken;
  }
}
