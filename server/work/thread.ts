import { CANCEL_BYTES, type FromThread, setCancelled, type ToThread } from "./messages.ts";

/** A started thread. */
export interface StartedThread {
  send(message: ToThread): void;
  end(): Promise<unknown>;
}

export interface ThreadEvents {
  readonly onMessage: (message: FromThread) => void;
  /** It has ended without being told to. */
  readonly onLost: (error: Error) => void;
}

/** Starts a thread, which looks at the flag to see whether its work was cancelled. */
export type StartThread = (flag: SharedArrayBuffer, events: ThreadEvents) => StartedThread;

/** Kinds of work: see `Task`. */
export type Lane = "short" | "long" | "batch";

/** A thread of the pool, with the one work that it does at a time. */
export class PoolThread {
  readonly #flag = new SharedArrayBuffer(CANCEL_BYTES);
  readonly #thread: StartedThread;
  #work: { readonly job: string; readonly lane: Lane } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(start: StartThread, { onMessage, onLost }: ThreadEvents) {
    this.#thread = start(this.#flag, {
      onMessage,
      onLost: (error) => {
        if (!this.#ended) {
          this.#ended = true;
          clearTimeout(this.#deadline);
          onLost(error);
        }
      },
    });
  }

  /** The work that it has, also while that is being cancelled. */
  get job(): string | undefined {
    return this.#work?.job;
  }

  get lane(): Lane | undefined {
    return this.#work?.lane;
  }

  begin(job: string, lane: Lane): void {
    this.#work = { job, lane };
    setCancelled(new Int32Array(this.#flag), false);
  }

  send(message: ToThread): void {
    this.#thread.send(message);
  }

  /** Calls `onLate` if the work has not ended by then. */
  limit(milliseconds: number, onLate: () => void): void {
    this.#deadline = setTimeout(onLate, milliseconds).unref();
  }

  finish(): void {
    this.#work = undefined;
    clearTimeout(this.#deadline);
  }

  /** Tells the thread to stop. Calls `onLate` if it has not by then. */
  cancel(grace: number, onLate: () => void): void {
    setCancelled(new Int32Array(this.#flag), true);
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(onLate, grace).unref();
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#deadline);
    await this.#thread.end();
  }
}
